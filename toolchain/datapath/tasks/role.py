"""Checks the permissions of a task's execution role, with which Amazon ECS starts the task."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.images import CannotPullContainerError, parse_reference
from toolchain.datapath.tasks.logs import LogError, LogStream
from toolchain.datapath.tasks.permissions import Document, Policies, Question, is_allowed
from toolchain.datapath.tasks.policies import read_policies

_PULL_ACTIONS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


class ResourceInitializationError(Exception):
    """A role, a secret or a permission that a task needs at its start is missing.

    The message is worded as Amazon ECS words ``stoppedReason``.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            f"failed: {cause}"
        )


@dataclass(frozen=True)
class ExecutionRole:
    """The role with which Amazon ECS starts a task."""

    arn: str
    policies: Policies
    region: str

    @property
    def account(self) -> str:
        """The account id."""
        return self.arn.split(":")[4]

    def question(self, action: str, resource: str, through: str | None = None) -> Question:
        """Make a request by the role, for evaluation against policies.

        Args:
            action: IAM action, such as ``secretsmanager:GetSecretValue``.
            resource: ARN of the resource, or ``*``.
            through: Service that uses a key for the role, such as ``secretsmanager``; None for a direct request.
        """
        context = {
            "aws:SecureTransport": "true",
            "aws:RequestedRegion": self.region,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalArn": self.arn,
            "aws:ResourceAccount": resource.split(":")[4] if resource.startswith("arn:") else self.account,
        }
        if through is not None:
            context["kms:ViaService"] = f"{through}.{self.region}.amazonaws.com"
            context["kms:CallerAccount"] = self.account
        return Question(action, resource, self.arn, context)

    def may(self, question: Question, resource_policy: Document | None = None) -> bool:
        """Check whether the role's policies, or the resource's policy, allow a request."""
        return is_allowed(question, self.policies, resource_policy)

    def refusal(self, question: Question) -> str:
        """Return AWS's message for a request that the role may not make."""
        return (
            f"AccessDeniedException: {self.arn} is not authorized to perform: {question.action} on resource: "
            f"{question.resource}"
        )

    def check_pull(self, reference: str) -> None:
        """Check that the role may pull an image from Amazon ECR.

        Args:
            reference: The container definition's ``image``.

        Raises:
            ResourceInitializationError: The role may not log in to the registry.
            CannotPullContainerError: The role may not pull from the repository.
        """
        wanted = parse_reference(reference)
        if not wanted.is_in_ecr:
            return
        login = self.question("ecr:GetAuthorizationToken", "*")
        if not self.may(login):
            raise ResourceInitializationError(
                f"unable to retrieve ecr registry auth: service call has been retried 1 time(s): {self.refusal(login)}"
            )
        account, _, _, region, *_ = wanted.registry.split(".")
        repository = f"arn:aws:ecr:{region}:{account}:repository/{wanted.repository}"
        for action in _PULL_ACTIONS:
            question = self.question(action, repository)
            if not self.may(question):
                raise CannotPullContainerError(
                    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
                    f"{reference}: 403 Forbidden: {self.refusal(question)}"
                )

    def check_log(self, log: LogStream) -> None:
        """Check that the role may write a container's log.

        Raises:
            LogError: The role may not write it.
        """
        stream = f"arn:aws:logs:{self.region}:{self.account}:log-group:{log.group}:log-stream:{log.stream}"
        for action in _LOG_ACTIONS:
            question = self.question(action, stream)
            if log.group and not self.may(question):
                raise LogError(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
                    f"times: failed to create Cloudwatch log stream: {self.refusal(question)} : exit status 1"
                )


async def read_role(control_plane: ControlPlane, arn: str | None) -> ExecutionRole:
    """Read an execution role.

    Args:
        control_plane: The emulator.
        arn: The role's ARN in the task definition; None if it has none.

    Raises:
        ResourceInitializationError: The task definition has no execution role, or the role does not exist.
    """
    if not arn:
        raise ResourceInitializationError("the task definition has no execution role; a task on Fargate needs one")
    try:
        return ExecutionRole(arn, await read_policies(control_plane, arn), control_plane.region)
    except ClientError as error:
        cause = error.response.get("Error", {}).get("Message", "")
        raise ResourceInitializationError(f"ECS was unable to assume the role '{arn}': {cause}") from error
