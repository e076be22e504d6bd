"""The registered resources of HostedZone."""

import json
from dataclasses import replace

import pulumi
import pytest

from spot_platform.names.dns import HostedZone, HostedZoneArgs, HostedZoneTransforms
from tests.recording import Recording, record

LOG_GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/example.com"
NAME_SERVERS = ["ns-1.awsdns-00.com", "ns-2.awsdns-01.net"]
OUTPUTS = {
    "aws:route53/zone:Zone": {"zoneId": "Z1", "nameServers": NAME_SERVERS},
    "aws:cloudwatch/logGroup:LogGroup": {"arn": LOG_GROUP_ARN},
}
ARGS = HostedZoneArgs(zone_name="example.com")


def build(args: HostedZoneArgs = ARGS, transforms: HostedZoneTransforms | None = None) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        zone = HostedZone("public", args, transforms=transforms)
        return {"zone_id": zone.zone_id, "name_servers": zone.name_servers}

    return record(program, outputs=OUTPUTS)


def test_zone() -> None:
    recording = build()
    assert recording.unknown_inputs() == []
    zone = recording.one("Zone", "public").inputs
    assert zone["name"] == "example.com"
    assert zone["forceDestroy"] is False
    assert "vpcs" not in zone
    assert recording.result == {"zone_id": "Z1", "name_servers": NAME_SERVERS}


def test_queries_are_logged_in_us_east_1() -> None:
    recording = build(replace(ARGS, query_log_retention_days=90, query_log_kms_key_arn="arn:aws:kms:us-east-1:1:key/k"))
    log_group = recording.one("LogGroup").inputs
    assert log_group["name"] == "/aws/route53/example.com"
    assert log_group["region"] == recording.one("LogResourcePolicy").inputs["region"] == "us-east-1"
    assert log_group["retentionInDays"] == 90
    assert log_group["kmsKeyId"] == "arn:aws:kms:us-east-1:1:key/k"
    query_log = recording.one("QueryLog")
    assert query_log.inputs == {"zoneId": "Z1", "cloudwatchLogGroupArn": LOG_GROUP_ARN}
    assert recording.one("LogResourcePolicy").urn in query_log.dependencies


def test_only_this_accounts_zones_may_write_and_only_to_this_log_group() -> None:
    (statement,) = json.loads(build().one("LogResourcePolicy").inputs["policyDocument"])["Statement"]
    assert statement == {
        "Sid": "WriteQueryLogs",
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{LOG_GROUP_ARN}:*"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
        },
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            replace(ARGS, zone_name="example.com."),
            r"^HostedZone 'public': zone_name=example\.com\. is not allowed; allowed: a full domain name .*$",
        ),
        (
            replace(ARGS, query_log_retention_days=31),
            r"^HostedZone 'public': query_log_retention_days=31 is not allowed; allowed: 1, 3, 5, .*, 3653$",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(args: HostedZoneArgs, message: str) -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=message):
            HostedZone("public", args)

    assert record(program).resources == []


def test_transforms_reach_children() -> None:
    transforms = HostedZoneTransforms(
        zone={"comment": "ours"},
        log_group={"tags": {"a": "b"}},
        log_resource_policy={"policy_name": "short"},
        query_log=lambda args: {**args, "zone_id": "Z2"},
    )
    recording = build(transforms=transforms)
    assert recording.one("Zone").inputs["comment"] == "ours"
    assert recording.one("LogGroup").inputs["tags"] == {"a": "b"}
    assert recording.one("LogResourcePolicy").inputs["policyName"] == "short"
    assert recording.one("QueryLog").inputs["zoneId"] == "Z2"
