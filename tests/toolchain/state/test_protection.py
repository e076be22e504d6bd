"""The resources for which `destroy` refuses to run, and the list of resources that it keeps."""

from typing import Any

import pytest

from toolchain.state import protection


def resource(kind: str, name: str, *, protect: bool = False, retain: bool = False, **inputs: Any) -> dict[str, Any]:
    """Return a resource in the state's format."""
    urn = f"urn:pulumi:prod::shop::spot-platform:index:ManagedData${kind}::{name}"
    found: dict[str, Any] = {"urn": urn, "type": kind, "custom": True, "inputs": inputs}
    return found | ({"protect": True} if protect else {}) | ({"retainOnDelete": True} if retain else {})


DATABASE, CACHE = "aws:rds/instance:Instance", "aws:elasticache/replicationGroup:ReplicationGroup"
BALANCER, KEY, BUCKET = "aws:lb/loadBalancer:LoadBalancer", "aws:kms/key:Key", "aws:s3/bucket:Bucket"
SECRET, VAULT = "aws:secretsmanager/secret:Secret", "aws:backup/vault:Vault"


@pytest.mark.parametrize(
    ("of_the_stack", "listed"),
    [
        ([resource(DATABASE, "main", deletionProtection=False), resource(BUCKET, "files")], []),
        ([resource(DATABASE, "main", protect=True)], ["Instance main (protect)"]),
        (
            [resource(DATABASE, "main", protect=True, deletionProtection=True)],
            ["Instance main (protect, deletionProtection)"],
        ),
        ([resource(BALANCER, "api", enableDeletionProtection=True)], ["LoadBalancer api (enableDeletionProtection)"]),
        ([resource(DATABASE, "main", retain=True, deletionProtection=True)], []),
        ([resource(BUCKET, "files", protect=True), resource(KEY, "k")], ["Bucket files (protect)"]),
        ([{"urn": "urn:pulumi:prod::shop::a:b:C::x", "type": "a:b:C"}], []),
    ],
)
def test_what_is_protected_by_pulumi_or_by_aws_is_listed(of_the_stack: list[Any], listed: list[str]) -> None:
    assert protection.protected(of_the_stack) == listed


@pytest.mark.parametrize(
    ("left", "line", "usd"),
    [
        (resource(KEY, "data", retain=True), "Key data (retained): 1.00 USD a month", 1.0),
        (
            resource(DATABASE, "main", finalSnapshotIdentifier="main-final", allocatedStorage=20),
            "final snapshot main-final of Instance main: at most 1.90 USD a month (20 GB at 0.095 USD)",
            1.9,
        ),
        (
            resource(DATABASE, "main", finalSnapshotIdentifier="main-final"),
            "final snapshot main-final of Instance main: 0.095 USD per GB and month",
            0.0,
        ),
        (
            resource(CACHE, "main", finalSnapshotIdentifier="cache-final"),
            "final snapshot cache-final of ReplicationGroup main: see AWS's price list",
            0.0,
        ),
        (resource(KEY, "data", deletionWindowInDays=7), "Key data: AWS deletes it after 7 days: free of charge", 0.0),
        (resource(SECRET, "token"), "Secret token: AWS deletes it after 30 days: free of charge", 0.0),
        (resource(VAULT, "daily", retain=True), "Vault daily (retained): 0.095 USD per GB and month", 0.0),
        (resource("aws:iam/role:Role", "daily", retain=True), "Role daily (retained): free of charge", 0.0),
        (resource("aws:ec2/vpc:Vpc", "main", retain=True), "Vpc main (retained): see AWS's price list", 0.0),
        (
            resource("aws:cloudwatch/logGroup:LogGroup", "api", skipDestroy=True),
            "LogGroup api (retained): 0.03 USD per GB and month",
            0.0,
        ),
    ],
)
def test_what_remains_is_named_with_its_cost(left: dict[str, Any], line: str, usd: float) -> None:
    kept = protection.kept([left, resource(BUCKET, "files")])
    assert [str(each) for each in kept] == [line]
    assert protection.usd_per_month(kept) == pytest.approx(usd)


def test_a_snapshot_is_as_large_as_autoscaling_made_the_database() -> None:
    database = resource(DATABASE, "main", finalSnapshotIdentifier="main-final", allocatedStorage=20)
    (kept,) = protection.kept([{**database, "outputs": {"allocatedStorage": 100}}])
    assert str(kept) == "final snapshot main-final of Instance main: at most 9.50 USD a month (100 GB at 0.095 USD)"


def test_what_is_a_part_of_another_resource_goes_with_it() -> None:
    rotation = resource("aws:secretsmanager/secretRotation:SecretRotation", "main", retain=True)
    assert protection.kept([rotation]) == []


@pytest.mark.parametrize(
    "gone",
    [
        resource(DATABASE, "main", finalSnapshotIdentifier="x", skipFinalSnapshot=True),
        resource(CACHE, "main"),
        resource(SECRET, "token", recoveryWindowInDays=0),
        resource("pulumi:providers:aws", "aws", retain=True),
    ],
)
def test_nothing_remains_of_what_is_deleted_at_once(gone: dict[str, Any]) -> None:
    assert protection.kept([gone]) == []
