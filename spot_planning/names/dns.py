"""The policy that lets Route 53 write query logs."""

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import Statement, document, source_conditions, statement


def query_log_policy(log_group_arn: str) -> str:
    """Return the CloudWatch Logs resource policy that lets this account's hosted zones write to one log group.

    Source: Amazon Route 53 Developer Guide, "Public DNS query logging".

    Args:
        log_group_arn: The log group's ARN, without the ``:*`` of its streams.

    Returns:
        The policy as JSON.
    """
    return canonical_json(document(query_log_statement(log_group_arn)))


def query_log_statement(log_group_arn: str) -> Statement:
    """Return the statement of `query_log_policy`.

    Args:
        log_group_arn: The log group's ARN, without the ``:*`` of its streams.
    """
    _, partition, _, _, account_id, *_ = log_group_arn.split(":")
    return statement(
        "WriteQueryLogs",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [f"{log_group_arn}:*"],
        principal={"Service": "route53.amazonaws.com"},
        conditions=source_conditions(account_id=account_id, source_arn=f"arn:{partition}:route53:::hostedzone/*"),
    )


def query_log_group_name(zone_name: str) -> str:
    """Return the name of a zone's log group, with AWS's prefix for log groups of query logs.

    Args:
        zone_name: The zone's domain name, without a final dot.
    """
    return f"/aws/route53/{zone_name}"
