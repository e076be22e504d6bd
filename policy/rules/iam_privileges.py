"""AWS IAM: what a policy allows on every resource, by what can be done with it.

The groups of actions are those of Cloudsplaining and of the checks of Checkov that are built on it (credentials
exposure, data exfiltration, permissions management, privilege escalation, write access), for the services that this
platform and what stands beside it use. What each action can be limited to is from the Service Authorization Reference.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from policy.documents import Statement, matches
from policy.resources import ResourceView
from policy.rule import Concern, Config, ResourceCheck, Rule, Severity, Verdict, violation
from policy.rules.iam import CARRIERS, allowing

ESCALATION: Final = (
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
)
"""Each of them gives its caller what another role or user may do."""
CREDENTIALS: Final = (
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-idp:DescribeUserPoolClient",
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
"""Their answers are credentials, or hold them; without ``ecr:GetAuthorizationToken``, which takes every resource."""
DATA: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kinesis:GetRecords",
    "rds-data:ExecuteStatement",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
"""Their answers are the data that a service keeps."""
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
"""They decide who may do what, or show a resource to others."""
WRITING: Final = (
    "backup:DeleteRecoveryPoint",
    "backup:StartRestoreJob",
    "cloudfront:CreateInvalidation",
    "cloudfront:UpdateDistribution",
    "dynamodb:DeleteItem",
    "dynamodb:DeleteTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "ecr:BatchDeleteImage",
    "ecr:PutImage",
    "ecs:RunTask",
    "ecs:UpdateService",
    "ec2:TerminateInstances",
    "elasticache:DeleteReplicationGroup",
    "elasticfilesystem:DeleteFileSystem",
    "events:PutTargets",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "lambda:InvokeFunction",
    "logs:DeleteLogGroup",
    "rds:DeleteDBInstance",
    "rds:ModifyDBInstance",
    "route53:ChangeResourceRecordSets",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:PutObject",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutSecretValue",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:PurgeQueue",
    "sqs:SendMessage",
    "ssm:PutParameter",
    "states:StartExecution",
)
"""They change or remove what a service keeps, and can be limited to some of it."""

NARROWING: Final = ("aws:resourcetag/*", "aws:requesttag/*", "*:resourcetag/*", "ecs:cluster", "s3:dataaccesspointarn")
"""Condition keys that choose among the resources."""


def narrowed_to_some(statement: Statement) -> bool:
    """Tell whether a condition of a statement chooses among the resources that it names.

    Args:
        statement: Of an identity policy.
    """
    return statement.bound_by(lambda key: any(matches(pattern, key) for pattern in NARROWING))


def _refuse(actions: Sequence[str], what: str) -> ResourceCheck:
    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        for statement in allowing(resource):
            given = _given(statement, actions)
            if given:
                path = statement.path
                yield violation(path, f"{path} allows {', '.join(given)} on every resource; {what}")

    return check


def _given(statement: Statement, actions: Sequence[str]) -> list[str]:
    if statement.every_action or narrowed_to_some(statement):
        return []  # iam-no-full-access is about every action
    return [action for action in actions if statement.covers(action) and _on_everything(statement, action)]


def _on_everything(statement: Statement, action: str) -> bool:
    if statement.every_resource:
        return True
    service, kind = action.partition(":")[0], _EVERY_OF.get(action.partition(":")[0], "")
    return bool(kind) and statement.every_resource_of(service, kind)


_EVERY_OF: Final = {"iam": "role/", "secretsmanager": "secret:", "ssm": "parameter/", "s3": "", "dynamodb": "table/"}
"""Service -> how the last part of the ARN of what it keeps begins."""

_NAME_THE_RESOURCES: Final = "Name as Resource the ARNs of {}."

RULES = (
    Rule(
        id="iam-no-privilege-escalation",
        title="No policy lets its holder become another role or user at will",
        problem="A policy lets its holder gain the rights of other roles or users",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_110",
            "CKV_AWS_286",
        ),
        prowler=(
            "iam_inline_policy_allows_privilege_escalation",
            "iam_no_custom_policy_permissive_role_assumption",
            "iam_policy_allows_privilege_escalation",
        ),
        trivy=(
            "AWS-0347",
            "AWS-0348",
            "AWS-0349",
            "AWS-0351",
            "AWS-0352",
            "AWS-0353",
        ),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the roles, functions, instances or tasks that are meant"),
        check=_refuse(ESCALATION, "its holder can take on what other roles or users may do"),
        note="A condition on tags of the resource, or on the cluster, narrows a statement; one on the caller does not.",
    ),
    Rule(
        id="iam-no-credentials-of-everything",
        title="No policy hands out credentials of every resource",
        problem="A policy hands out credentials of every resource",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_107",
            "CKV_AWS_287",
        ),
        prowler=("iam_no_custom_policy_permissive_role_assumption",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the roles, databases or functions that are meant"),
        check=_refuse(CREDENTIALS, "their answers hold credentials"),
    ),
    Rule(
        id="iam-no-data-of-everything",
        title="No policy reads the data of every resource of a service",
        problem="A policy reads the data of every resource of a service",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_108",
            "CKV_AWS_288",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("the buckets, tables, queues, secrets or parameters that are meant"),
        check=_refuse(DATA, "their answers are data"),
    ),
    Rule(
        id="iam-no-permissions-of-everything",
        title="No policy decides who may reach every resource of a service",
        problem="A policy can change who may reach every resource of a service",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_109",
            "CKV_AWS_289",
        ),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("what the permissions are to be changed of"),
        check=_refuse(PERMISSIONS, "they change who may do what"),
    ),
    Rule(
        id="iam-no-writing-to-everything",
        title="No policy changes every resource of a service",
        problem="A policy can change or remove every resource of a service",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV_AWS_111",
            "CKV_AWS_290",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        trivy=("AWS-0057",),
        types=CARRIERS,
        remediation=_NAME_THE_RESOURCES.format("what is to be changed"),
        check=_refuse(WRITING, "they can be limited to some of them"),
    ),
)
