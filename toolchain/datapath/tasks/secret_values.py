"""Reads the secrets of a container as Amazon ECS does: with the execution role and its permissions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.environment import SecretReference, secrets_of
from toolchain.datapath.tasks.permissions import may_use_key
from toolchain.datapath.tasks.policies import read_key_policy, read_secret_policy
from toolchain.datapath.tasks.role import ExecutionRole, ResourceInitializationError


@dataclass(frozen=True)
class _Reader:
    control_plane: ControlPlane
    role: ExecutionRole

    async def value(self, reference: SecretReference) -> str:
        if reference.service == "ssm":
            return await self._parameter(reference)
        return await self._secret(reference)

    async def _secret(self, reference: SecretReference) -> str:
        try:
            about = await self.control_plane.call("secretsmanager", "describe_secret", SecretId=reference.name)
        except ClientError as error:
            raise _failed(reference, _described(error)) from error
        question = self.role.question("secretsmanager:GetSecretValue", about["ARN"])
        if not self.role.may(question, await read_secret_policy(self.control_plane, about["ARN"])):
            raise _failed(reference, self.role.refusal(question))
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
            raise _failed(reference, _described(error)) from error
        return _picked(reference, str(answer.get("SecretString", "")))

    async def _parameter(self, reference: SecretReference) -> str:
        name = parameter_name(reference.name)
        arn = f"arn:aws:ssm:{self.control_plane.region}:{self.role.account}:parameter/{name.removeprefix('/')}"
        question = self.role.question("ssm:GetParameters", arn)
        if not self.role.may(question):
            raise _failed(reference, self.role.refusal(question))
        answer = await self.control_plane.call("ssm", "get_parameters", Names=[name], WithDecryption=True)
        if not answer["Parameters"]:
            raise _failed(reference, f"InvalidParameters: {name} does not exist")
        found = answer["Parameters"][0]
        if found["Type"] == "SecureString":
            listed = await self.control_plane.call(
                "ssm", "describe_parameters", ParameterFilters=[{"Key": "Name", "Values": [name]}]
            )
            key = next((row.get("KeyId") for row in listed["Parameters"]), None)
            if key and key != "alias/aws/ssm":
                await self._check_key(reference, key)
        return str(found["Value"])

    async def _check_key(self, reference: SecretReference, key: str) -> None:
        """Check that the role may decrypt with a customer managed key, through the service that stores the secret."""
        try:
            found = await read_key_policy(self.control_plane, key)
        except ClientError as error:
            raise _failed(reference, _described(error)) from error
        if found is None:
            return
        arn, policy = found
        question = self.role.question("kms:Decrypt", arn, reference.service)
        if not may_use_key(question, self.role.policies, policy):
            raise _failed(reference, self.role.refusal(question))


async def read_secrets(
    control_plane: ControlPlane, definition: Mapping[str, Any], role: ExecutionRole
) -> dict[str, str]:
    """Read all secrets of a container.

    Args:
        control_plane: The emulator.
        definition: The container definition.
        role: The execution role.

    Returns:
        Variable -> value. The values may be used only in the container's environment.

    Raises:
        ResourceInitializationError: A secret does not exist, or the role may not read it.
    """
    try:
        wanted = secrets_of(definition)
    except ValueError as error:
        raise ResourceInitializationError(f"InvalidParameterException: {error}") from error
    reader = _Reader(control_plane, role)
    # Read each secret once: several variables may come from it, and a rotation between two reads would mix versions.
    values = {reference: await reader.value(reference) for reference in dict.fromkeys(item for _, item in wanted)}
    return {name: values[reference] for name, reference in wanted}


def parameter_name(text: str) -> str:
    """Return a parameter's name. Its ARN has a slash before the name, which is part of the name only in a path.

    Args:
        text: Name or ARN of the parameter.
    """
    if not text.startswith("arn:"):
        return text
    name = text.partition(":parameter")[2]
    return name.removeprefix("/") if name.count("/") == 1 else name


def _picked(reference: SecretReference, text: str) -> str:
    """Return the value of the requested JSON key; the whole text without a key. Error messages never contain it."""
    if not reference.json_key:
        return text
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, Mapping) or reference.json_key not in values:
        raise _failed(reference, f"retrieved secret from Secrets Manager did not contain json key {reference.json_key}")
    value = cast("Mapping[str, Any]", values)[reference.json_key]
    return value if isinstance(value, str) else json.dumps(value)


def _failed(reference: SecretReference, cause: str) -> ResourceInitializationError:
    kept, short = ("Secrets Manager", "asm") if reference.service == "secretsmanager" else ("Systems Manager", "ssm")
    return ResourceInitializationError(
        f"unable to retrieve secret from {short}: service call has been retried 1 time(s): failed to fetch secret "
        f"{reference.name} from {kept}: {cause}"
    )


def _described(error: ClientError) -> str:
    about = error.response.get("Error", {})
    return f"{about.get('Code', 'Error')}: {about.get('Message', '')}"
