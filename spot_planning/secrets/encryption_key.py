"""The policy of the stack's KMS key: for this account's IAM policies, and a few services on this account's behalf."""

from spot_planning.iam.policy_documents import Document, Statement, document, source_conditions, statement
from spot_planning.monitoring.access_log import LOG_DELIVERY_SERVICE
from spot_planning.waf.web_acl import CLOUDFRONT_REGION

NOTIFYING_SERVICES = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com")
"""Services that publish budget, alarm and database notifications to an encrypted SNS topic and name the account for
which they do it (Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs")."""


# The key to which the policy is attached: a key policy cannot name another key.
_THIS_KEY = ["*"]


def key_policy(*, account_id: str, region: str, partition: str = "aws", flow_logs: bool = False) -> Document:
    """Return the policy of the KMS key for all data of one stack.

    The account's statement delegates access to IAM policies; without it nobody could manage the key (AWS KMS Developer
    Guide, "Default key policy"). Amazon RDS, ElastiCache, ECR, Secrets Manager, S3 and AWS Backup use the key with the
    permissions of their caller. Other services call KMS by themselves. Each of them gets a statement, with protection
    against the confused deputy problem:

    - CloudWatch Logs, for log groups of this account and Region ("Encrypt log data in CloudWatch Logs using AWS KMS").
    - Publishers of an encrypted topic, on behalf of this account. EventBridge does not send the source account to KMS;
      the encryption context of Amazon SNS limits it to topics of this account.
    - CloudFront, which reads through origin access control, for all distributions of this account. To name a single
      distribution would be a cycle of key, bucket and distribution ("Restrict access to an Amazon S3 origin", SSE-KMS).
      There is no `aws:SourceAccount`: the documentation promises only `aws:SourceArn`, which contains the account.
    - CloudWatch's log delivery, which writes the distributions' access logs. Their delivery sources are in us-east-1,
      whatever the Region of bucket and key is (Amazon CloudWatch Logs User Guide, "Logs sent to Amazon S3", V2
      permissions).
    - The same service for flow logs in a bucket, if `flow_logs` is true (Amazon VPC User Guide, "Amazon S3 bucket
      permissions for flow logs", SSE-KMS).

    Args:
        account_id: The account, 12 digits.
        region: The Region of the key.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        flow_logs: Whether flow logs go to a bucket that is encrypted with the key.

    Returns:
        The policy document.
    """
    further = [_flow_log_statement(account_id, region, partition)] if flow_logs else []
    return document(
        statement(
            "DelegateToIamPolicies",
            ["kms:*"],
            _THIS_KEY,
            principal={"AWS": f"arn:{partition}:iam::{account_id}:root"},
        ),
        statement(
            "EncryptLogGroups",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            _THIS_KEY,
            principal={"Service": f"logs.{region}.amazonaws.com"},
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:{account_id}:*"}
            },
        ),
        statement(
            "EncryptNotifications",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            _THIS_KEY,
            principal={"Service": list(NOTIFYING_SERVICES)},
            conditions=source_conditions(account_id=account_id),
        ),
        statement(
            "EncryptEvents",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            _THIS_KEY,
            principal={"Service": "events.amazonaws.com"},
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:{partition}:sns:{region}:{account_id}:*"}
            },
        ),
        statement(
            "DecryptForDistributions",
            ["kms:Decrypt"],
            _THIS_KEY,
            principal={"Service": "cloudfront.amazonaws.com"},
            conditions=source_conditions(source_arn=f"arn:{partition}:cloudfront::{account_id}:distribution/*"),
        ),
        statement(
            "EncryptDeliveredLogs",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            _THIS_KEY,
            principal={"Service": LOG_DELIVERY_SERVICE},
            conditions=source_conditions(
                account_id=account_id,
                source_arn=f"arn:{partition}:logs:{CLOUDFRONT_REGION}:{account_id}:delivery-source:*",
            ),
        ),
        *further,
    )


def _flow_log_statement(account_id: str, region: str, partition: str) -> Statement:
    return statement(
        "EncryptFlowLogs",
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        _THIS_KEY,
        principal={"Service": LOG_DELIVERY_SERVICE},
        conditions=source_conditions(account_id=account_id, source_arn=f"arn:{partition}:logs:{region}:{account_id}:*"),
    )
