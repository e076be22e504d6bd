"""Log groups that EventBridge writes events to."""

from collections.abc import Sequence

from spot_planning.iam.policy_documents import Document, document, statement


def log_delivery_policy(*, log_group_arn: str, rule_arns: Sequence[str]) -> Document:
    """The resource policy with which EventBridge writes the events of some rules into one log group.

    Args:
        log_group_arn: The log group, without ``:*``.
        rule_arns: The rules that may write.

    Source: Amazon EventBridge User Guide, "Using resource-based policies for Amazon EventBridge", CloudWatch Logs
    permissions.
    """
    writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    streams = [f"{log_group_arn}:*"]
    return document(
        # EventBridge sends no source with this one; a condition here loses every event.
        statement("MakeLogStream", ["logs:CreateLogStream"], streams, principal=writers),
        statement(
            "WriteEvents",
            ["logs:PutLogEvents"],
            streams,
            principal=writers,
            conditions={"ArnEquals": {"aws:SourceArn": sorted(rule_arns)}},
        ),
    )
