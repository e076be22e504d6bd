"""Which events tell that AWS Backup could not copy a recovery point, and how they become a number."""

from typing import Any, Final

FAILED_STATES: Final = ("FAILED", "PARTIAL")
"""States of a copy job that leave nothing, or not everything, in the other vault (CopyJob, AWS Backup API
Reference)."""

METRIC_NAME: Final = "FailedCopies"

FILTER_PATTERN: Final = '{ $.detail.state = "*" }'
"""Counts every event that the rule lets through, one for each job: a job ends once."""


def failed_copies(*, vault_arn: str) -> dict[str, Any]:
    """The EventBridge pattern for copies of one vault's recovery points that failed.

    The copy job belongs to the Region of the vault that it copies from, where StartCopyJob is called and
    DescribeCopyJob finds it; its event names both vaults. AWS Backup also has a metric, NumberOfCopyJobsFailed, but
    does not document whether its vault is the one copied from or the one copied to.

    Args:
        vault_arn: The vault that is copied from.

    Source: AWS Backup Developer Guide, "Monitoring AWS Backup events using Amazon EventBridge", copy job events.
    """
    return {
        "source": ["aws.backup"],
        "detail-type": ["Copy Job State Change"],
        "detail": {"sourceBackupVaultArn": [vault_arn], "state": list(FAILED_STATES)},
    }
