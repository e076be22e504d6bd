"""The configuration of each profile, and the page that describes the rules."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from ops.cli import main
from policy.enforcement import exemptions_file, pins
from policy.enforcement.levels import FOLDER, Enforcement, facts, of_profile
from policy.enforcement.pins import STRICTNESS, strictest
from policy.enforcement.profiles import ADVISORY, LEVELS, SETTINGS, asks, check, configuration, level_of, text
from policy.enforcement.strictness import is_known, stricter
from policy.reporting.housekeeping import HOUSEKEEPING
from policy.reporting.reference import OUT_OF_REACH, markdown, stacks
from policy.rule import Concern
from policy.rules import BY_ID, MODULES, RULES
from tests.every_case import every_case

ROOT = Path(__file__).parents[3]

CONTROLS = [
    "ACM.2",
    "APIGateway.1",
    "APIGateway.2",
    "APIGateway.3",
    "APIGateway.4",
    "APIGateway.5",
    "APIGateway.11",
    "CloudFront.1",
    "CloudFront.3",
    "CloudFront.4",
    "CloudFront.5",
    "CloudFront.6",
    "CloudFront.7",
    "CloudFront.8",
    "CloudFront.9",
    "CloudFront.10",
    "CloudFront.12",
    "CloudFront.13",
    "CloudFront.15",
    "CloudFront.17",
    "CloudWatch.15",
    "CloudWatch.16",
    "CloudWatch.17",
    "EC2.2",
    "EC2.6",
    "EC2.10",
    "EC2.13",
    "EC2.14",
    "EC2.15",
    "EC2.16",
    "EC2.18",
    "EC2.19",
    "EC2.21",
    "EC2.55",
    "EC2.56",
    "EC2.57",
    "EC2.58",
    "EC2.60",
    "EC2.172",
    "ECR.1",
    "ECR.2",
    "ECR.3",
    "ECR.5",
    "ECS.2",
    "ECS.16",
    "ECS.3",
    "ECS.4",
    "ECS.5",
    "ECS.8",
    "ECS.9",
    "ECS.10",
    "ECS.12",
    "ECS.17",
    "ECS.18",
    "ECS.20",
    "ECS.21",
    "ElastiCache.1",
    "ElastiCache.2",
    "ElastiCache.3",
    "ElastiCache.4",
    "ElastiCache.5",
    "ElastiCache.6",
    "ElastiCache.7",
    "ELB.6",
    "ELB.13",
    "ELB.17",
    "ELB.18",
    "ELB.21",
    "ELB.22",
    "IAM.1",
    "IAM.21",
    "KMS.1",
    "KMS.2",
    "KMS.4",
    "KMS.5",
    "RDS.2",
    "RDS.3",
    "RDS.5",
    "RDS.6",
    "RDS.8",
    "RDS.9",
    "RDS.36",
    "RDS.10",
    "RDS.11",
    "RDS.13",
    "RDS.17",
    "RDS.20",
    "RDS.21",
    "RDS.22",
    "RDS.23",
    "RDS.25",
    "RDS.26",
    "RDS.38",
    "RDS.46",
    "Route53.2",
    "S3.1",
    "S3.2",
    "S3.3",
    "S3.5",
    "S3.6",
    "S3.8",
    "S3.9",
    "S3.12",
    "S3.13",
    "S3.14",
    "S3.17",
    "SecretsManager.1",
    "SecretsManager.4",
    "SNS.1",
    "SNS.4",
    "SQS.1",
    "SQS.3",
    "WAF.10",
    "WAF.11",
    "WAF.12",
]
"""Security Hub controls, of services used here, that a rule can check in a program."""
CHECKS = ("76", "276", "149", "158", "353", "354", "249")
"""Checks of Checkov that no control covers, except 259, which requires HSTS preload."""


def test_every_control_that_a_program_decides_is_decided() -> None:
    decided = {control for rule in RULES for control in rule.fsbp}
    assert sorted(set(CONTROLS) - decided) == []
    assert not decided & set(OUT_OF_REACH)
    checks = {check for rule in RULES for check in rule.checkov}
    assert [number for number in CHECKS if f"CKV_AWS_{number}" not in checks] == []


@every_case("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_declared_in_full(rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert (rule.check is None) != (rule.check_graph is None)
    assert rule.types
    assert rule.remediation.endswith(".")
    assert not rule.title.endswith(".")
    assert all(re.fullmatch(r"CKV2?_AWS_\d+", check) for check in rule.checkov)
    assert all(re.fullmatch(r"[A-Za-z0-9]+\.\d+", control) for control in rule.fsbp)
    for name, schema in rule.config.items():
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(schema["default"], schema)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
        assert schema["description"]


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(RULES)
    assert sum(len(module.RULES) for module in MODULES) == len(RULES)


@pytest.mark.parametrize("profile", ADVISORY)
def test_file_is_what_the_rules_say(profile: str, capsys) -> None:
    assert (FOLDER / f"{profile}.json").read_text() == text(profile)
    assert main(["policies", "--profile", profile]) == 0
    assert capsys.readouterr().out == text(profile)


@pytest.mark.parametrize("profile", ADVISORY)
def test_file_is_right(profile: str) -> None:
    content = json.loads((FOLDER / f"{profile}.json").read_text())
    check(content)
    for name, given in content.items():
        for key, value in given.items() if isinstance(given, dict) else ():
            if key != "enforcementLevel":
                jsonschema.validate(value, BY_ID[name].config[key])


def test_files_are_those_of_the_profiles() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ADVISORY)


@pytest.mark.parametrize("profile", ADVISORY)
def test_file_is_the_initial_configuration(profile: str) -> None:
    def plain(given: Enforcement) -> object:
        return {"enforcementLevel": given.level.value, **given.settings} if given.settings else given.level.value

    assert {name: plain(given) for name, given in of_profile(profile).items()} == configuration(profile)


def test_profile_without_a_file_leaves_every_rule_mandatory() -> None:
    assert of_profile("preproduction") == {}


@pytest.mark.parametrize(
    ("config", "profile"),
    [({}, "blue"), ({"shop:profile": ""}, "blue"), ({"shop:profile": "prod"}, "prod"), ({"x:profile": "dev"}, "blue")],
)
def test_profile_is_the_one_that_the_stack_names(config: dict[str, str], profile: str) -> None:
    assert facts("shop", "blue", config, ()).profile == profile


@pytest.mark.parametrize(
    "stack",
    ["prod", "Prod", "PRODUCTION", "prod-eu", "production-eu", "eu-prod", "eu-prod-1", "eu-production-2", "prod2",
     "prod_eu", "eu_prod", "eu.prod.1", "production2", "eu-prod2"],
)  # fmt: skip
def test_every_way_to_call_a_stack_of_production_is_pinned(stack: str) -> None:
    pin = strictest(pins.read(), stack, "")
    assert pin is not None
    assert pin.profile == "prod"


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("- profile: prod\n  stacks: [a]\n- profile: prod\n  stacks: [b]\n  stacks: [c]\n", "stacks", "4 and 5"),
        ("- {profile: prod, stacks: [a], profile: dev}\n", "profile", "1 and 1"),
    ],
)
def test_a_key_that_is_there_twice_pins_nothing_unseen(text: str, key: str, lines: str) -> None:
    with pytest.raises(ValueError, match=f"^policy/pins.yaml: {key} is there twice, in lines {lines}$"):
        pins.parse(text)


@pytest.mark.parametrize(
    "stack", ["dev", "staging", "local", "product-demo", "reproduction", "preproduction", "prodigy"]
)
def test_other_stacks_are_not_pinned(stack: str) -> None:
    assert strictest(pins.read(), stack, "") is None


@pytest.mark.parametrize(
    ("name", "given", "pinned", "expected"),
    [
        ("minimum-days", 0, 7, 7),
        ("minimum-days", 9, 7, 9),
        ("minimum-days", "none", 7, 7),
        ("minimum-days", float("nan"), 7, 7),
        ("maximum-days", 999, 90, 90),
        ("budgets", 1, 3, 1),
        ("allowed", ["*"], ["a", "b"], []),
        ("allowed-accounts", ["1"], [], []),
        ("open-paths", ["/a"], ["/a", "/b"], ["/a"]),
        ("logs", [], ["audit"], ["audit"]),
        ("logs", ["error"], ["audit"], ["audit", "error"]),
        ("logs", "none", ["audit"], ["audit"]),
        ("spot-share", {"minimum": [0, 1]}, {"minimum": [0, 0.8]}, {"minimum": [0, 0.8]}),
        ("spot-share", {}, {"minimum": [0, 0.8]}, {"minimum": [0, 0.8]}),
        ("of-a-kind-that-is-new", 1, 2, 2),
    ],
)
def test_stricter_setting_is_the_one_that_keeps_both(
    name: str, given: object, pinned: object, expected: object
) -> None:
    assert stricter(name, given, pinned) == expected


def test_it_is_known_for_each_setting_which_values_are_stricter() -> None:
    assert [name for rule in RULES for name in rule.config if not is_known(name)] == []


def test_pins_know_the_profiles_and_their_order() -> None:
    assert tuple(ADVISORY) == STRICTNESS
    assert [len(concerns) for concerns in ADVISORY.values()] == sorted(
        (len(concerns) for concerns in ADVISORY.values()), reverse=True
    )


def test_prod_is_mandatory_throughout() -> None:
    assert {level_of(rule, "prod") for rule in RULES} == {"mandatory"}
    assert all(given["enforcementLevel"] == "mandatory" for given in configuration("prod").values())


@pytest.mark.parametrize("profile", ADVISORY)
def test_encryption_exposure_privilege_and_spot_are_mandatory_everywhere(profile: str) -> None:
    always = {Concern.ENCRYPTION, Concern.EXPOSURE, Concern.PRIVILEGE, Concern.SPOT}
    assert {level_of(rule, profile) for rule in RULES if rule.concern in always} == {"mandatory"}


def test_dev_only_advises_on_availability() -> None:
    assert {level_of(rule, "dev") for rule in RULES if rule.concern is Concern.AVAILABILITY} == {"advisory"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "the file must be an object whose keys are rules"),
        ({"rds-prot": "advisory"}, "rds-prot: no such rule"),
        ({"rds-port": "optional"}, f"rds-port: enforcementLevel='optional'; allowed are {', '.join(LEVELS)}"),
        ({"rds-port": {"port": 1}}, "rds-port: no such setting: port"),
        ({"a": "advisory", "b": "advisory"}, "a: no such rule\nb: no such rule"),
    ],
)
def test_wrong_configuration_is_refused(content: object, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared below
        check(content)
    assert str(refused.value) == message


def test_configuration_of_the_packs_own_policies_is_right() -> None:
    check({"all": "advisory", "undecided-at-preview": "mandatory", "rds-port": {"enforcementLevel": "disabled"}})


def test_page_is_what_the_rules_say(capsys) -> None:
    assert (ROOT / "docs" / "policies.md").read_text() == markdown(exemptions_file.read())
    assert main(["policies", "--markdown"]) == 0
    assert capsys.readouterr().out == markdown(exemptions_file.read())


ENDPOINTS = BY_ID["vpc-interface-endpoints"]
SILENT = {"cloudfront-countries", "lambda-safeguards", "vpc-interface-endpoints"}
"""Rules that no profile of this platform configures."""


def test_page_writes_exemptions_as_the_file_has_them() -> None:
    page = markdown(exemptions_file.read())
    for entry in exemptions_file.read():
        assert f"| `{entry.rule}` | `{entry.urn.split('::', 2)[2]}`" in page


def test_rule_that_lists_what_it_asks_for_asks_for_nothing_with_an_empty_list(monkeypatch) -> None:
    assert [profile for profile in ADVISORY if asks(ENDPOINTS, profile)] == []
    assert stacks(ENDPOINTS) == "asks for nothing in local, dev, staging, prod"
    assert {rule.id for rule in RULES if not asks(rule, "prod")} == SILENT
    monkeypatch.setattr("policy.enforcement.profiles.SETTINGS", {**SETTINGS, "dev": {}, "prod": {}})
    assert [profile for profile in ADVISORY if asks(ENDPOINTS, profile)] == ["dev", "prod"]
    assert stacks(ENDPOINTS) == "mandatory; advisory in dev; asks for nothing in local, staging"


def test_setting_that_lists_what_a_rule_asks_for_is_a_list() -> None:
    settings = {rule.id: rule.config[rule.asks_for] for rule in RULES if rule.asks_for}
    assert set(settings) == {*SILENT, "waf-logs-redacted", "waf-managed-groups"}
    assert {schema["type"] for schema in settings.values()} == {"array"}


def test_page_counts_no_control_that_no_profile_decides(monkeypatch) -> None:
    page = markdown(exemptions_file.read())
    every = {control for rule in RULES for control in rule.fsbp}
    silent = [control for rule in RULES if rule.id in SILENT for control in rule.fsbp]
    assert f"decide {len(every) - len(silent)} controls" in page
    assert f"Not counted, since no profile's settings ask for them: {', '.join(silent)}." in page
    monkeypatch.setattr("policy.enforcement.profiles.SETTINGS", {**SETTINGS, "prod": {}})
    page = markdown(exemptions_file.read())
    assert f"decide {len(every)} controls" in page
    assert "Not counted" not in page


def test_command_says_where_a_rule_asks_for_nothing(capsys) -> None:
    assert main(["policies"]) == 0
    assert re.sub(r"\s+", " ", capsys.readouterr().out).count("nothing") == len(SILENT)


def test_command_lists_every_rule(capsys) -> None:
    assert main(["policies"]) == 0
    printed = capsys.readouterr().out
    assert [rule.id for rule in RULES if rule.id not in printed] == []


def test_command_refuses_an_unknown_profile(capsys) -> None:
    assert main(["policies", "--profile", "production"]) == 2
    assert "profile=production; allowed are local, dev, staging, prod" in capsys.readouterr().err


@pytest.mark.parametrize("name", HOUSEKEEPING)
def test_command_describes_the_packs_own_policies(name: str, capsys) -> None:
    assert main(["policies", name]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} (one of the pack's own policies)")
    assert "Stacks: local " in printed


def test_command_offers_the_packs_own_policies_for_a_typo(capsys) -> None:
    assert main(["policies", "types-not-judgd"]) == 2
    assert "did you mean types-not-judged?" in capsys.readouterr().err
    assert main(["policies"]) == 0
    printed = capsys.readouterr().out
    assert [name for name in HOUSEKEEPING if name not in printed] == []
