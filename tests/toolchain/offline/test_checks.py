"""The offline provider's Check, like the real provider's: names, defaults, tags, Region."""

import re
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from toolchain.offline import model, names
from toolchain.offline.checks import DEFAULTS, Naming, Provider, checked_inputs
from toolchain.offline.configuration import configuration_failures, provider
from toolchain.offline.structs import Secret
from toolchain.offline.values import ACCOUNT, Place

IRELAND = Provider(Place("eu-west-1", ACCOUNT), default_tags={"project": "x", "stack": "dev"})
SEED = Naming(seed=b"seed")


def checked(
    token: str,
    new: dict[str, Any],
    *,
    name: str = "main",
    old: dict[str, Any] | None = None,
    with_provider: Provider = IRELAND,
    naming: Naming = SEED,
) -> dict[str, Any]:
    inputs, failures = checked_inputs(token, name, old or {}, new, provider=with_provider, naming=naming)
    assert failures == []
    return inputs


NAMED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("aws:s3/bucket:Bucket", "Files", {}, "bucket", r"files-[0-9a-f]{7}"),
    ("aws:sns/topic:Topic", "alarms", {}, "name", r"alarms-[0-9a-f]{7}"),
    ("aws:sns/topic:Topic", "alarms", {"fifoTopic": True}, "name", r"alarms-[0-9a-f]{7}\.fifo"),
    ("aws:sqs/queue:Queue", "jobs", {"fifoQueue": True}, "name", r"jobs-[0-9a-f]{7}\.fifo"),
    ("aws:kms/alias:Alias", "main", {"targetKeyId": "x"}, "name", r"alias/main-[0-9a-f]{7}"),
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "Cache",
        {"description": "x"},
        "replicationGroupId",
        r"cache-[0-9a-f]{7}",
    ),
    ("aws:rds/instance:Instance", "db", {"instanceClass": "x"}, "identifier", r"db-[0-9a-f]{7}"),
    ("aws:cloudwatch/eventTarget:EventTarget", "t", {"arn": "a", "rule": "r"}, "targetId", r"t-[0-9a-f]{7}"),
    ("aws:cloudwatch/logGroup:LogGroup", "api", {}, "name", r"api-[0-9a-f]{7}"),
]


def test_all_tags_are_no_input_but_what_the_engine_keeps_of_them_for_ignore_changes_is_taken() -> None:
    topic = "aws:sns/topic:Topic"
    old = checked(topic, {})
    assert checked(topic, {"tagsAll": old["tagsAll"]}, old=old)["tagsAll"] == old["tagsAll"]
    _, failures = checked_inputs(topic, "main", old, {"tagsAll": {"a": "b"}}, provider=IRELAND, naming=SEED)
    assert [str(failure) for failure in failures] == ["tagsAll: no such property; did you mean tags?"]


@pytest.mark.parametrize(("token", "name", "inputs", "property_", "pattern"), NAMED)
def test_a_resource_without_a_name_gets_one_in_the_shape_that_aws_wants(
    token: str, name: str, inputs: dict[str, Any], property_: str, pattern: str
) -> None:
    found = checked(token, inputs, name=name)
    assert re.fullmatch(pattern, found[property_])
    assert property_ in found[DEFAULTS]


@pytest.mark.parametrize(
    ("token", "inputs", "property_"),
    [
        ("aws:sns/topic:Topic", {"name": "mine"}, "name"),
        ("aws:s3/bucket:Bucket", {"bucket": UNKNOWN}, "bucket"),
        ("aws:s3/bucket:Bucket", {"bucketPrefix": "mine"}, "bucket"),
        ("aws:route53/record:Record", {"name": "a", "type": "A", "zoneId": "Z"}, "name"),
        ("aws:ec2/vpc:Vpc", {}, "name"),
    ],
)
def test_a_given_name_or_prefix_is_left_alone(token: str, inputs: dict[str, Any], property_: str) -> None:
    found = checked(token, inputs)
    assert found.get(property_) is inputs.get(property_)
    assert property_ not in found[DEFAULTS]


def test_an_automatic_name_is_kept_from_then_on_whatever_the_seed() -> None:
    first = checked("aws:s3/bucket:Bucket", {})
    again = checked("aws:s3/bucket:Bucket", {}, old=first, naming=Naming(seed=b"another"))
    assert again["bucket"] == first["bucket"]
    assert checked("aws:s3/bucket:Bucket", {}, naming=Naming(seed=b"another"))["bucket"] != first["bucket"]


def test_a_name_of_the_program_is_not_kept_once_the_program_gives_none() -> None:
    first = checked("aws:s3/bucket:Bucket", {"bucket": "mine"})
    assert re.fullmatch("main-[0-9a-f]{7}", checked("aws:s3/bucket:Bucket", {}, old=first)["bucket"])


def test_a_name_too_long_for_aws_is_refused() -> None:
    long = "a-load-balancer-with-a-long-name"
    _, failures = checked_inputs("aws:lb/loadBalancer:LoadBalancer", long, {}, {}, provider=IRELAND, naming=SEED)
    assert [str(failure) for failure in failures] == [
        (
            f"name: the automatic name, '{long}-' and 7 digits, is longer than 32 characters;"
            " shorten the resource's name or set name"
        )
    ]


def test_the_stacks_own_naming_is_followed() -> None:
    proposed = Naming(seed=b"seed", proposed="Dev-Files")
    assert checked("aws:s3/bucket:Bucket", {}, naming=proposed)["bucket"] == "dev-files"
    assert "bucket" not in checked("aws:s3/bucket:Bucket", {}, naming=Naming(disabled=True))


