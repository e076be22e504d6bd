"""Who may use the stack's KMS key: this account's IAM policies, and a few services on this account's behalf."""

from spot_planning.iam.policy_documents import Document, Statement, document, source_conditions, statement
from spot_planning.monitoring.access_log import LOG_DELIVERY_SERVICE
from spot_planning.waf.web_acl import CLOUDFRONT_REGION

NOTIFYING_SERVICES = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com")
"""Services that publish budget, alarm and database notifications to an encrypted SNS topic and name the account that
they do it for (Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs")."""


# The key that the policy is attached to, whatever its id: a key policy cannot name another key.
_THIS_KEY = ["*"]


def key_policy(*, account_id: str, region: str, partition: str = "aws", flow_logs: bool = False) -> Document:
    """The policy of a KMS key for everything that one stack stores.

    The account's statement hands decisions over to IAM policies, without which nobody could manage the key (AWS KMS
    Developer Guide, "Default key policy"); Amazon RDS, ElastiCache, ECR, Secrets Manager, S3 and AWS Backup use the key
    with the permissions of whoever calls them. The others call KMS by themselves and get a statement each, closed
    against the confused deputy:

    - CloudWatch Logs, for log groups of this account and region ("Encrypt log data in CloudWatch Logs using AWS KMS").
    - Publishers of an encrypted topic, on behalf of this account. EventBridge names no source account to KMS; it is
      held to topics of this account through the encryption context of Amazon SNS.
    - CloudFront, for reading through origin access control, for distributions of this account: naming one would be a
      cycle of key, bucket and distribution ("Restrict access to an Amazon S3 origin", SSE-KMS). No `aws:SourceAccount`:
      the documentation promises only `aws:SourceArn`, which has the account in it.
    - CloudWatch's log delivery, for writing the distributions' access logs; their delivery sources are in us-east-1,
      wherever bucket and key are (Amazon CloudWatch Logs User Guide, "Logs sent to Amazon S3", V2 permissions).
    - The same service, for flow logs that go to a bucket, when told to (Amazon VPC User Guide, "Amazon S3 bucket
      permissions for flow logs", SSE-KMS).

    Args:
        account_id: The account, 12 digits.
        region: The region of the key.
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
