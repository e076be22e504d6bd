"""Access tokens, and the permissions of the user who sends one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import jwt

from service.api.problems import forbidden, unauthorized

ACCESS_SECONDS: Final = 900
"""Seconds for which an access token is valid; the document's example of `expiresInSeconds`."""
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "reference-service"
_VERSIONS: Final = range(2**31)
"""Possible values of the column ``users.token_version``."""
_REQUIRED: Final = ("exp", "iat", "iss", "sid", "sub", "ver")


class Role(StrEnum):
    """The roles of users in the API document."""

    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SCHOLAR = "scholar"
    COMPANY_ADMIN = "company-admin"
    COMPANY_MEMBER = "company-member"


STAFF: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.SCHOLAR})
"""Roles of people who work for the certifying body; they see every company."""


@dataclass(frozen=True)
class Claims:
    """The claims of an access token."""

    user_id: UUID
    session_id: UUID
    version: int


@dataclass(frozen=True)
class Caller:
    """A signed-in user, with the roles and companies that the database has now."""

    user_id: UUID
    session_id: UUID
    roles: frozenset[str]
    companies: dict[UUID, bool]
    """The companies of which the user is a member; the value is whether the user is an administrator there."""

    @property
    def is_staff(self) -> bool:
        """Whether the user works for the certifying body."""
        return bool(self.roles & STAFF)

    def has(self, *roles: Role) -> bool:
        """Return whether the user has at least one of the roles."""
        return bool(self.roles & set(roles))

    def sees(self, company_id: UUID | None) -> bool:
        """Return whether the user may see a company and everything that belongs to it."""
        return self.is_staff or company_id in self.companies

    def administers(self, company_id: UUID) -> bool:
        """Return whether the user may change a company itself, its members and its facilities."""
        return self.has(Role.ADMINISTRATOR) or self.companies.get(company_id, False)

    @property
    def visible_companies(self) -> list[UUID] | None:
        """Ids of the companies that the user sees; None for all."""
        return None if self.is_staff else sorted(self.companies)


def access_token(claims: Claims, secret: str) -> str:
    """Sign an access token.

    Args:
        claims: The claims of the token.
        secret: JWT_SECRET.
    """
    now = datetime.now(UTC)
    return jwt.encode(
        {
            "iss": _ISSUER,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "ver": claims.version,
            "iat": now,
            "exp": now + timedelta(seconds=ACCESS_SECONDS),
        },
        secret,
        _ALGORITHM,
    )


def read_token(header: str | None, secret: str) -> Claims:
    """Read the access token of an Authorization header.

    Raises:
        Problem: 401, if there is no token, or the service did not sign it, or it has expired.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("There is no access token.")
    try:
        values: dict[str, Any] = jwt.decode(
            token.strip(), secret, [_ALGORITHM], issuer=_ISSUER, options={"require": list(_REQUIRED)}
        )
        version = int(values["ver"])
        if version not in _VERSIONS:
            raise unauthorized("The access token does not count.")
        return Claims(UUID(values["sub"]), UUID(values["sid"]), version)
    except jwt.ExpiredSignatureError as error:
        raise unauthorized("The access token has ended.") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise unauthorized("The access token does not count.") from error


async def load_caller(connection: Any, claims: Claims) -> Caller:
    """Read the user of a token from the database, so that roles and memberships that were taken away end at once.

    Raises:
        Problem: 401, if the user is deleted, inactive or signed out everywhere.
    """
    row = await connection.fetchrow(
        """SELECT u.roles, array_agg(m.company_id) FILTER (WHERE c.id IS NOT NULL) AS companies,
                  array_agg(m.administrator) FILTER (WHERE c.id IS NOT NULL) AS administrators
           FROM users u
           LEFT JOIN memberships m ON m.user_id = u.id
           LEFT JOIN companies c ON c.id = m.company_id AND c.deleted_at IS NULL
           WHERE u.id = $1 AND u.token_version = $2 AND u.status = 'active' AND u.deleted_at IS NULL
           GROUP BY u.id""",
        claims.user_id,
        claims.version,
    )
    if row is None:
        raise unauthorized("The access token does not count any more.")
    companies = dict(zip(row["companies"] or [], row["administrators"] or [], strict=True))
    return Caller(claims.user_id, claims.session_id, frozenset(row["roles"]), companies)


def need(caller: Caller, *roles: Role) -> None:
    """Refuse a caller who has none of the roles.

    Raises:
        Problem: 403.
    """
    if not caller.has(*roles):
        raise forbidden(f"This needs one of the roles {', '.join(roles)}.")


def need_member(caller: Caller, company_id: UUID | None, detail: str = "Only members of the company do that.") -> None:
    """Refuse a caller who is not a member of a company.

    Raises:
        Problem: 403.
    """
    if company_id not in caller.companies:
        raise forbidden(detail)
