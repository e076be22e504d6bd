"""Checks the permissions of a role's session for buckets, by the role's IAM policies and the bucket's policy.

Sources: IAM User Guide, "Policy evaluation logic" (within one account) and "Troubleshoot access denied error messages";
Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.policies import Access, Decision, decision
from toolchain.datapath.edge.s3.buckets import Buckets, context_of
from toolchain.datapath.edge.s3.callers import RoleSession
from toolchain.datapath.edge.s3.errors import access_denied, unknown_key
from toolchain.datapath.edge.s3.operations import Permission
from toolchain.datapath.edge.s3.signatures import query_pairs
from toolchain.datapath.tasks.permissions import Policies, Question, Refusal, refusal
from toolchain.datapath.tasks.policies import read_policies

_KEYS_OF_PARAMETERS: Final = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
}
"""Query parameter of a request -> condition key."""


class RoleAccess:
    """Checks requests of roles' sessions against the current policies.

    Args:
        control_plane: The emulator, with the roles and their policies.
        buckets: Reader of the buckets' policies.
    """

    def __init__(self, control_plane: ControlPlane, buckets: Buckets) -> None:
        self._control_plane = control_plane
        self._buckets = buckets

    async def check(
        self, session: RoleSession, permissions: Iterable[Permission], request: Request, fields: Mapping[str, str]
    ) -> None:
        """Check that a session has all permissions that a request needs.

        Args:
            session: Session that sends the request.
            permissions: Permissions that the request needs.
            request: The request.
            fields: Further condition keys, such as those from a form's fields.

        Raises:
            StorageError: A permission is missing; the message names the first missing action.
        """
        policies = await self._policies(session)
        context = {**session_context(session, request, self._control_plane.region), **fields}
        for permission in permissions:
            why = cause(session, permission, policies, await self._bucket_policy(permission), context)
            if why is not None:
                raise access_denied(message(session, permission, why))

    async def _policies(self, session: RoleSession) -> Policies:
        try:
            return await read_policies(self._control_plane, session.role_arn)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NoSuchEntity":
                raise
            raise unknown_key() from error

    async def _bucket_policy(self, permission: Permission) -> Mapping[str, Any] | None:
        name = permission.resource.rpartition(":")[2].partition("/")[0]
        return None if name == "*" else (await self._buckets.get(name)).policy


def session_context(session: RoleSession, request: Request, region: str) -> dict[str, str]:
    """Return the condition keys of a request.

    Args:
        session: Session that sends the request.
        request: The request.
        region: The bucket's region.
    """
    given = dict(query_pairs(request.query))
    return {
        **context_of(request),
        **{key: given[name] for name, key in _KEYS_OF_PARAMETERS.items() if name in given},
        "aws:PrincipalArn": session.role_arn,
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:RequestedRegion": region,
        "aws:ResourceAccount": session.account,
        "s3:ResourceAccount": session.account,
    }


def cause(
    session: RoleSession,
    permission: Permission,
    policies: Policies,
    bucket_policy: Mapping[str, Any] | None,
    context: Mapping[str, str],
) -> Refusal | None:
    """Return the reason why a session does not have a permission; None if it has it.

    Args:
        session: Session that sends the request.
        permission: Permission to check.
        policies: The role's policies.
        bucket_policy: The bucket's policy; None if it has none.
        context: Condition keys of the request.
    """
    principals = (session.role_arn, session.arn)
    asked = [Access(permission.action, permission.resource, principal=each, context=context) for each in principals]
    if any(decision(bucket_policy, access) is Decision.DENIED for access in asked):
        return Refusal.DENIED_BY_RESOURCE
    own = refusal(Question(permission.action, permission.resource, session.role_arn, context), policies)
    if own is None or own.is_explicit:
        return own
    direct = [
        Access(permission.action, permission.resource, principal=each, as_account=False, context=context)
        for each in principals
    ]
    return None if any(decision(bucket_policy, access) is Decision.ALLOWED for access in direct) else own


def message(session: RoleSession, permission: Permission, why: Refusal) -> str:
    """Return Amazon S3's message for a missing permission."""
    return (
        f"User: {session.arn} is not authorized to perform: {permission.action} on resource: "
        f'"{permission.resource}" {why.format(action=permission.action)}'
    )
