"""The flow logs of Vpc, in a log group or in a bucket."""

import json
from dataclasses import replace

import pytest

from spot_platform.network.vpc import Vpc
from tests.program import record_as_aws
from tests.unit.components.network.recorded import ARGS, KEY_ARN, LOG_GROUP_ARN, build


def test_flow_logs() -> None:
    recording = build(replace(ARGS, flow_log_retention_days=90, kms_key_arn=KEY_ARN))
    flow_log = recording.one("FlowLog")
    assert flow_log.inputs["vpcId"] == "main-id"
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["logDestination"] == LOG_GROUP_ARN
    assert recording.one("RolePolicy").urn in flow_log.dependencies
    log_group = recording.one("LogGroup").inputs
    assert log_group["retentionInDays"] == 90
    assert log_group["kmsKeyId"] == KEY_ARN


def test_flow_logs_go_to_a_bucket_of_their_own_when_told() -> None:
    args = replace(ARGS, flow_log_destination="s3", flow_log_retention_days=90, kms_key_arn=KEY_ARN)
    recording = record_as_aws(lambda: Vpc("main", args) and None)
    assert recording.unknown_inputs() == []
    flow_log = recording.one("FlowLog", "main-flow-logs-s3")
    bucket = recording.one("aws:s3/bucket:Bucket")
    assert flow_log.inputs["logDestinationType"] == "s3"
    assert flow_log.inputs["logDestination"] == f"arn:aws:s3:::{recording.one('BucketPolicy').inputs['bucket']}"
    assert "iamRoleArn" not in flow_log.inputs
    assert recording.one("BucketPolicy").urn in flow_log.dependencies
    assert bucket.inputs["forceDestroy"] is False
    (rule,) = recording.one("BucketLifecycleConfiguration").inputs["rules"]
    assert rule["expiration"] == {"days": 90}
    assert recording.all("LogGroup") == recording.all("aws:iam/role:Role") == []


def test_only_flow_logs_of_the_account_reach_their_bucket() -> None:
    """Amazon VPC User Guide, "Amazon S3 bucket permissions for flow logs"."""
    recording = record_as_aws(lambda: Vpc("main", replace(ARGS, flow_log_destination="s3")) and None)
    statements = {s["Sid"]: s for s in json.loads(recording.one("BucketPolicy").inputs["policy"])["Statement"]}
    bucket = f"arn:aws:s3:::{recording.one('BucketPolicy').inputs['bucket']}"
    of_the_account = {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:*"}
    write, check = statements["ReceiveDeliveredLogs"], statements["CheckOwnership"]
    assert write["Principal"] == check["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert write["Resource"] == [f"{bucket}/AWSLogs/123456789012/*"]
    assert (check["Action"], check["Resource"]) == (["s3:GetBucketAcl"], [bucket])
    for statement in (write, check):
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"
        assert statement["Condition"]["ArnLike"] == of_the_account


def test_flow_logs_role_is_for_this_account_and_this_log_group() -> None:
    recording = build()
    (trust,) = json.loads(recording.one("Role").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"},
    }
    write, find = json.loads(recording.one("RolePolicy").inputs["policy"])["Statement"]
    assert write["Resource"] == [LOG_GROUP_ARN, f"{LOG_GROUP_ARN}:*"]
    assert "logs:CreateLogGroup" not in write["Action"]
    assert find["Action"] == ["logs:DescribeLogGroups"]
    assert find["Resource"] == ["arn:aws:logs:us-east-1:123456789012:log-group:*"]


def test_retention_is_refused_with_the_periods_that_exist() -> None:
    with pytest.raises(
        ValueError, match=r"^Vpc 'main': flow_log_retention_days=31 is not allowed; allowed: 1, 3, 5, .*, 3653$"
    ):
        Vpc("main", replace(ARGS, flow_log_retention_days=31))
