"""Backups: the resources, the retention, the copies, and the denied actions of the role."""

import json
import re
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from spot_planning.data.copy_events import failed_copies
from spot_platform.data.backups import Backups, BackupsArgs, BackupsTransforms
from spot_platform.data.copy_events import CopyEventsTransforms
from tests.program import record_as_aws
from tests.recording import Recording, record

VAULT = "aws:backup/vault:Vault"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
RESOURCES = ["arn:aws:rds:us-east-1:123456789012:db:main", "arn:aws:s3:::uploads-1a2b"]
ARGS = BackupsArgs(resource_arns=RESOURCES, kms_key_arn=KEY_ARN)
COPIED = replace(ARGS, copy_region="us-west-2", copy_retention_days=90)


def build(args: BackupsArgs = ARGS, **options: Any) -> Recording:
    def program() -> dict[str, pulumi.Output]:
        backups = Backups("main", args, **options)
        return {key: getattr(backups, key) for key in Backups.__annotations__}

    return record_as_aws(program)


def rule(recording: Recording) -> dict[str, Any]:
    (only,) = recording.one("aws:backup/plan:Plan").inputs["rules"]
    return only


@pytest.mark.parametrize("args", [ARGS, replace(COPIED, minimum_retention_days=7)])
def test_every_input_is_known(args: BackupsArgs) -> None:
    assert build(args).unknown_inputs() == []


def test_resources_are_selected_by_arn_and_backed_up_daily() -> None:
    recording = build()
    selection = recording.one("aws:backup/selection:Selection")
    assert selection.inputs["resources"] == RESOURCES
    assert "selectionTags" not in selection.inputs
    made = rule(recording)
    assert made["schedule"] == "cron(0 6 * * ? *)"
    assert made["lifecycle"] == {"deleteAfter": 35}
    assert made["targetVaultName"] == recording.result["vault_name"]
    assert "copyActions" not in made


def test_point_in_time_recovery_stays_with_rds() -> None:
    assert rule(build())["enableContinuousBackup"] is False


def test_vault_is_encrypted_and_kept() -> None:
    recording = build()
    vault = recording.one(VAULT).inputs
    assert vault["kmsKeyArn"] == KEY_ARN
    assert vault["forceDestroy"] is False
    assert recording.all("VaultLockConfiguration") == []
    assert recording.result["copy_vault_arn"] is None


@pytest.mark.parametrize("force_destroy", [False, True])
def test_what_recovery_points_need_outlives_the_stack_unless_they_are_deleted_with_it(force_destroy: bool) -> None:
    """AWS refuses to delete a vault that holds recovery points (DeleteBackupVault, AWS Backup API Reference), and AWS
    Backup deletes expired ones with the role that made them."""
    recording = build(replace(COPIED, minimum_retention_days=7, force_destroy=force_destroy))
    retained = {(r.type.rpartition(":")[2], r.name) for r in recording.resources if r.request.retainOnDelete}
    expected = {
        *(("Vault", name) for name in ("main", "main-copy")),
        *(("VaultLockConfiguration", name) for name in ("main", "main-copy")),
        ("Role", "main"),
        *(("RolePolicyAttachment", name) for name in ("main-database", "main-buckets")),
    }
    assert retained == (set() if force_destroy else expected)


def test_copies_go_to_the_other_region() -> None:
    recording = build(replace(COPIED, copy_kms_key_arn="arn:aws:kms:us-west-2:123456789012:key/c"))
    copy = recording.one(VAULT, "main-copy")
    assert copy.inputs["region"] == "us-west-2"
    assert copy.inputs["kmsKeyArn"] == "arn:aws:kms:us-west-2:123456789012:key/c"
    assert "region" not in recording.one(VAULT, "main").inputs
    (action,) = rule(recording)["copyActions"]
    assert action == {"destinationVaultArn": recording.result["copy_vault_arn"], "lifecycle": {"deleteAfter": 90}}


