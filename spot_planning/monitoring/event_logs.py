"""The resource policy of log groups to which EventBridge writes events."""

from collections.abc import Sequence

from spot_planning.iam.policy_documents import Document, document, statement


def log_delivery_policy(*, log_group_arn: str, rule_arns: Sequence[str]) -> Document:
    """Return the resource policy that lets EventBridge write the events of some rules to one log group.

    Args:
        log_group_arn: The log group, without ``:*``.
        rule_arns: The rules that may write.

    Source: Amazon EventBridge User Guide, "Using resource-based policies for Amazon EventBridge", CloudWatch Logs
    permissions.
    """
    writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    streams = [f"{log_group_arn}:*"]
    return document(
        # EventBridge sends no source ARN with this action; with a condition here, all events would be lost.
        statement("MakeLogStream", ["logs:CreateLogStream"], streams, principal=writers),
        statement(
            "WriteEvents",
            ["logs:PutLogEvents"],
            streams,
            principal=writers,
            conditions={"ArnEquals": {"aws:SourceArn": sorted(rule_arns)}},
        ),
    )
