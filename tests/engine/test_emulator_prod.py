"""The life cycle of a prod-sized stack with the real AWS provider plugin and the emulator.

The suite runs a short form: `up`, a preview without changes, and a `destroy` that is refused. With WHOLE_PROD=1, the
test also refreshes the stack, changes at least one setting of each kind of component, and checks that `destroy` leaves
exactly what it announces (15 minutes):

    WHOLE_PROD=1 .venv/bin/python -m pytest tests/engine/test_emulator_prod.py
"""

import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import emulated
from tests.aws_requests.check import assert_every_request_is_right
from tests.engine.conftest import Checkout, recorded
from tests.engine.inventory import inventory
from toolchain.datapath.process import DataPath
from toolchain.emulator.process import Emulator
from toolchain.setup import aws_plugin

pytestmark = [
    pytest.mark.engine,
    pytest.mark.emulator,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(not aws_plugin.is_installed(), reason="the AWS provider plugin is not installed"),
]
whole = pytest.mark.skipif(os.environ.get("WHOLE_PROD") != "1", reason="WHOLE_PROD=1 runs it (about 10 minutes more)")

REGION, COPY_REGION = "us-east-1", "us-west-2"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "a" * 64
SERVICES = {
    *("acm", "apigateway", "application-autoscaling", "backup", "budgets", "cloudfront", "ec2", "ecr", "ecs"),
    *("elasticache", "elasticloadbalancing", "events", "iam", "kms", "logs", "monitoring", "rds", "route53", "s3"),
    *("secretsmanager", "sns", "states", "wafv2"),
}
"""All services that the stack uses, by their names in signatures."""
PROD: dict[str, Any] = {
    "profile": "prod",
    "service": {
        "image": IMAGE,
        # no task runs here, and the provider would wait for tasks
        "wait_for_steady_state": False,
    },
    "observability": {"alarm_emails": ["platform@halalsphere.test"]},
    "backups": {"copy_region": COPY_REGION},
}
CHANGES: dict[str, Any] = {
    "tags": {"team": "platform"},
    "dns": {"query_log_retention_days": 120},
    "vpc": {"flow_log_retention_days": 120, "interface_endpoints": ["ecr.api"]},
    "frontend": {"price_class": "PriceClass_200", "not_found_page": "/404.html"},
    "api": {"throttle_rate_limit": 50, "execution_log_level": "INFO"},
    "service": {
        "image": IMAGE[:-1] + "b",
        "cpu": 1024,
        "memory": 2048,
        "max_tasks": 6,
        "environment": {"LOG_LEVEL": "info"},
        "scheduled_scaling": [{"name": "night", "schedule": "cron(0 1 * * ? *)", "min_tasks": 2, "max_tasks": 4}],
    },
    "database": {"instance_class": "db.t4g.medium", "backup_retention_days": 21},
    "cache": {"node_type": "cache.t4g.small", "nodes": 3, "snapshot_retention_days": 5},
    "storage": {"noncurrent_version_expiration_days": 30},
    "registry": {"keep_images": 10},
    "observability": {"alarm_emails": ["platform@halalsphere.test", "night@halalsphere.test"]},
    "backups": {"retention_days": 30, "copy_retention_days": 30},
    "budget": {"monthly_limit_usd": 300},
    "waf": {"rate_limit": 1000},
}
"""A change in each section that has components."""
UNPROTECTED: dict[str, Any] = {"api": {"deletion_protection": False}, "database": {"deletion_protection": False}}
EXEMPTIONS = (
    "load-balancer-deletion-protection",
    "rds-backups-kept",
    "rds-deletion-protection",
    "secret-recovery-window",
)
"""Rules that rightly refuse an unprotected stack with the profile prod."""
BACKUP_POLICIES = {"AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"}
DESTROY = """
import sys
from pathlib import Path
from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project

project = Project.find(Path.cwd())
ensure_importable(project)
with Driver(project, print).run(Operation.DESTROY, "local") as run:
    run.stack.destroy(on_output=print, continue_on_error=True)
"""
"""Destroys the stack but keeps the emulator, so that the test can read it; `destroy local` would stop the emulator."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, recording: Path) -> Checkout:
    made = recorded(tmp_path_factory.mktemp("emulator") / "checkout", recording)
    configure(made, PROD)
    return made


@pytest.fixture(scope="module")
def client(checkout: Checkout) -> Callable[..., Any]:
    def make(service: str, region: str = REGION) -> Any:
        return emulated.client(checkout.emulator, service, region)

    return make


@pytest.fixture(scope="module")
def deployed(checkout: Checkout, client: Callable[..., Any]) -> Iterator[dict[str, list[str]]]:
    """The account's resources after the first `up`, by kind."""
    try:
        run(checkout, "up", "local", "--emulator")
        yield inventory(client, REGION, COPY_REGION)
    finally:
        # the remaining resources exist only in the emulator, so they need no destroy
        directory = checkout.root / ".platform" / "local"
        DataPath(directory / "datapath").remove()
        Emulator(directory).stop()


def configure(checkout: Checkout, changes: dict[str, Any]) -> None:
    def change(config: dict[str, Any]) -> None:
        for section, values in changes.items():
            key = f"spot-platform:{section}"
            config[key] = {**config.get(key, {}), **values} if isinstance(values, dict) else values

    checkout.configure("local", change)


def run(checkout: Checkout, *arguments: str) -> None:
    result = checkout.run(*arguments)
    assert result.returncode == 0, result.stdout + result.stderr


