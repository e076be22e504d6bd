"""Looks up the holders of access keys that sign requests to Amazon S3."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.s3.errors import StorageError, unknown_key

CALLERS_KEPT = 256
"""Maximum number of cached callers. They are cached in memory only, and without expiry, because the data of an access
key never changes."""


@dataclass(frozen=True)
class RoleSession:
    """A session of a role, with temporary credentials."""

    role_arn: str
    arn: str
    """ARN of the session, such as ``arn:aws:sts::123456789012:assumed-role/task/1234``."""
    token: str
    expiration: datetime

    @property
    def account(self) -> str:
        """The account id."""
        return self.arn.split(":")[4]


@dataclass(frozen=True)
class Caller:
    """The holder of an access key."""

    secret: str
    session: RoleSession | None = None
    """The role's session; None for an IAM user and for the developer, who both count as the account's root."""


class Callers:
    """Reads callers from the emulator, and caches them.

    Args:
        control_plane: The emulator.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self._known: dict[str, Caller] = {}

    async def get(self, access_key: str) -> Caller | None:
        """Return the holder of an access key; None if the emulator does not know the key.

        Raises:
            httpx.HTTPError: The emulator does not respond.
        """
        known = self._known.get(access_key)
        if known is not None:
            return known
        answer = await self._control_plane.report("access-key", {"accessKeyId": access_key}, changes=False)
        if "secretAccessKey" not in answer:
            return None
        caller = Caller(answer["secretAccessKey"], _session(answer))
        if len(self._known) >= CALLERS_KEPT:
            self._known.clear()
        self._known[access_key] = caller
        return caller


def _session(answer: dict[str, str]) -> RoleSession | None:
    if "roleArn" not in answer:
        return None
    expiration = datetime.fromisoformat(answer["expiration"])
    return RoleSession(answer["roleArn"], answer["sessionArn"], answer["sessionToken"], expiration)


def check_session(session: RoleSession, token: str | None, now: datetime) -> None:
    """Check the session token of a request that is signed with temporary credentials.

    Args:
        session: Session that the credentials belong to.
        token: The session token in the request; None for none.
        now: The time in UTC.

    Raises:
        StorageError: The token is missing, wrong or expired (Amazon S3 API Reference, "Error responses").
    """
    if token is None:
        raise unknown_key()
    if not hmac.compare_digest(token.encode(), session.token.encode()):
        raise StorageError(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    if now >= session.expiration:
        raise StorageError(400, "ExpiredToken", "The provided token has expired.")
