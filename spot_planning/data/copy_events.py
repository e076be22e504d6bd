"""The events that report that AWS Backup could not copy a recovery point, and the metric that counts them."""

from typing import Any, Final

FAILED_STATES: Final = ("FAILED", "PARTIAL")
"""States of a copy job that copied nothing, or not everything, to the other vault (CopyJob, AWS Backup API
Reference)."""

METRIC_NAME: Final = "FailedCopies"

FILTER_PATTERN: Final = '{ $.detail.state = "*" }'
"""Counts every event that matches the rule. There is one event for each job, because a job ends once."""


def failed_copies(*, vault_arn: str) -> dict[str, Any]:
    """Return the EventBridge pattern for failed copies of one vault's recovery points.

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