def test_copies_that_failed_are_counted_in_the_region_of_the_stack() -> None:
    recording = build(COPIED)
    rule_ = recording.one("aws:cloudwatch/eventRule:EventRule")
    assert json.loads(rule_.inputs["eventPattern"]) == failed_copies(vault_arn=recording.result["vault_arn"])
    group = recording.one("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs["kmsKeyId"] == KEY_ARN
    assert group.inputs["retentionInDays"] == 30
    (only,) = recording.all("LogMetricFilter")
    assert only.inputs["metricTransformation"]["namespace"] == recording.result["copy_metric_namespace"]
    assert only.inputs["metricTransformation"]["name"] == "FailedCopies"
    made = [r for r in recording.resources if r.type.startswith("aws:cloudwatch/")]
    assert len(made) == 5
    assert not [r.name for r in made if "::elsewhere::" in r.provider]
    statements = json.loads(recording.one("LogResourcePolicy").inputs["policyDocument"])["Statement"]
    (arn,) = next(s["Condition"]["ArnEquals"]["aws:SourceArn"] for s in statements if "Condition" in s)
    assert arn.endswith(f":rule/{recording.one('EventTarget').inputs['rule']}")


def test_without_copies_nothing_counts_them() -> None:
    recording = build()
    assert recording.all("aws:cloudwatch/eventRule:EventRule") == []
    assert recording.result["copy_metric_namespace"] is None


def test_lock_is_in_governance_mode_in_both_regions() -> None:
    recording = build(replace(COPIED, minimum_retention_days=30))
    locks = {lock.name: lock for lock in recording.all("VaultLockConfiguration")}
    assert {name: lock.inputs.get("region") for name, lock in locks.items()} == {"main": None, "main-copy": "us-west-2"}
    for lock in locks.values():
        assert lock.inputs["minRetentionDays"] == 30
        # With this property, nobody could ever remove the lock, not even the root user.
        assert "changeableForDays" not in lock.inputs
        # A vault has one lock: after the replacement, the deletion of the old resource would take the new lock away.
        assert lock.delete_before_replace


def test_role_backs_up_and_does_not_restore() -> None:
    recording = build()
    (statement,) = json.loads(recording.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "backup.amazonaws.com"}
    attached = {a.inputs["policyArn"].rpartition("/")[2] for a in recording.all("RolePolicyAttachment")}
    assert attached == {"AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"}
    selection = recording.one("aws:backup/selection:Selection")
    assert {a.urn for a in recording.all("RolePolicyAttachment")} <= selection.dependencies


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resource_arns": []}, "resource_arns is empty: there is nothing to back up"),
        ({"retention_days": 0}, "retention_days=0 is not allowed; allowed: 1 to 36500"),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(change: dict[str, Any], message: str) -> None:
    refused = []

    def program() -> None:
        with pytest.raises(ValueError, match=f"^Backups 'main': {re.escape(message)}$"):
            Backups("main", replace(ARGS, **change))
        refused.append(message)

    assert record(program).resources == []
    assert refused == [message]


def test_transforms_reach_the_children() -> None:
    region = {"region": "eu-west-1"}
    transforms = BackupsTransforms(
        vault=region,
        vault_lock=region,
        copy_vault=region,
        copy_events=CopyEventsTransforms(
            log_group=region, log_resource_policy=region, rule=region, target=region, metric_filter=region
        ),
        plan=region,
        selection=region,
        role={"path": "/changed/"},
        role_policy_attachment={"policy_arn": "arn:aws:iam::aws:policy/Changed"},
    )
    recording = build(replace(COPIED, minimum_retention_days=7), transforms=transforms)
    regional = [r for r in recording.resources if r.type.startswith("aws:backup/")]
    assert len(regional) == 6
    assert {r.inputs["region"] for r in regional} == {"eu-west-1"}
    events = [r for r in recording.resources if r.type.startswith("aws:cloudwatch/")]
    assert [r.inputs["region"] for r in events] == ["eu-west-1"] * 5
    assert recording.one("aws:iam/role:Role").inputs["path"] == "/changed/"
    assert {a.inputs["policyArn"] for a in recording.all("RolePolicyAttachment")} == {"arn:aws:iam::aws:policy/Changed"}
