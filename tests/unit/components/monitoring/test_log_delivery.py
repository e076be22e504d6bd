"""The resource policy that the parts of a stack share, of which an account has ten per Region."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from spot_platform.data.backups import Backups, BackupsArgs
from spot_platform.monitoring.log_delivery import (
    LogDeliveryPolicy,
    LogDeliveryPolicyArgs,
    LogDeliveryPolicyTransforms,
)
from spot_platform.names.dns import HostedZone, HostedZoneArgs
from spot_platform.service.arguments import ClusterArgs
from spot_platform.service.cluster import Cluster
from tests.program import record_as_aws
from tests.recording import Recording, record

ACCOUNT, REGION = "123456789012", "us-east-1"
ARGS = LogDeliveryPolicyArgs(account_id=ACCOUNT, region=REGION, zone_name="example.com")
POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"


def _stack(*, shared: bool) -> Recording:
    def program() -> None:
        policy = LogDeliveryPolicy("shop", ARGS).policy_name if shared else None
        Cluster("shop", ClusterArgs(account_id=ACCOUNT, region=REGION, log_delivery_policy=policy))
        HostedZone("shop", HostedZoneArgs(zone_name="example.com", log_delivery_policy=policy))
        bucket, copies = "arn:aws:s3:::uploads", {"copy_region": "us-west-2", "copy_retention_days": 90}
        Backups("shop", BackupsArgs(resource_arns=[bucket], log_delivery_policy=policy, **copies))

    return record_as_aws(program)


def test_all_parts_of_a_stack_share_one_policy_and_wait_for_it() -> None:
    recording = _stack(shared=True)
    policy = recording.one(POLICY)
    writers = [*recording.all("EventTarget"), recording.one("QueryLog")]
    assert len(writers) == 5
    assert all(policy.urn in writer.dependencies for writer in writers)


def test_every_part_has_a_policy_of_its_own_without_a_shared_one() -> None:
    recording = _stack(shared=False)
    names = {policy.inputs["policyName"] for policy in recording.all(POLICY)}
    assert names == {"shop-events", "route53-query-logs-example.com", "shop-copies"}
    # A stack that changes to the shared policy deletes these after it has made that one.
    assert _stack(shared=True).one(POLICY).inputs["policyName"] not in names


def test_the_shared_policy_lets_the_services_write_to_every_log_group_of_the_parts() -> None:
    recording = _stack(shared=True)
    statements = {each["Sid"]: each for each in json.loads(recording.one(POLICY).inputs["policyDocument"])["Statement"]}
    groups = {group.name: group.inputs for group in recording.all("LogGroup")}
    events = [groups["shop-events"]["name"], groups["shop-copies"]["namePrefix"] + "1a2b"]
    for sid in ("MakeLogStream", "WriteEvents"):
        (pattern,) = statements[sid]["Resource"]
        for name in events:
            assert fnmatchcase(f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:log-stream:s", pattern)
    assert statements["WriteEvents"]["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*"}
    }
    assert "Condition" not in statements["MakeLogStream"]
    queries = groups["shop"]["name"]
    assert statements["WriteQueryLogs"]["Resource"] == [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{queries}:*"]
    assert statements["WriteQueryLogs"]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_without_a_zone_only_events_are_written() -> None:
    recording = record(lambda: LogDeliveryPolicy("shop", LogDeliveryPolicyArgs(account_id=ACCOUNT, region="eu-west-1")))
    made = recording.one(POLICY).inputs
    assert made["region"] == "eu-west-1"
    assert [each["Sid"] for each in json.loads(made["policyDocument"])["Statement"]] == ["MakeLogStream", "WriteEvents"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"region": "eu-west-1"}, "zone_name=example.com is not allowed in eu-west-1; allowed: in us-east-1"),
        ({"account_id": "1"}, "account_id=1 is not allowed; allowed: "),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(arguments: dict[str, Any], message: str) -> None:
    given = {"account_id": ACCOUNT, "region": REGION, "zone_name": "example.com", **arguments}

    def program() -> None:
        with pytest.raises(ValueError, match=f"^LogDeliveryPolicy 'shop': {message}"):
            LogDeliveryPolicy("shop", LogDeliveryPolicyArgs(**given))

    assert record(program).resources == []


def test_transforms_reach_the_child() -> None:
    transforms = LogDeliveryPolicyTransforms(log_resource_policy={"policy_name": "ours"})
    recording = record(lambda: LogDeliveryPolicy("shop", ARGS, transforms=transforms))
    assert recording.one(POLICY).inputs["policyName"] == "ours"
