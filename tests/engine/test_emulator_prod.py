"""The life cycle of a prod-sized stack with the real AWS provider plugin and the emulator.

The suite runs a short form: `up`, a preview without changes, and a `destroy` that is refused. With WHOLE_PROD=1, the
test also refreshes the stack, changes at least one setting of each kind of component, and checks that `destroy` leaves
exactly what it announces (several minutes):

    WHOLE_PROD=1 .venv/bin/python -m pytest tests/engine/test_emulator_prod.py
"""

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import pytest

from configuration.stack import StackSettings
from tests.aws_requests.check import assert_every_request_is_right
from tests.engine.life_cycle import COPY_REGION, WITH_THE_PLUGIN, EmulatedStack, bucket_named, empty, emulated_stack

pytestmark = [*WITH_THE_PLUGIN, pytest.mark.timeout(3000)]
whole = pytest.mark.skipif(os.environ.get("WHOLE_PROD") != "1", reason="WHOLE_PROD=1 runs it (several minutes more)")

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "a" * 64
SERVICES = {
    *("acm", "apigateway", "application-autoscaling", "backup", "budgets", "cloudfront", "ec2", "ecr", "ecs"),
    *("elasticache", "elasticloadbalancing", "events", "iam", "kms", "logs", "monitoring", "rds", "route53", "s3"),
    *("secretsmanager", "sns", "states", "wafv2", "xray"),
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


@pytest.fixture(scope="module")
def stack(tmp_path_factory, recording: Path) -> EmulatedStack:
    return emulated_stack(tmp_path_factory.mktemp("emulator"), recording, PROD)


def test_it_has_all_that_a_prod_stack_has(stack: EmulatedStack, deployed):
    counts = {kind: len(names) for kind, names in deployed.items()}
    expected = {
        "nat gateways": 2,
        "cache nodes": 2,
        "web acls": 2,
        "budgets": 1,
        "sampling rules": 1,
        "backup vaults": 1,
        f"backup vaults in {COPY_REGION}": 1,
        f"keys in {COPY_REGION}": 1,
        "distributions": 1,
        "scaling policies": 2,
    }
    assert {kind: counts.get(kind, 0) for kind in expected} == expected
    (database,) = stack.client("rds").describe_db_instances()["DBInstances"]
    assert database["MultiAZ"] is True
    assert database["DeletionProtection"] is True
    assert len([name for name in deployed["alarms"] if name.startswith("halalsphere-local")]) > 30


def test_nothing_is_left_to_change(stack: EmulatedStack, deployed):
    stack.assert_nothing_to_change()


@whole
def test_a_refresh_finds_what_was_made(stack: EmulatedStack, deployed):
    stack.run("refresh", "local")
    stack.assert_nothing_to_change()


def test_the_changes_are_in_every_section_that_makes_resources():
    sections = {field.name for field in dataclasses.fields(StackSettings)}
    assert set(CHANGES) == sections - {"profile", "name", "aws", "policy"}


@whole
def test_a_change_of_each_kind_of_component_is_made(stack: EmulatedStack, deployed):
    stack.configure(CHANGES)
    stack.run("up", "local")
    stack.assert_nothing_to_change()
    (database,) = stack.client("rds").describe_db_instances()["DBInstances"]
    assert database["BackupRetentionPeriod"] == 21
    (group,) = stack.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["SnapshotRetentionLimit"] == 5
    (budget,) = stack.client("budgets").describe_budgets(AccountId="123456789012")["Budgets"]
    assert float(budget["BudgetLimit"]["Amount"]) == 300
    scaling = stack.client("application-autoscaling")
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 2, "MaxCapacity": 4}
    # from now on the schedule sets the limits, and `up` does not change them
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["MaxCapacity"] == 10
    (distribution,) = stack.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert distribution["PriceClass"] == "PriceClass_200"


def test_what_is_protected_is_not_destroyed(stack: EmulatedStack, deployed):
    refused = stack.checkout.run("destroy", "local")
    assert refused.returncode != 0
    assert "local holds protected resources" in refused.stderr
    assert "policy/exemptions.yaml" in refused.stderr, "without an entry there the policies refuse the way out"
    now = stack.inventory()
    assert set(now) == set(deployed)


def test_every_request_so_far_is_what_aws_takes(deployed, recording: Path):
    assert_every_request_is_right(recording, SERVICES)


@whole
def test_destroy_leaves_what_it_says_it_keeps_and_nothing_else(stack: EmulatedStack, deployed, recording: Path):
    stack.configure(UNPROTECTED)
    stack.exempt(EXEMPTIONS)
    stack.run("up", "local")
    before = stack.inventory()
    logs = bucket_named(stack.client, "-access-logs-")
    asked = stack.checkout.run("destroy", "local", "--yes")
    assert asked.returncode != 0
    assert logs in asked.stderr, "the toolchain asks before the first deletion"
    assert stack.inventory() == before
    refused = stack.destroy()
    # As in AWS: other buckets write logs to this bucket until they are deleted, and prod's buckets are not emptied.
    assert refused.returncode != 0
    assert set(re.findall(r"deleting S3 Bucket \((.+?)\)", refused.stdout)) == {logs}
    assert "BucketNotEmpty" in refused.stdout
    empty(stack.client("s3"), logs)
    destroyed = stack.destroy()
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr

    left = stack.inventory()
    # every revision of the service stays for rollbacks, free of charge (skip_destroy)
    assert all("migration" not in arn for arn in left.pop("task definitions"))
    (key,), (copy_key,) = deployed["keys"], deployed[f"keys in {COPY_REGION}"]
    # AWS Backup deletes expired recovery points with this role
    (role,) = left.pop("roles")
    attached = stack.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
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
    stack.run("destroy", "local")
    assert not (stack.checkout.root / ".platform" / "local").exists()
    assert_every_request_is_right(recording, SERVICES)
