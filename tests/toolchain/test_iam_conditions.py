"""Conditions of statements of IAM policies."""

from typing import Any

import pytest

from toolchain.iam_conditions import conditions_hold

ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
CONTEXT = {
    "aws:SourceArn": ARN,
    "aws:SecureTransport": "true",
    "aws:SourceIp": "127.0.0.1",
    "s3:max-keys": "7",
    "aws:CurrentTime": "2026-11-29T00:00:00+00:00",
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:sourcearn": [ARN, "other"]}}, True),
        ({"StringEquals": {"aws:SourceArn": ARN.upper()}}, False),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": ARN.upper()}}, True),
        ({"StringNotEquals": {"aws:SourceArn": ARN}}, False),
        ({"StringNotEquals": {"aws:SourceArn": [ARN, "other"]}}, False),
        ({"StringNotEqualsIgnoreCase": {"aws:SourceArn": ARN.upper()}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}, False),
        ({"ForAnyValue:StringLike": {"aws:SourceArn": "*E?"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": True}, "StringLike": {"aws:SourceArn": "no"}}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": 7}}, True),
        ({"NumericLessThan": {"s3:max-keys": "7"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-11-28T00:00:00Z"}}, True),
        ({"Null": {"aws:SourceArn": "true"}}, False),
        ({"Null": {"aws:SourceArn": False}}, True),
        ({}, True),
    ],
)
def test_a_condition_on_a_key_of_the_request(condition: dict[str, Any], holds: bool) -> None:
    for absent_is_unknown in (False, True):
        for unknown in (False, True):
            found = conditions_hold(condition, CONTEXT, unknown=unknown, absent_is_unknown=absent_is_unknown)
            assert found is holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("StringEquals", "x", False),
        ("StringNotEquals", "x", True),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("StringEqualsIfExists", "x", True),
        ("ForAllValues:StringEquals", "x", True),
        ("ForAnyValue:StringEquals", "x", False),
        ("ForAnyValue:StringNotEquals", "x", False),
        ("Null", "true", True),
        ("Null", "false", False),
    ],
)
def test_a_condition_on_a_key_that_the_request_does_not_have(operator: str, value: str, holds: bool) -> None:
    condition = {operator: {"aws:PrincipalArn": value}}
    assert conditions_hold(condition, CONTEXT, unknown=not holds) is holds


@pytest.mark.parametrize(
    "condition",
    [
        {"BinaryEquals": {"aws:SourceArn": "v"}},
        {"NumericLessThan": {"s3:max-keys": "many"}},
        {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00"}},
        {"IpAddress": {"aws:SourceIp": "everywhere"}},
    ],
)
def test_a_condition_that_cannot_be_read_is_unknown(condition: dict[str, Any]) -> None:
    for unknown in (False, True):
        assert conditions_hold(condition, CONTEXT, unknown=unknown) is unknown


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "Null", "ForAllValues:StringEquals"])
def test_a_key_is_unknown_where_the_request_may_have_more_keys(operator: str) -> None:
    condition = {operator: {"aws:SourceVpce": "vpce-1"}}
    for unknown in (False, True):
        assert conditions_hold(condition, CONTEXT, unknown=unknown, absent_is_unknown=True) is unknown
    optional = {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}
    assert conditions_hold(optional, CONTEXT, unknown=False, absent_is_unknown=True)
