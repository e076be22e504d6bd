"""Which ARN patterns match every resource of a kind, and which actions apply to that kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.iam.wide_patterns import Kind, every_one, is_about


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("arn:aws:ec2:*:*:instance/*", "instance"),
        ("arn:aws:ec2:*:*:instance/i-*", "instance"),
        ("arn:aws:ec2:us-east-1:123456789012:subnet/subnet-*", "subnet"),
        ("arn:aws:ec2:us-*:*:subnet/subnet-0*", "subnet"),
        ("arn:aws:ec2:*:instance/*", "instance"),
        ("arn:aws:kms:*:*:key/*", "key"),
        ("arn:aws:kms:*:*:key/????????-*", "key"),
        ("arn:aws:secretsmanager:*:*:secret:*", "secret"),
        ("arn:aws:secretsmanager:*:*:secret:*-??????", "secret"),
        ("arn:aws:logs:*:*:log-group:*:*", "log-group"),
        ("arn:aws:ecs:*:*:task/*/*", "task"),
        ("arn:aws:elasticloadbalancing:*:*:loadbalancer/app/*", "loadbalancer"),
        ("arn:aws:dynamodb:*:*:table/*/index/*", "table"),
        ("arn:aws:cognito-idp:*:*:userpool/us-east-1_*", "userpool"),
        ("arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*", "autoScalingGroup"),
        ("arn:aws:wafv2:*:*:regional/webacl/*/*", "regional"),
        ("arn:aws:apigateway:us-east-1::/restapis/*", "restapis"),
        ("arn:aws:cloudfront::123456789012:distribution/E*", "distribution"),
        ("arn:aws:sqs:*:*:*", ""),
        ("arn:aws:s3:::*", ""),
        ("arn:aws:s3:::*/*", ""),
        ("arn:aws:ec2:*", ""),
        ("arn:aws:ec2:us-east-1:*", ""),
        ("arn:aws:ec2:us-*", ""),
        ("arn:aws:logs:*:*:*", ""),
        ("arn:aws:ec2:*:*:instance/i-0abc*", None),
        ("arn:aws:ec2:*:*:instance/i-0123456789abcdef0", None),
        ("arn:aws:secretsmanager:*:*:secret:app/*", None),
        ("arn:aws:secretsmanager:*:*:secret:app-??????", None),
        ("arn:aws:s3:::ours/*", None),
        ("arn:aws:s3:::ours-*", None),
        ("arn:aws:sqs:us-east-1:123456789012:jobs-*", None),
        ("arn:aws:ecs:*:*:task/ours/*", None),
        ("arn:aws:iam::123456789012:role/service-role/*", None),
        ("arn:aws:lambda:*:*:function:ours:*", None),
        ("arn:aws:execute-api:us-east-1:123456789012:abc/*", None),
        ("arn:aws:dynamodb:*:*:table/orders/index/*", None),
        ("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a", None),
        ("*", None),
        ("", None),
        ("instance/*", None),
    ],
)
def test_pattern_of_every_one(pattern: str, kind: str | None) -> None:
    found = every_one(pattern)
    assert (found.name if found else None) == kind


@pytest.mark.parametrize(
    ("action", "kind", "about"),
    [
        ("ec2:RunInstances", "subnet", True),
        ("ec2:RunInstances", "instance", False),
        ("ec2:RunInstances", "volume", False),
        ("ec2:RunInstances", "network-interface", False),
        ("ec2:RunInstances", "image", True),
        ("ec2:StopInstances", "instance", True),
        ("ec2:CreateVolume", "volume", False),
        ("ec2:CreateSnapshot", "volume", True),
        ("ec2:CreateTags", "instance", True),
        ("logs:CreateLogGroup", "log-group", False),
        ("ebs:PutSnapshotBlock", "snapshot", True),
        ("ecs:StopTask", "instance", False),
    ],
)
def test_action_is_about_what_is_there_before_it(action: str, kind: str, about: bool) -> None:
    service = "logs" if action.startswith("logs") else "ec2"
    assert is_about(action, Kind(service, kind)) is about


@given(st.text(alphabet="arn:ws*?/-ec2instu0", max_size=60))
def test_no_pattern_is_too_odd(pattern: str) -> None:
    every_one(pattern)


@pytest.mark.parametrize("part", ["a-", "*", "?", "/", ":", "a", "us-", "*a"])
def test_long_pattern_is_read_at_once(part: str) -> None:
    every_one("arn:aws:ec2:*:*:" + part * 20_000)
