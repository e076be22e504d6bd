"""Reads the secrets of a container as Amazon ECS does: with the execution role, and only what that role may read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.environment import SecretReference, secrets_of
from toolchain.datapath.tasks.permissions import Policies, Question, is_allowed, may_use_key
from toolchain.datapath.tasks.policies import read_key_policy, read_policies, read_secret_policy


class ResourceInitializationError(Exception):
    """A task cannot get what it needs to start; the message is worded as Amazon ECS words ``stoppedReason``."""

    def __init__(self, service: str, cause: str) -> None:
        source = "asm" if service == "secretsmanager" else "ssm"
        super().__init__(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            f"failed: unable to retrieve secret from {source}: service call has been retried 1 time(s): {cause}"
        )


@dataclass(frozen=True)
class _Reader:
    control_plane: ControlPlane
    role: str
    """ARN of the execution role."""
    policies: Policies

    async def value(self, reference: SecretReference) -> str:
        if reference.service == "ssm":
            return await self._parameter(reference)
        return await self._secret(reference)

    async def _secret(self, reference: SecretReference) -> str:
        try:
            about = await self.control_plane.call("secretsmanager", "describe_secret", SecretId=reference.name)
        except ClientError as error:
            raise self._failed(reference, _described(error)) from error
        resource_policy = await read_secret_policy(self.control_plane, about["ARN"])
        question = self._question("secretsmanager:GetSecretValue", about["ARN"])
        if not is_allowed(question, self.policies, resource_policy):
            raise self._denied(reference, question)
        if about.get("KmsKeyId"):
            await self._check_key(reference, about["KmsKeyId"])
        version = {"VersionStage": reference.version_stage, "VersionId": reference.version_id}
        try:
            answer = await self.control_plane.call(
                "secretsmanager",
                "get_secret_value",
                SecretId=reference.name,
                **{name: text for name, text in version.items() if text},
            )
        except ClientError as error:
            raise self._failed(reference, _described(error)) from error
        return self._picked(reference, str(answer.get("SecretString", "")))

    async def _parameter(self, reference: SecretReference) -> str:
        name = reference.name.partition(":parameter")[2] if reference.name.startswith("arn:") else reference.name
        plain = name.removeprefix("/") if name.count("/") == 1 and reference.name.startswith("arn:") else name
        account = self.role.split(":")[4]
        arn = f"arn:aws:ssm:{self.control_plane.region}:{account}:parameter/{name.removeprefix('/')}"
        question = self._question("ssm:GetParameters", arn)
        if not is_allowed(question, self.policies):
            raise self._denied(reference, question)
        answer = await self.control_plane.call("ssm", "get_parameters", Names=[plain], WithDecryption=True)
        if not answer["Parameters"]:
            raise ResourceInitializationError("ssm", f"InvalidParameters: {plain} does not exist")
        found = answer["Parameters"][0]
        if found["Type"] == "SecureString":
            listed = await self.control_plane.call(
                "ssm", "describe_parameters", ParameterFilters=[{"Key": "Name", "Values": [plain]}]
            )
            key = next((row.get("KeyId") for row in listed["Parameters"]), None)
            if key and key != "alias/aws/ssm":
                await self._check_key(reference, key)
        return str(found["Value"])

    async def _check_key(self, reference: SecretReference, key: str) -> None:
        """A customer managed key must let the role decrypt by the service that keeps the secret."""
        try:
            found = await read_key_policy(self.control_plane, key)
        except ClientError as error:
            raise self._failed(reference, _described(error)) from error
        if found is None:
            return
        arn, policy = found
        question = self._question("kms:Decrypt", arn, reference.service)
        if not may_use_key(question, self.policies, policy):
            raise self._denied(reference, question)

    def _question(self, action: str, resource: str, through: str | None = None) -> Question:
        context = {
            "aws:SecureTransport": "true",
            "aws:RequestedRegion": self.control_plane.region,
            "aws:PrincipalAccount": self.role.split(":")[4],
            "aws:PrincipalArn": self.role,
            "aws:ResourceAccount": resource.split(":")[4],
        }
        if through is not None:
            context["kms:ViaService"] = f"{through}.{self.control_plane.region}.amazonaws.com"
            context["kms:CallerAccount"] = self.role.split(":")[4]
        return Question(action, resource, self.role, context)

    def _denied(self, reference: SecretReference, question: Question) -> ResourceInitializationError:
        return self._failed(
            reference,
            f"AccessDeniedException: {self.role} is not authorized to perform: {question.action} on resource: "
            f"{question.resource}",
        )

    def _failed(self, reference: SecretReference, cause: str) -> ResourceInitializationError:
        kept = "Secrets Manager" if reference.service == "secretsmanager" else "Systems Manager"
        return ResourceInitializationError(
            reference.service, f"failed to fetch secret {reference.name} from {kept}: {cause}"
        )

    def _picked(self, reference: SecretReference, text: str) -> str:
        """The value of the JSON key that is asked for; never part of a message."""
        if not reference.json_key:
            return text
        try:
            values: Any = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, Mapping) or reference.json_key not in values:
            raise self._failed(
                reference, f"retrieved secret from Secrets Manager did not contain json key {reference.json_key}"
            )
        value = cast("Mapping[str, Any]", values)[reference.json_key]
        return value if isinstance(value, str) else json.dumps(value)


async def read_secrets(
    control_plane: ControlPlane, definition: Mapping[str, Any], execution_role: str | None
) -> dict[str, str]:
    """Read all secrets of a container.

    Args:
        control_plane: The emulator.
        definition: The container definition.
        execution_role: ARN of the task definition's execution role.

    Returns:
        Variable -> value. The values belong into the container's environment and nowhere else.

    Raises:
        ResourceInitializationError: One does not exist, or the role may not read it.
    """
    try:
        wanted = secrets_of(definition)
    except ValueError as error:
        raise ResourceInitializationError("secretsmanager", f"InvalidParameterException: {error}") from error
    if not wanted:
        return {}
    first = wanted[0][1]
    if not execution_role:
        raise ResourceInitializationError(first.service, f"{first.name}: the task definition has no execution role")
    try:
        policies = await read_policies(control_plane, execution_role)
    except ClientError as error:
        raise ResourceInitializationError(
            first.service, f"ECS was unable to assume the role '{execution_role}': {_described(error)}"
        ) from error
    reader = _Reader(control_plane, execution_role, policies)
    # One secret may give several variables, and a running rotation must not come between them.
    values = {reference: await reader.value(reference) for reference in dict.fromkeys(item for _, item in wanted)}
    return {name: values[reference] for name, reference in wanted}


def _described(error: ClientError) -> str:
    about = error.response.get("Error", {})
    return f"{about.get('Code', 'Error')}: {about.get('Message', '')}"
