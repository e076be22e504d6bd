"""Gets and renews the temporary credentials of a task's role, as Amazon ECS gives them to its containers.

Source: Amazon ECS Developer Guide, "Amazon ECS task IAM role".
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.tasks.role import ResourceInitializationError

SESSION: Final = timedelta(hours=6)
"""Validity of a task's credentials; they are renewed before they expire ("Amazon ECS task IAM role")."""
RENEWED_BEFORE: Final = timedelta(minutes=30)
"""Time before the expiry at which credentials are renewed. SDKs request new credentials 15 minutes before the expiry at
the earliest."""


class UnavailableError(Exception):
    """The emulator does not return credentials now."""


class TaskCredentials:
    """The credentials of a role's session, which are renewed before they expire.

    Args:
        control_plane: The emulator.
        role_arn: The role's ARN.
        session_name: The task's id, which AWS uses as the session's name.
        now: Function that returns the time in UTC.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        role_arn: str,
        session_name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._control_plane = control_plane
        self._role_arn = role_arn
        self._session_name = session_name
        self._now = now
        self._lock = asyncio.Lock()
        self._held: dict[str, str] = {}
        self._renewal = datetime.min.replace(tzinfo=UTC)

    async def current(self) -> dict[str, str]:
        """Return valid credentials, in the form of the credentials endpoint's response.

        Raises:
            UnavailableError: The emulator does not respond, or refuses.
        """
        async with self._lock:
            if self._now() >= self._renewal:
                await self._renew()
            return dict(self._held)

    async def _renew(self) -> None:
        try:
            answer = await self._control_plane.call(
                "sts",
                "assume_role",
                RoleArn=self._role_arn,
                RoleSessionName=self._session_name,
                DurationSeconds=int(SESSION.total_seconds()),
            )
        except (BotoCoreError, ClientError) as error:
            raise UnavailableError(f"{self._role_arn} is not assumed: {error}") from error
        given = answer["Credentials"]
        expiration: datetime = given["Expiration"]
        self._held = {
            "RoleArn": self._role_arn,
            "AccessKeyId": given["AccessKeyId"],
            "SecretAccessKey": given["SecretAccessKey"],
            "Token": given["SessionToken"],
            "Expiration": expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        self._renewal = expiration - RENEWED_BEFORE


async def read_credentials(control_plane: ControlPlane, role_arn: str, task_id: str) -> TaskCredentials:
    """Return a task's credentials, after a check that the role exists.

    Args:
        control_plane: The emulator.
        role_arn: ARN of the task's role.
        task_id: The task's id.

    Raises:
        ResourceInitializationError: There is no such role.
    """
    try:
        await control_plane.call("iam", "get_role", RoleName=role_arn.rpartition("/")[2])
    except ClientError as error:
        cause = error.response.get("Error", {}).get("Message", "")
        raise ResourceInitializationError(f"ECS was unable to assume the role '{role_arn}': {cause}") from error
    return TaskCredentials(control_plane, role_arn, task_id)
