"""The resource policies of log groups to which AWS services write."""

from collections.abc import Mapping, Sequence

from spot_planning.iam.policy_documents import Document, Statement, document, statement
from spot_planning.names.dns import query_log_group_name, query_log_statement

EVENT_LOG_GROUP_PREFIX = "/aws/events/"
"""Prefix of the names of log groups to which EventBridge writes ("Event bus targets", Amazon EventBridge User
Guide)."""

QUERY_LOG_REGION = "us-east-1"
"""The only Region in which Route 53 writes query logs ("Public DNS query logging", Amazon Route 53 Developer Guide)."""


def log_delivery_policy(*, log_group_arn: str, rule_arns: Sequence[str]) -> Document:
    """Return the resource policy that lets EventBridge write the events of some rules to one log group.

    Args:
        log_group_arn: The log group, without ``:*``.
        rule_arns: The rules that may write.

    Source: Amazon EventBridge User Guide, "Using resource-based policies for Amazon EventBridge", CloudWatch Logs
    permissions.
    """
    return document(*_event_statements(log_group_arn, {"ArnEquals": {"aws:SourceArn": sorted(rule_arns)}}))


def shared_log_delivery_policy(
    *, partition: str, region: str, account_id: str, zone_name: str | None = None
) -> Document:
    """Return one resource policy for all log groups of a stack, since an account has few resource policies.

    It lets this account's rules of EventBridge write to every log group below `EVENT_LOG_GROUP_PREFIX`, as the policy
    does that EventBridge's console makes (same source), and Route 53 to the log group of one zone's queries.

    Args:
        partition: The AWS partition.
        region: The Region of the log groups.
        account_id: The AWS account, 12 digits.
        zone_name: The zone whose queries are logged in this Region; None for none.
    """
    log_groups = f"arn:{partition}:logs:{region}:{account_id}:log-group:"
    rules = {"ArnLike": {"aws:SourceArn": f"arn:{partition}:events:{region}:{account_id}:rule/*"}}
    statements = _event_statements(f"{log_groups}{EVENT_LOG_GROUP_PREFIX}*", rules)
    if zone_name is not None:
        statements.append(query_log_statement(f"{log_groups}{query_log_group_name(zone_name)}"))
    return document(*statements)


def _event_statements(log_group_arn: str, writing: Mapping[str, Mapping[str, str | Sequence[str]]]) -> list[Statement]:
    writers = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    streams = [f"{log_group_arn}:*"]
    return [
        # EventBridge sends no source ARN with this action; with a condition here, all events would be lost.
        statement("MakeLogStream", ["logs:CreateLogStream"], streams, principal=writers),
        statement("WriteEvents", ["logs:PutLogEvents"], streams, principal=writers, conditions=writing),
    ]
