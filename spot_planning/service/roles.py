"""Policies of a Fargate task's two roles: the execution role starts the task, the application has the task role."""

from collections.abc import Sequence

from spot_planning.iam.policy_documents import (
    Document,
    Statement,
    decrypt_through,
    document,
    secret_resource,
    statement,
)

MAXIMUM_ROLE_POLICY_CHARACTERS = 10_240
"""Characters of all inline policies of a role, without white space (AWS IAM User Guide, "IAM and AWS STS quotas")."""
MAXIMUM_GIVEN_CHARACTERS = 7_000
"""Characters of the statements that a stack file gives to the task role. The others are for the platform's own, of the
buckets, the database, traces and ECS Exec."""


def execution_policy(
    *,
    log_group_arn: str,
    region: str,
    repository_arn: str | None,
    secrets: Sequence[str],
    kms_key_arn: str | None,
) -> Document:
    """Return the policy of the execution role: it may pull this image, read these secrets and write this log.

    AmazonECSTaskExecutionRolePolicy would allow every repository and every log group of the account.

    Args:
        log_group_arn: The service's log group, without ``:*``.
        region: Region of the secrets.
        repository_arn: The ECR repository of the image; None for an image from elsewhere.
        secrets: ``valueFrom`` ARNs of the container.
        kms_key_arn: The key with which the secrets are encrypted; None for the AWS managed key, which needs no
            permission.

    Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role".
    """
    statements = [
        statement("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"]),
    ]
    if repository_arn is not None:
        # This action has no resource-level permissions. The next statement names the repository.
        statements.append(statement("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]))
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        statements.append(statement("PullImage", pull, [repository_arn]))
    if secrets:
        arns = [secret_resource(value_from) for value_from in secrets]
        statements.append(statement("ReadNamedSecrets", ["secretsmanager:GetSecretValue"], arns))
        if kms_key_arn is not None:
            statements.append(decrypt_through("secretsmanager", kms_key_arn, region))
    return document(*statements)


OWN_TASK_SIDS = (
    "DescribeTasks",
    "SendTraces",
    "OpenCommandSession",
    "FindCommandLog",
    "WriteCommandLog",
    "DecryptCommandSession",
)
"""``Sid`` of each statement that `task_statements` may add."""


def task_statements(
    *,
    given: Sequence[Statement],
    tracing: bool,
    command_log_group_arn: str | None,
    kms_key_arn: str | None,
    described_tasks_arn: str | None = None,
) -> list[Statement]:
    """Return the statements of the task role: what the application needs, without the permissions to start it.

    Args:
        given: The application's own statements.
        tracing: Whether the task sends traces to X-Ray.
        command_log_group_arn: The log group of ECS Exec sessions; None without ECS Exec.
        kms_key_arn: The key that encrypts ECS Exec sessions; None for none.
        described_tasks_arn: The tasks that the application may describe, an ARN from `tasks_of`; None for none.

    Source: Amazon ECS Developer Guide, "Amazon ECS task IAM role", Permissions for ECS Exec.
    """
    statements = list(given)
    if described_tasks_arn is not None:
        statements.append(statement("DescribeTasks", ["ecs:DescribeTasks"], [described_tasks_arn]))
    if tracing:
        # X-Ray has no resource-level permissions for these.
        actions = [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]
        statements.append(statement("SendTraces", actions, ["*"]))
    if command_log_group_arn is not None:
        channels = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]
        statements.append(statement("OpenCommandSession", channels, ["*"]))
        statements.append(statement("FindCommandLog", ["logs:DescribeLogGroups"], ["*"]))
        write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        statements.append(statement("WriteCommandLog", write, [f"{command_log_group_arn}:*"]))
        if kms_key_arn is not None:
            statements.append(statement("DecryptCommandSession", ["kms:Decrypt"], [kms_key_arn]))
    return statements


def tasks_of(cluster_arn: str) -> str:
    """Return the ARN pattern for all tasks of a cluster.

    A narrower pattern is not possible: a task's id is chosen when it starts.

    Args:
        cluster_arn: ``arn:PARTITION:ecs:REGION:ACCOUNT:cluster/NAME``.

    Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container
    Service", Resource types.
    """
    return f"{cluster_arn.replace(':cluster/', ':task/', 1)}/*"