def test_every_naming_rule_is_about_a_property_that_the_package_has() -> None:
    for token in names._RULES:
        resource = model.resource(token)
        assert resource is not None, token
        assert names._RULES[token].property in resource.inputs, token


def test_defaults_of_the_provider_are_filled_in_and_noted_at_each_level() -> None:
    origin = {"domainName": "x", "originId": "x", "customOriginConfig": {"httpPort": 80, "httpsPort": 443,
              "originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}}  # fmt: skip
    found = checked(
        "aws:cloudfront/distribution:Distribution",
        {
            "enabled": True,
            "origins": [origin],
            "defaultCacheBehavior": {
                "allowedMethods": ["GET"],
                "cachedMethods": ["GET"],
                "targetOriginId": "x",
                "viewerProtocolPolicy": "https-only",
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {"cloudfrontDefaultCertificate": True},
            "priceClass": "PriceClass_100",
        },
    )
    assert found["httpVersion"] == "http2"
    assert found["priceClass"] == "PriceClass_100"
    assert {"httpVersion", "waitForDeployment"} <= set(found[DEFAULTS])
    assert "priceClass" not in found[DEFAULTS]
    assert found["origins"][0]["connectionAttempts"] == 3
    assert found["origins"][0]["customOriginConfig"]["originReadTimeout"] == 30
    assert "originReadTimeout" in found["origins"][0]["customOriginConfig"][DEFAULTS]
    assert DEFAULTS not in found["tagsAll"]


def test_what_security_rules_read_is_said_even_where_the_program_says_nothing() -> None:
    database = checked("aws:rds/instance:Instance", {"instanceClass": "x"})
    assert (database["publiclyAccessible"], database["performanceInsightsEnabled"]) == (False, False)
    assert checked("aws:lb/loadBalancer:LoadBalancer", {})["enableDeletionProtection"] is False


def test_a_resources_tags_win_over_the_providers_and_both_are_in_tags_all() -> None:
    found = checked("aws:ec2/vpc:Vpc", {"tags": {"Name": "main", "stack": "mine"}})
    assert found["tags"] == {"Name": "main", "stack": "mine"}
    assert found["tagsAll"] == {"project": "x", "stack": "mine", "Name": "main"}


@pytest.mark.parametrize(
    ("tags", "default_tags", "expected"),
    [
        (UNKNOWN, {}, UNKNOWN),
        ({"Name": UNKNOWN}, {}, UNKNOWN),
        (None, {}, {}),
        (Secret({"a": "1"}), {"b": "2"}, Secret({"b": "2", "a": "1"})),
        ({"a": Secret("1")}, {}, {"a": Secret("1")}),
    ],
)
def test_all_tags_of_odd_values(tags: Any, default_tags: Any, expected: Any) -> None:
    configured = Provider(Place(), default_tags=default_tags)
    assert checked("aws:ec2/vpc:Vpc", {"tags": tags}, with_provider=configured)["tagsAll"] == expected


@pytest.mark.parametrize("tags", ["Name=main", 5, True, ["a"], Secret("Name=main")])
def test_tags_of_a_wrong_type_are_a_failure_that_names_them_and_no_defect(tags: Any) -> None:
    _, failures = checked_inputs("aws:ec2/vpc:Vpc", "main", {}, {"tags": tags}, provider=IRELAND, naming=Naming())
    assert [failure.path for failure in failures] == ["tags"]


def test_tags_that_somebody_else_manages_are_left_out() -> None:
    configured = Provider(Place(), ignored_tags=("a",), ignored_prefixes=("aws:",))
    tags = {"a": "1", "aws:b": "2", "c": "3"}
    assert checked("aws:ec2/vpc:Vpc", {"tags": tags}, with_provider=configured)["tagsAll"] == {"c": "3"}


def test_the_providers_region_is_an_input_of_regional_resources_only() -> None:
    assert checked("aws:ec2/vpc:Vpc", {})["region"] == "eu-west-1"
    assert checked("aws:ec2/vpc:Vpc", {"region": "eu-west-2"})["region"] == "eu-west-2"
    assert "region" not in checked("aws:iam/role:Role", {"assumeRolePolicy": "{}"})


def test_a_provider_is_configured_with_json_as_the_engine_sends_it() -> None:
    configured = provider(
        {
            "region": "sa-east-1",
            "defaultTags": '{"tags": {"a": "b"}}',
            "ignoreTags": '{"keys": ["k"], "keyPrefixes": ["p"]}',
            "skipCredentialsValidation": "true",
            "version": "7.51.1",
        }
    )
    assert configured == Provider(
        Place("sa-east-1", ACCOUNT), default_tags={"a": "b"}, ignored_tags=("k",), ignored_prefixes=("p",)
    )


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-north-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        ({}, "us-east-1"),
    ],
)
def test_a_provider_without_a_region_takes_it_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], region: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert provider({}).place.region == region


def test_wrong_configuration_of_a_provider_is_refused() -> None:
    wrong = {"regoin": "x", "defaultTags": '{"tag": {}}', "maxRetries": "many", "version": "7.51.1"}
    assert [str(failure) for failure in configuration_failures(wrong)] == [
        "regoin: no such property; did you mean region?",
        "defaultTags.tag: no such property; did you mean tags?",
        "maxRetries: must be an integer, not 'many'",
    ]
    assert configuration_failures({"region": "eu-west-1", "maxRetries": "3", "insecure": "true"}) == []