def assert_nothing_to_change(checkout: Checkout) -> None:
    run(checkout, "preview", "local", "--expect-no-changes", "--diff")


def test_it_has_all_that_a_prod_stack_has(deployed, client):
    counts = {kind: len(names) for kind, names in deployed.items()}
    expected = {
        "nat gateways": 2,
        "cache nodes": 2,
        "web acls": 2,
        "budgets": 1,
        "backup vaults": 1,
        f"backup vaults in {COPY_REGION}": 1,
        f"keys in {COPY_REGION}": 1,
        "distributions": 1,
        "scaling policies": 2,
    }
    assert {kind: counts.get(kind, 0) for kind in expected} == expected
    (database,) = client("rds").describe_db_instances()["DBInstances"]
    assert database["MultiAZ"] is True
    assert database["DeletionProtection"] is True
    assert len([name for name in deployed["alarms"] if name.startswith("halalsphere-local")]) > 30


def test_nothing_is_left_to_change(checkout: Checkout, deployed):
    assert_nothing_to_change(checkout)


@whole
def test_a_refresh_finds_what_was_made(checkout: Checkout, deployed):
    run(checkout, "refresh", "local")
    assert_nothing_to_change(checkout)


@whole
def test_a_change_of_each_kind_of_component_is_made(checkout: Checkout, deployed, client):
    configure(checkout, CHANGES)
    run(checkout, "up", "local")
    assert_nothing_to_change(checkout)
    (database,) = client("rds").describe_db_instances()["DBInstances"]
    assert database["BackupRetentionPeriod"] == 21
    (group,) = client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["SnapshotRetentionLimit"] == 5
    (budget,) = client("budgets").describe_budgets(AccountId="123456789012")["Budgets"]
    assert float(budget["BudgetLimit"]["Amount"]) == 300
    scaling = client("application-autoscaling")
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 2, "MaxCapacity": 4}
    # from now on the schedule sets the limits, and `up` does not change them
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["MaxCapacity"] == 10
    (distribution,) = client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert distribution["PriceClass"] == "PriceClass_200"


def test_what_is_protected_is_not_destroyed(checkout: Checkout, deployed, client):
    refused = checkout.run("destroy", "local")
    assert refused.returncode != 0
    assert "local holds protected resources" in refused.stderr
    assert "policy/exemptions.yaml" in refused.stderr, "without an entry there the policies refuse the way out"
    now = inventory(client, REGION, COPY_REGION)
    assert set(now) == set(deployed)


def test_every_request_so_far_is_what_aws_takes(deployed, recording: Path):
    assert_every_request_is_right(recording, SERVICES)


@whole
def test_destroy_leaves_what_it_says_it_keeps_and_nothing_else(checkout: Checkout, deployed, client, recording: Path):
    configure(checkout, UNPROTECTED)
    exempt(checkout)
    run(checkout, "up", "local")
    before = inventory(client, REGION, COPY_REGION)
    asked = checkout.run("destroy", "local", "--yes")
    assert asked.returncode != 0
    assert access_logs(client) in asked.stderr, "the toolchain asks before the first deletion"
    assert inventory(client, REGION, COPY_REGION) == before
    refused = destroy(checkout)
    # As in AWS: other buckets write logs to this bucket until they are deleted, and prod's buckets are not emptied.
    assert refused.returncode != 0
    assert set(re.findall(r"deleting S3 Bucket \((.+?)\)", refused.stdout)) == {access_logs(client)}
    assert "BucketNotEmpty" in refused.stdout
    empty(client("s3"), access_logs(client))
    destroyed = destroy(checkout)
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr

    left = inventory(client, REGION, COPY_REGION)
    # every revision of the service stays for rollbacks, free of charge (skip_destroy)
    assert all("migration" not in arn for arn in left.pop("task definitions"))
    (key,), (copy_key,) = deployed["keys"], deployed[f"keys in {COPY_REGION}"]
    # AWS Backup deletes expired recovery points with this role
    (role,) = left.pop("roles")
    attached = client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert {each["PolicyName"] for each in attached} == BACKUP_POLICIES
    (database,), (cache,) = deployed["databases"], deployed["cache subnet groups"]
    assert left == {
        "keys": [key],
        f"keys in {COPY_REGION}": [copy_key],
        "backup vaults": deployed["backup vaults"],
        f"backup vaults in {COPY_REGION}": deployed[f"backup vaults in {COPY_REGION}"],
        "database snapshots": [f"{database}-final"],
        "cache snapshots": [f"{cache}-final"],
    }
    run(checkout, "destroy", "local")
    assert not (checkout.root / ".platform" / "local").exists()
    assert_every_request_is_right(recording, SERVICES)


def destroy(checkout: Checkout) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", DESTROY],
        cwd=checkout.root,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def access_logs(client: Callable[..., Any]) -> str:
    (name,) = [each["Name"] for each in client("s3").list_buckets()["Buckets"] if "-access-logs-" in each["Name"]]
    return name


def empty(s3: Any, bucket: str) -> None:
    listed = s3.list_object_versions(Bucket=bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])


def exempt(checkout: Checkout) -> None:
    """Exempt the unprotected stack from the policies, because it will be destroyed."""
    path = checkout.root / "policy" / "exemptions.yaml"
    until = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=30)
    entries = [
        {
            "rule": rule,
            "urn": "urn:pulumi:*::*::*::*",
            "stacks": ["local"],
            "reason": "The stack is about to be destroyed.",
            "expires": until,
        }
        for rule in EXEMPTIONS
    ]
    path.write_text(path.read_text() + yaml.safe_dump(entries))
