"""The sources of a stack's settings, and the settings of the four stacks."""

import dataclasses
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from configuration import settings
from configuration.models import model_of
from configuration.profiles import PROFILES
from configuration.sections import Api, Service, Vpc
from configuration.settings import SettingsError, load
from configuration.stack import StackSettings
from spot_planning.data.settings import CacheSettings, DatabaseSettings
from spot_planning.problems import show
from spot_planning.service.capacity import SPOT_NOTICE_SECONDS, finished_after_seconds, noticed_after_seconds
from spot_planning.site.security_headers import MAXIMUM_POLICY_LENGTH, content_security_policy
from spot_planning.site.settings import SpaFrontendSettings
from spot_planning.waf.web_acl import WebAclScope, counted_rules_of
from tests.recording import record
from tests.stack_files import from_stack_file
from tests.unit.configuration.test_settings_wrong import flat

MODEL = model_of(StackSettings)

ROOT = Path(__file__).parents[3]
NEEDED: dict[str, dict[str, Any]] = {
    "aws": {"region": "us-east-1", "account_id": "123456789012"},
    "api": {"document": "openapi.yaml"},
}


def stack(name: str) -> StackSettings:
    return from_stack_file(ROOT / f"Pulumi.{name}.yaml")


def test_a_section_is_merged_over_its_profile_in_depth() -> None:
    loaded = load("dev", flat({**NEEDED, "service": {"max_tasks": 5}, "budget": {"emails": ["ops@example.com"]}}))
    assert loaded.service.max_tasks == 5
    assert loaded.service.desired_tasks == 1, "the profile's"
    assert loaded.service.cpu == 512, "the section's own"


def test_lists_are_replaced_and_null_takes_a_default_away() -> None:
    given = {**NEEDED, "service": {"egress_ports": [5432]}, "budget": {"monthly_limit_usd": None}}
    loaded = load("dev", flat(given))
    assert loaded.service.egress_ports == [5432]
    assert loaded.budget.monthly_limit_usd is None


@pytest.mark.parametrize("text", ["", None])
def test_the_stack_has_the_profile_of_its_name(text: str | None) -> None:
    given = NEEDED if text is None else {**NEEDED, "profile": text}
    assert load("local", flat(given)).profile == "local"


def test_a_profile_can_have_several_stacks() -> None:
    loaded = load("review-4711", flat({**NEEDED, "profile": "local"}))
    assert (loaded.profile, loaded.service.max_tasks) == ("local", 2)


@pytest.mark.parametrize("name", ["a.b", ".x", "ä", "a" * 129])
def test_a_stack_whose_api_could_have_no_stage_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(name, flat({**NEEDED, "profile": "local", "budget": {"currency": "EUR"}}))
    first, second = caught.value.problems
    assert first == (
        f"the stack's name: {show(name)} is not 1 to 128 letters, digits, hyphens and underscores, as the name of the "
        "API's stage must be"
    )
    assert second.startswith("spot-platform:budget.currency: unknown key")


REAL_BUCKETS = [f"https://shop-{each}-0a1b2c3.s3.eu-central-1.amazonaws.com" for each in ("uploads", "documents")]


@pytest.mark.parametrize(
    ("sections", "api_urls"),
    [
        ({}, ["https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod"]),
        (
            {"dns": {"zone_name": "example.com", "site_domain": "example.com", "api_domain": "api.example.com"}},
            ["https://api.example.com"],
        ),
        ({"api": {"document": "openapi.yaml", "path_on_site": "/api"}}, []),
    ],
)
def test_a_content_security_policy_that_is_too_long_with_the_real_names_is_refused(
    sections: dict[str, Any], api_urls: list[str]
) -> None:
    aws = {"region": "eu-central-1", "account_id": "123456789012"}

    def given(length: int) -> dict[str, str]:
        sources = [f"https://cdn.example.com/{'a' * length}"]
        frontend = {"content_security_policy_sources": {"img-src": sources}}
        return flat({**NEEDED, "name": "shop", "aws": aws, "frontend": frontend, **sections})

    def made(length: int) -> str:
        sources = load("local", given(length)).frontend.content_security_policy_sources
        return content_security_policy(api_urls=api_urls, storage_urls=REAL_BUCKETS, sources=sources)

    longest = MAXIMUM_POLICY_LENGTH - len(made(0))
    assert len(made(longest)) == MAXIMUM_POLICY_LENGTH
    with pytest.raises(SettingsError) as caught:
        load("local", given(longest + 1))
    (problem,) = caught.value.problems
    assert problem == (
        "spot-platform:frontend.content_security_policy_sources: give fewer sources: with them and the origins of the "
        "API and the buckets, the Content-Security-Policy has 1784 characters; CloudFront takes 1783"
    )


