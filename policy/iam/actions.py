"""Groups IAM actions by what a caller can do with them, and lists the resources to which each can be limited.

The groups are those of Cloudsplaining and of the checks of Checkov that are built on it (credentials exposure, data
exfiltration, permissions management, privilege escalation, write access), for the services of this platform and of
programs beside it. The resources to which an action can be limited are from the Service Authorization Reference.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from policy.iam.arns import matches

ESCALATION: Final = (
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
    "codebuild:StartBuild",
    "codebuild:UpdateProject",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "sts:AssumeRole",
    "ssm:SendCommand",
    "ssm:StartSession",
    "ecs:ExecuteCommand",
    "ec2-instance-connect:SendSSHPublicKey",
    "states:UpdateStateMachine",
)
"""Each of them gives its caller the permissions of another role or user. Some of them change something that already has
a role, which requires no iam:PassRole ("AWS CloudFormation service role", AWS CloudFormation User Guide)."""
CREDENTIALS: Final = (
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-idp:DescribeUserPoolClient",
    "ec2:GetPasswordData",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lambda:GetFunction",
    "rds-db:connect",
    "rds:DownloadCompleteDBLogFile",
    "redshift:GetClusterCredentials",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
)
"""Their responses are or contain credentials. ``ecr:GetAuthorizationToken`` is left out: it requires ``*`` as
resource."""
DATA: Final = (
    "codecommit:GitPull",
    "cognito-idp:ListUsers",
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "kinesis:GetRecords",
    "rds-data:BatchExecuteStatement",
    "rds-data:ExecuteStatement",
    "redshift-data:ExecuteStatement",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3express:CreateSession",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
"""Their responses are the data that a service stores."""
LOGS: Final = (
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:StartQuery",
)
"""Their responses are the logs of applications."""
PERMISSIONS: Final = (
    "acm-pca:PutPolicy",
    "backup:PutBackupVaultAccessPolicy",
    "dynamodb:PutResourcePolicy",
    "ecr:SetRepositoryPolicy",
    "elasticfilesystem:PutFileSystemPolicy",
    "events:PutPermission",
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "ram:CreateResourceShare",
    "rds:ModifyDBSnapshotAttribute",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutObjectAcl",
    "secretsmanager:PutResourcePolicy",
    "sns:AddPermission",
    "sns:SetTopicAttributes",
    "sqs:AddPermission",
    "sqs:SetQueueAttributes",
    "ssm:ModifyDocumentPermission",
)
"""They change permissions, or share a resource with others."""
WRITING: Final = (
    "backup:DeleteRecoveryPoint",
    "backup:StartRestoreJob",
    "cloudfront:CreateInvalidation",
    "cloudfront:UpdateDistribution",
    "codecommit:GitPush",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "ec2:DeleteSnapshot",
    "ec2:DeleteVolume",
    "ec2:TerminateInstances",
    "ecr:BatchDeleteImage",
    "ecr:PutImage",
    "ecs:RunTask",
    "ecs:UpdateService",
    "elasticache:DeleteReplicationGroup",
    "elasticfilesystem:DeleteFileSystem",
    "events:PutTargets",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "lambda:InvokeFunction",
    "logs:DeleteLogGroup",
    "rds:DeleteDBCluster",
    "rds:DeleteDBInstance",
    "rds:DeleteDBSnapshot",
    "rds:ModifyDBInstance",
    "route53:ChangeResourceRecordSets",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:PurgeQueue",
    "sqs:SendMessage",
    "ssm:DeleteParameter",
    "ssm:PutParameter",
    "states:StartExecution",
)
"""They change or delete what a service stores or runs, and can be limited to some resources."""

LIMITED_TO: Final[Mapping[str, tuple[str, ...]]] = {
    "acm-pca:*": ("acm-pca:certificate-authority/*",),
    "backup:*Vault*": ("backup:backup-vault:*",),
    "backup:*": ("backup:recovery-point:*",),
    "cloudformation:*StackSet*": ("cloudformation:stackset/*:*",),
    "cloudformation:*": ("cloudformation:stack/*/*",),
    "cloudfront:*": ("cloudfront:distribution/*",),
    "codebuild:*": ("codebuild:project/*",),
    "codecommit:*": ("codecommit:*",),
    "cognito-idp:*": ("cognito-idp:userpool/*",),
    "dynamodb:*": ("dynamodb:table/*", "dynamodb:table/*/index/*"),
    "ebs:*": ("ec2:snapshot/*",),
    "ec2:*Snapshot": ("ec2:snapshot/*",),
    "ec2:*Volume": ("ec2:volume/*",),
    "ec2:*": ("ec2:instance/*",),
    "ec2-instance-connect:*": ("ec2:instance/*",),
    "ecr:*": ("ecr:repository/*",),
    "ecs:ExecuteCommand": ("ecs:cluster/*", "ecs:task/*/*"),
    "ecs:RunTask": ("ecs:task-definition/*:*",),
    "ecs:*": ("ecs:service/*/*",),
    "elasticache:*": ("elasticache:replicationgroup:*",),
    "elasticfilesystem:*": ("elasticfilesystem:file-system/*",),
    "events:*Permission": ("events:event-bus/*",),
    "events:*": ("events:rule/*", "events:rule/*/*"),
    "iam:*Group*": ("iam:group/*",),
    "iam:*Role*": ("iam:role/*",),
    "iam:*User*": ("iam:user/*",),
    "iam:*Policy*": ("iam:policy/*",),
    "iam:*": ("iam:user/*",),
    "kinesis:*": ("kinesis:stream/*",),
    "kms:*": ("kms:key/*",),
    "lambda:*": ("lambda:function:*", "lambda:function:*:*"),
    "logs:*": ("logs:log-group:*", "logs:log-group:*:*"),
    "rds:*Cluster": ("rds:cluster:*",),
    "rds:*Snapshot*": ("rds:snapshot:*",),
    "rds:*": ("rds:db:*",),
    "rds-data:*": ("rds:cluster:*",),
    "rds-db:*": ("rds-db:dbuser:*/*",),
    "redshift-data:*": ("redshift:cluster:*", "redshift-serverless:workgroup/*"),
    "redshift:*": ("redshift:dbuser:*/*",),
    "route53:*": ("route53:hostedzone/*",),
    "s3express:*": ("s3express:bucket/*",),
    "s3:*Object*": ("s3:*/*", "s3:accesspoint/*/object/*"),
    "s3:*": ("s3:*",),
    "secretsmanager:*": ("secretsmanager:secret:*",),
    "sns:*": ("sns:*",),
    "sqs:*": ("sqs:*",),
    "ssm:*Document*": ("ssm:document/*",),
    "ssm:*Parameter*": ("ssm:parameter/*",),
    "ssm:*": ("ec2:instance/*", "ssm:managed-instance/*", "ecs:task/*/*"),
    "states:*": ("states:stateMachine:*",),
    "sts:*": ("iam:role/*",),
}
"""Pattern of actions -> the kinds of resources, as `arns.names_every` takes them, to which they can be limited.
If several patterns match, the first one counts."""


@cache
def limited_to(action: str) -> tuple[str, ...]:
    """Return the kinds of resources to which an action can be limited.

    Args:
        action: An action of a group in this module, such as ``s3:GetObject``.

    Returns:
        The kinds; none for an action that requires ``*`` as resource, or that is not known here.
    """
    return next((kinds for pattern, kinds in LIMITED_TO.items() if matches(pattern, action)), ())
