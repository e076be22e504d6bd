"""Reads the IAM policies of a role."""

import asyncio
import json
from typing import Any, cast

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.permissions import Document, Policies


async def read_policies(control_plane: ControlPlane, role_arn: str) -> Policies:
    """Read a role's inline policies, its attached policies, and its permissions boundary.

    Args:
        control_plane: The emulator.
        role_arn: The role's ARN.

    Raises:
        botocore.exceptions.ClientError: There is no such role.
    """
    name = role_arn.rpartition("/")[2]
    role = (await control_plane.call("iam", "get_role", RoleName=name))["Role"]
    inline, attached = await asyncio.gather(
        control_plane.pages("iam", "list_role_policies", "PolicyNames[]", RoleName=name),
        control_plane.pages("iam", "list_attached_role_policies", "AttachedPolicies[]", RoleName=name),
    )
    own = [
        (await control_plane.call("iam", "get_role_policy", RoleName=name, PolicyName=policy))["PolicyDocument"]
        for policy in inline
    ]
    managed = [await _managed(control_plane, policy["PolicyArn"]) for policy in attached]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Policies([*own, *managed], await _managed(control_plane, boundary) if boundary else None)


async def read_key_policy(control_plane: ControlPlane, key: str) -> tuple[str, Document] | None:
    """Read the ARN and the policy of a customer managed key.

    Args:
        control_plane: The emulator.
        key: The key's id, ARN or alias.

    Returns:
        ARN and key policy; None for an AWS managed key, which every user of its service may use.

    Raises:
        botocore.exceptions.ClientError: There is no such key.
    """
    about = (await control_plane.call("kms", "describe_key", KeyId=key))["KeyMetadata"]
    if about.get("KeyManager") == "AWS":
        return None
    answer = await control_plane.call("kms", "get_key_policy", KeyId=about["KeyId"], PolicyName="default")
    return about["Arn"], _parsed(answer["Policy"])


async def read_secret_policy(control_plane: ControlPlane, secret_arn: str) -> Document | None:
    """Read the resource policy of a secret; None when it has none."""
    try:
        answer = await control_plane.call("secretsmanager", "get_resource_policy", SecretId=secret_arn)
    except ClientError:
        return None
    text = answer.get("ResourcePolicy")
    return _parsed(text) if text else None


async def _managed(control_plane: ControlPlane, arn: str) -> Document:
    version = (await control_plane.call("iam", "get_policy", PolicyArn=arn))["Policy"]["DefaultVersionId"]
    answer = await control_plane.call("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
    return _parsed(answer["PolicyVersion"]["Document"])


def _parsed(document: Any) -> Document:
    """Return a policy as an object. boto3 already decodes some policies, and returns others as text."""
    return cast("Document", json.loads(document) if isinstance(document, str) else document)