def test_a_policy_of_the_users_own_needs_no_room_for_the_stacks_origins() -> None:
    own = {"content_security_policy": f"default-src 'self' https://{'a' * 1700}.example.com"}
    sources = {"content_security_policy_sources": {"img-src": [f"https://cdn.example.com/{'a' * 1800}"]}}
    assert load("local", flat({**NEEDED, "frontend": {**own, **sources}})).frontend.content_security_policy


def test_what_the_engine_fills_in_for_absent_sections_changes_nothing() -> None:
    schema_defaults = {name: {} for name in MODEL.model_fields if name not in ("profile", "name", *NEEDED)}
    assert load("local", flat({**NEEDED, **schema_defaults, "profile": ""})) == load("local", flat(NEEDED))


def test_keys_of_the_engine_are_none_of_our_business() -> None:
    others = {"pulumi:disable-default-providers": '["aws"]'}
    assert load("local", {**flat(NEEDED), **others}) == load("local", flat(NEEDED))


def test_a_stray_namespace_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        load("local", {**flat(NEEDED), "shop:name": "shop"})
    assert caught.value.problems == (
        "shop:name: is read by nobody; keys of this project begin with spot-platform:, its name in Pulumi.yaml",
    )


def test_a_renamed_project_has_its_own_namespace() -> None:
    renamed = {key.replace("spot-platform:", "shop:"): value for key, value in flat(NEEDED).items()}
    assert load("local", renamed, project="shop") == load("local", flat(NEEDED))
    with pytest.raises(SettingsError) as caught:
        load("local", {**renamed, "shop:service": '{"memory": 8192}'}, project="shop")
    (problem,) = caught.value.problems
    assert problem.startswith("shop:service.memory: 8192 is not allowed")


