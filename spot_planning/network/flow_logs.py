"""Policies of VPC flow logs: only this account's flow logs may write, and only to one log group or bucket."""

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import Statement, assume_role_document, document, source_conditions, statement
from spot_planning.monitoring.access_log import LOG_DELIVERY_SERVICE, log_delivery_statement


def flow_log_trust_policy(vpc_arn: str) -> str:
    """Return the trust policy of the flow logs' role: for flow logs of the VPC's own account and Region.

    Source: Amazon VPC User Guide, "Publish flow logs to CloudWatch Logs".

    Args:
        vpc_arn: The VPC's ARN, which names partition, region and account.

    Returns:
        The trust policy as JSON.
    """
    prefix = vpc_arn.rpartition(":")[0]
    return canonical_json(
        assume_role_document(
            "vpc-flow-logs.amazonaws.com",
            account_id=prefix.rpartition(":")[2],
            source_arn=f"{prefix}:vpc-flow-log/*",
        )
    )


def flow_log_write_policy(log_group_arn: str) -> str:
    """Return the policy of the flow logs' role: it may write to one log group.

    It may not create log groups, so a deleted log group stays deleted. The permission to list log groups cannot be
    limited to one log group: CloudWatch Logs checks it against all of them (terraform-provider-aws issue 8804).

    Args:
        log_group_arn: The log group's ARN, without the ``:*`` of its streams.

    Returns:
        The policy as JSON.
    """
    all_log_groups = ":".join([*log_group_arn.split(":")[:6], "*"])
    return canonical_json(
        document(
            statement(
                "WriteFlowLogs",
                ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [log_group_arn, f"{log_group_arn}:*"],
            ),
            statement("FindLogGroup", ["logs:DescribeLogGroups"], [all_log_groups]),
        )
    )


def flow_log_bucket_statements(vpc_arn: str) -> list[Statement]:
    """Return the statements that let the account's flow logs write to a bucket. Resources are relative to the bucket.

    Source: Amazon VPC User Guide, "Amazon S3 bucket permissions for flow logs".

    Args:
        vpc_arn: The VPC's ARN, which names partition, region and account.
    """
    _, partition, _, region, account_id, *_ = vpc_arn.split(":")
    source_arn = f"arn:{partition}:logs:{region}:{account_id}:*"
    return [
        log_delivery_statement(account_id, source_arn),
        statement(
            "CheckOwnership",
            ["s3:GetBucketAcl"],
            [""],
            principal={"Service": LOG_DELIVERY_SERVICE},
            conditions=source_conditions(account_id=account_id, source_arn=source_arn),
        ),
    ]
