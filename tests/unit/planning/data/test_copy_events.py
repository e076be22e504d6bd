"""The events of AWS Backup that count as a failed copy, with the examples of its documentation."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from spot_planning.data.copy_events import failed_copies

VAULT = "arn:aws:backup:us-east-1:123456789012:backup-vault:shop"
OTHER = "arn:aws:backup:us-east-1:123456789012:backup-vault:somebody-elses"


def copy_job(**detail: Any) -> dict[str, Any]:
    """Return a copy job event ("Monitoring AWS Backup events using Amazon EventBridge", AWS Backup Developer Guide)."""
    return {
        "version": "0",
        "id": "4660bc92-a44d-c939-4542-cda503f14855",
        "detail-type": "Copy Job State Change",
        "source": "aws.backup",
        "account": "123456789012",
        "time": "2020-07-15T20:37:34Z",
        "region": "us-east-1",
        "resources": ["arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1a2b"],
        "detail": {
            "copyJobId": "47C8EF56-74D8-059D-1301-C5BE1D5C926E",
            "backupSizeInBytes": 22548578304,
            "iamRoleArn": "arn:aws:iam::123456789012:role/shop",
            "resourceArn": "arn:aws:rds:us-east-1:123456789012:db:shop",
            "resourceType": "RDS",
            "sourceBackupVaultArn": VAULT,
            "state": "FAILED",
            "statusMessage": "Access denied exception while trying to list tags",
            "destinationBackupVaultArn": "arn:aws:backup:us-west-2:123456789012:backup-vault:shop-copy",
            **detail,
        },
    }


def counts(event: dict[str, Any]) -> bool:
    return EventPattern.load(json.dumps(failed_copies(vault_arn=VAULT))).matches_event(event)


@pytest.mark.parametrize("state", ["FAILED", "PARTIAL"])
def test_a_copy_that_is_not_there_or_not_whole_counts(state: str) -> None:
    assert counts(copy_job(state=state))


@pytest.mark.parametrize("state", ["CREATED", "RUNNING", "COMPLETED"])
def test_a_copy_on_its_way_or_done_does_not_count(state: str) -> None:
    assert not counts(copy_job(state=state))


def test_copies_of_other_vaults_do_not_count() -> None:
    assert not counts(copy_job(sourceBackupVaultArn=OTHER))


def test_other_jobs_do_not_count() -> None:
    assert not counts({**copy_job(), "detail-type": "Backup Job State Change"})