@pytest.mark.parametrize("name", PROFILES)
def test_only_pulumi_yaml_names_the_project(name: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = tmp_path / f"Pulumi.{name}.yaml"
    file.write_text((ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    assert from_stack_file(file) == stack(name)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load("local", flat(NEEDED)).service.cpu = 256


def test_several_errors_are_said_at_once_in_the_order_of_the_reference() -> None:
    given = {
        "aws": {"region": "moon-1"},
        "vpc": {"nat": "gateway", "zones": "three"},
        "service": {"minTasks": 2, "memory": 8192, "spot_base": 1},
        "dns": {"site_domain": "app.example.com"},
    }
    with pytest.raises(SettingsError) as caught:
        load("prod", flat(given))
    assert [problem.split(":", 2)[1] for problem in caught.value.problems] == [
        "aws.region",
        "aws.account_id",
        "dns.site_domain",
        "vpc.nat",
        "vpc.zones",
        "api.document",
        "service.memory",
        "service.spot_base",
        "service.minTasks",
        "observability.alarm_emails",
        "backups.copy_region",
        "budget.monthly_limit_usd",
    ]
    assert str(caught.value) == "\n".join(caught.value.problems)


def test_a_rule_says_nothing_about_what_is_wrong_in_itself() -> None:
    given = {**NEEDED, "service": {"cpu": 500, "memory": 8192}}
    with pytest.raises(SettingsError) as caught:
        load("local", flat(given))
    assert [problem.split(":", 2)[1] for problem in caught.value.problems] == ["service.cpu"]


def test_an_encrypted_value_is_refused_without_being_shown() -> None:
    given = {**NEEDED, "service": {"environment": {"GREETING": "hunter2"}}}
    with pytest.raises(SettingsError) as caught:
        load("local", flat(given), ["spot-platform:service"])
    (problem,) = caught.value.problems
    assert problem == (
        "spot-platform:service: holds an encrypted value, and no setting is secret: "
        "put it into Secrets Manager and name it in service.secrets"
    )


def test_values_of_environment_variables_are_never_shown() -> None:
    given = {**NEEDED, "service": {"environment": {"DB_PASSWORD": "hunter2", "PORT": "hunter2", "PIN": 4711}}}
    with pytest.raises(SettingsError) as caught:
        load("local", flat(given))
    assert len(caught.value.problems) == 3
    assert "hunter2" not in str(caught.value)
    assert "4711" not in str(caught.value)


def test_a_stack_file_reads_like_the_engine_hands_it_over(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(
        "encryptionsalt: v1:x\nconfig:\n"
        '  spot-platform:aws: {region: us-east-1, account_id: "123456789012"}\n'
        "  spot-platform:api: {document: openapi.yaml}\n"
        "  spot-platform:name: shop\n"
        "  spot-platform:service: {environment: {A: {secure: v1:abc}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError, match=r"^spot-platform:service: holds an encrypted value"):
        from_stack_file(file)


def test_the_program_reads_what_the_engine_was_given() -> None:
    loaded: list[StackSettings] = []

    def program() -> None:
        pulumi.runtime.set_all_config(flat(NEEDED), [])
        loaded.append(settings.from_pulumi())

    try:
        record(program, stack="local")
    finally:
        pulumi.runtime.set_all_config({}, [])
    assert loaded[0] == load("local", flat(NEEDED))


def test_the_engine_shows_a_wrong_configuration_without_a_traceback() -> None:
    def program() -> None:
        pulumi.runtime.set_all_config(flat({**NEEDED, "cache": {"nodes": 0}}), ["spot-platform:vpc"])
        settings.from_pulumi()

    try:
        with pytest.raises(pulumi.RunError) as caught:  # the only error that the engine prints as it is
            record(program, stack="local")
    finally:
        pulumi.runtime.set_all_config({}, [])
    assert str(caught.value) == (
        "stack local is not configured as docs/configuration.md says:\n"
        "spot-platform:cache.nodes: 0 is not allowed; allowed: 1 to 6"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "local",
            {
                "vpc.nat": "per-az",
                "service.min_tasks": 1,
                "service.desired_tasks": 1,
                "service.max_tasks": 2,
                "database.multi_az": False,
                "cache.nodes": 1,
                "waf.enabled": False,
                "backups.enabled": False,
                "budget.monthly_limit_usd": None,
                "observability.alarm_emails": [],
            },
        ),
        (
            "dev",
            {
                "vpc.nat": "instance",
                "service.min_tasks": 1,
                "service.desired_tasks": 1,
                "service.max_tasks": 2,
                "service.on_demand_base": 0,
                "service.on_demand_weight": 0,
                "database.multi_az": False,
                "database.instance_class": "db.t4g.micro",
                "cache.nodes": 1,
                "waf.enabled": False,
                "backups.enabled": False,
                "budget.monthly_limit_usd": 100,
            },
        ),
        (
            "staging",
            {
                "vpc.nat": "single",
                "service.min_tasks": 1,
                "service.desired_tasks": 2,
                "service.max_tasks": 4,
                "database.instance_class": "db.t4g.small",
                "cache.nodes": 1,
                "waf.enabled": True,
                "backups.enabled": True,
                "backups.copy_region": "us-west-2",
                "budget.monthly_limit_usd": 200,
            },
        ),
        (
            "prod",
            {
                "vpc.nat": "per-az",
                "vpc.zones": 2,
                "service.min_tasks": 2,
                "service.desired_tasks": 2,
                "service.max_tasks": 10,
                "service.on_demand_base": 1,
                "service.on_demand_weight": 1,
                "service.spot_weight": 4,
                "service.spot_base": 0,
                "database.instance_class": "db.t4g.small",
                "database.multi_az": True,
                "database.backup_retention_days": 14,
                "database.deletion_protection": True,
                "cache.node_type": "cache.t4g.micro",
                "cache.nodes": 2,
                "waf.enabled": True,
                "backups.enabled": True,
                "backups.copy_region": "us-west-2",
                "budget.monthly_limit_usd": 400,
            },
        ),
    ],
)
def test_the_stacks_have_what_their_profile_promises(name: str, expected: dict[str, object]) -> None:
    loaded = dataclasses.asdict(stack(name))
    actual = {key: loaded[key.split(".")[0]][key.split(".")[1]] for key in expected}
    assert actual == expected


def test_traces_are_not_paid_for_in_dev() -> None:
    assert {name: stack(name).api.xray for name in PROFILES} == {
        "local": True,
        "dev": False,
        "staging": True,
        "prod": True,
    }


@pytest.mark.parametrize("name", PROFILES)
def test_every_stack_keeps_the_values_of_the_plan(name: str) -> None:
    loaded = stack(name)
    assert (loaded.service.cpu, loaded.service.memory, loaded.service.container_port) == (512, 1024, 3333)
    assert (loaded.api.throttle_rate_limit, loaded.api.throttle_burst_limit) == (100, 200)
    assert (loaded.api.quota_limit, loaded.api.quota_period) == (100_000, "MONTH")
    assert loaded.service.health_check_path == "/health/ready"
    assert (loaded.service.scale_out_cooldown_seconds, loaded.service.scale_in_cooldown_seconds) == (60, 300)
    assert loaded.service.cpu_target_percent == 70
    assert loaded.database.engine_version == "16"
    assert loaded.frontend.price_class == ("PriceClass_All" if name == "prod" else "PriceClass_100")
    assert (ROOT / loaded.api.document).is_file()


def test_the_sections_have_the_values_of_the_plan_by_themselves() -> None:
    service = Service()
    assert (service.spot_weight, service.spot_base, service.on_demand_weight, service.on_demand_base) == (4, 0, 1, 1)
    assert (service.min_tasks, service.desired_tasks, service.max_tasks) == (1, 2, 10)
    assert (DatabaseSettings().instance_class, DatabaseSettings().multi_az, DatabaseSettings().deletion_protection) == (
        "db.t4g.small",
        True,
        True,
    )
    defaults = (CacheSettings().node_type, SpaFrontendSettings().price_class, Vpc().nat)
    assert defaults == ("cache.t4g.micro", "PriceClass_100", "per-az")
    assert Api(document="a.yaml").api_key_required


def test_the_stacks_have_their_names_in_one_zone() -> None:
    prod, staging, dev, local = (stack(name).dns for name in ("prod", "staging", "dev", "local"))
    assert (prod.site_domain, prod.api_domain) == (prod.zone_name, f"api.{prod.zone_name}")
    assert staging.zone_name == prod.zone_name
    assert staging.site_domain == f"staging.{prod.zone_name}"
    assert staging.api_domain == f"staging-api.{prod.zone_name}"
    assert (dev.zone_name, dev.site_domain, dev.api_domain) == (None, None, None)
    assert (local.zone_name or "").endswith(".test"), "a name that nobody owns"
    assert [dns.manage_zone for dns in (prod, staging, local)] == [False, False, True]


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_somebody_hears_of_the_budget(name: str) -> None:
    assert stack(name).budget_emails


def test_the_local_stack_cannot_reach_a_real_account() -> None:
    assert stack("local").aws.account_id == "123456789012", "what the emulator and the offline provider answer"


def test_a_change_is_live_on_the_local_stack_within_a_minute() -> None:
    local = stack("local")
    service = local.service
    # The new task is healthy after three checks of the balancer: at the first check, its process does not run yet.
    starts = max(2 * service.health_check_interval_seconds, service.liveness_interval_seconds)
    assert starts + service.deregistration_delay_seconds <= 25, "the rest of the minute is for the image and `up`"
    finished = finished_after_seconds(service.drain_seconds, int(local.api.integration_timeout_seconds))
    assert service.drain_seconds >= noticed_after_seconds(service.health_check_interval_seconds) + 10, (
        "on a machine that has much to do checks come late"
    )
    assert finished == service.stop_timeout_seconds < SPOT_NOTICE_SECONDS
    assert float(service.environment["REQUEST_SECONDS"]) == local.api.integration_timeout_seconds


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_a_stack_in_aws_waits_as_long_as_spot_lets_it(name: str) -> None:
    service = stack(name).service
    assert (service.drain_seconds, service.deregistration_delay_seconds, service.stop_timeout_seconds) == (80, 115, 115)
    assert (service.health_check_interval_seconds, service.liveness_interval_seconds) == (10, 30)


def test_stacks_of_one_account_share_it_without_a_quarrel() -> None:
    staging, prod = stack("staging"), stack("prod")
    assert staging.aws == prod.aws
    assert [staging.api.account_logging_role, prod.api.account_logging_role] == [False, True]


@pytest.mark.parametrize("name", PROFILES)
def test_a_stack_file_holds_only_what_differs_from_its_profile(name: str) -> None:
    content = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8"))
    for key, value in content["config"].items():
        section = key.removeprefix("spot-platform:")
        for field, own in value.items() if isinstance(value, dict) else ():
            default = MODEL.model_fields[section].get_default(call_default_factory=True)
            below = PROFILES[name].get(section, {}).get(field, getattr(default, field, None))
            assert own != below, f"{key}.{field} is already the profile's"


@pytest.mark.parametrize("name", PROFILES)
def test_state_is_encrypted_with_a_key_of_the_stack_except_here(name: str) -> None:
    text = (ROOT / f"Pulumi.{name}.yaml").read_text(encoding="utf-8")
    provider = f"secretsprovider: awskms://alias/spot-platform-{name}?region=us-east-1\n"
    assert (provider in text) == (name != "local")
    assert "encryptionsalt" not in text


@pytest.mark.parametrize(
    ("given", "api", "storage"),
    [
        ({}, ["*"], []),
        (
            {"dns": {"zone_name": "e.com", "site_domain": "e.com", "site_alternative_domains": ["www.e.com"]}},
            ["https://e.com", "https://www.e.com"],
            ["https://e.com", "https://www.e.com"],
        ),
        ({"api": {"cors_allowed_origins": ["https://a.b"]}}, ["https://a.b"], ["https://a.b"]),
        ({"storage": {"cors_allowed_origins": ["https://a.b"]}}, ["*"], ["https://a.b"]),
    ],
)
def test_who_may_call_follows_from_the_site(given: dict[str, Any], api: list[str], storage: list[str]) -> None:
    loaded = load("local", flat({**NEEDED, **given, "api": {**NEEDED["api"], **given.get("api", {})}}))
    assert loaded.api_origins == api
    assert loaded.storage_origins == storage


def test_the_budget_tells_those_who_get_the_alarms() -> None:
    given = {**NEEDED, "observability": {"alarm_emails": ["ops@example.com"]}}
    assert load("dev", flat(given)).budget_emails == ["ops@example.com"]
    own = {**given, "budget": {"emails": ["cfo@example.com"]}}
    assert load("dev", flat(own)).budget_emails == ["cfo@example.com"]


def test_each_web_acl_counts_the_rules_of_the_groups_it_has() -> None:
    rules = ["AWSManagedRulesSQLiRuleSet/SQLi_BODY", "AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER"]
    waf = load("local", flat({**NEEDED, "waf": {"enabled": True, "counted_rules": rules}})).waf
    assert counted_rules_of(WebAclScope.REGIONAL, waf.counted_rules) == rules
    assert counted_rules_of(WebAclScope.CLOUDFRONT, waf.counted_rules) == rules[1:]


@pytest.mark.parametrize(("milliseconds", "seconds"), [(29_000, 29), (1_001, 2), (50, 1)])
def test_the_longest_request_is_rounded_up(milliseconds: int, seconds: int) -> None:
    assert Api(document="a.yaml", integration_timeout_milliseconds=milliseconds).integration_timeout_seconds == seconds


def test_prod_keeps_every_log_for_ninety_days() -> None:
    for name, section in dataclasses.asdict(stack("prod")).items():
        for key, days in section.items() if isinstance(section, dict) else ():
            assert "log_retention" not in key or days >= 90, f"{name}.{key}"


OWNED = (
    "CORS_ALLOWED_ORIGINS PATH_PREFIX PORT DRAIN_SECONDS AUTO_MIGRATE DESCRIBE_TASKS DATABASE_HOST REDIS_URL S3_UPLOADS_BUCKET "
    "AWS_ACCESS_KEY_ID"
)


@pytest.mark.parametrize("name", OWNED.split())
def test_variables_of_the_container_contract_are_the_platforms(name: str) -> None:
    for key in ("environment", "secrets"):
        with pytest.raises(SettingsError) as caught:
            load("local", flat({**NEEDED, "service": {key: {name: "x"}}}))
        assert caught.value.problems == (
            f"spot-platform:service.{key}.{name}: is set by the platform; choose another name",
        )
