"""The key's policy: nobody outside the account, and no service without a source account."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spot_planning.secrets.encryption_key import key_policy

ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)
REGIONS = st.sampled_from(["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1"])
PARTITIONS = st.sampled_from(["aws", "aws-cn", "aws-us-gov"])


def condition_values(statement: dict[str, Any]) -> list[str]:
    return [value for keys in statement.get("Condition", {}).values() for value in keys.values()]


@given(ACCOUNTS, REGIONS, PARTITIONS)
def test_every_principal_is_the_account_or_a_service_acting_for_it(account: str, region: str, partition: str) -> None:
    statements = key_policy(account_id=account, region=region, partition=partition)["Statement"]
    assert len(statements) > 1
    for statement in statements:
        principal = statement["Principal"]
        if "AWS" in principal:
            assert principal == {"AWS": f"arn:{partition}:iam::{account}:root"}
        else:
            assert set(principal) == {"Service"}
            assert condition_values(statement), statement["Sid"]
            assert all(account in value for value in condition_values(statement)), statement["Sid"]


@given(ACCOUNTS, REGIONS)
def test_only_the_account_administers_the_key(account: str, region: str) -> None:
    allowed = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}
    for statement in key_policy(account_id=account, region=region)["Statement"]:
        if "Service" in statement["Principal"]:
            assert set(statement["Action"]) <= allowed


def test_cloudfront_only_decrypts_and_only_for_distributions_of_the_account() -> None:
    (statement,) = [
        s
        for s in key_policy(account_id="123456789012", region="us-east-1")["Statement"]
        if s["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    ]
    assert statement["Action"] == ["kms:Decrypt"]
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"}}


def test_log_delivery_encrypts_for_delivery_sources_of_the_account_only() -> None:
    """A bucket in any Region gets its logs from delivery sources in us-east-1."""
    (statement,) = [
        s
        for s in key_policy(account_id="123456789012", region="eu-west-1")["Statement"]
        if s["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    ]
    assert {"kms:GenerateDataKey*", "kms:Decrypt"} <= set(statement["Action"])
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*"},
    }


def test_flow_logs_are_encrypted_for_this_account_and_region_and_only_when_told() -> None:
    def sids(*, flow_logs: bool) -> dict[str, Any]:
        policy = key_policy(account_id="123456789012", region="eu-west-1", flow_logs=flow_logs)
        return {statement["Sid"]: statement for statement in policy["Statement"]}

    assert "EncryptFlowLogs" not in sids(flow_logs=False)
    statement = sids(flow_logs=True)["EncryptFlowLogs"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:*"},
    }
