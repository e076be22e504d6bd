"""Who calls: access tokens, and what their bearer may reach."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import jwt

from service.api.problems import forbidden, unauthorized

ACCESS_SECONDS: Final = 900
"""How long an access token counts; the document's example of `expiresInSeconds`."""
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "reference-service"
_VERSIONS: Final = range(2**31)
"""Numbers that the column ``users.token_version`` may have."""
_REQUIRED: Final = ("exp", "iat", "iss", "sid", "sub", "ver")


class Role(StrEnum):
    """Roles of the document."""

    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SCHOLAR = "scholar"
    COMPANY_ADMIN = "company-admin"
    COMPANY_MEMBER = "company-member"


STAFF: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.SCHOLAR})
"""Who works for the certifying body, and sees every company."""


@dataclass(frozen=True)
class Claims:
    """What an access token says."""

    user_id: UUID
    session_id: UUID
    version: int


@dataclass(frozen=True)
class Caller:
    """A signed-in user, as the database knows them now."""

    user_id: UUID
    session_id: UUID
    roles: frozenset[str]
    companies: dict[UUID, bool]
    """Companies of which the user is a member, and whether as an administrator."""

    @property
    def is_staff(self) -> bool:
        """Whether the user works for the certifying body."""
        return bool(self.roles & STAFF)

    def has(self, *roles: Role) -> bool:
        """Whether the user has one of some roles."""
        return bool(self.roles & set(roles))

    def sees(self, company_id: UUID | None) -> bool:
        """Whether the user sees what belongs to a company."""
        return self.is_staff or company_id in self.companies

    def administers(self, company_id: UUID) -> bool:
        """Whether the user may change a company itself, its members and its facilities."""
        return self.has(Role.ADMINISTRATOR) or self.companies.get(company_id, False)

    @property
    def visible_companies(self) -> list[UUID] | None:
        """Ids of the companies that the user sees; None for all."""
        return None if self.is_staff else sorted(self.companies)


def access_token(claims: Claims, secret: str) -> str:
    """Sign an access token.

    Args:
        claims: What it says.
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
        Problem: 401, when there is none, or it is not one of ours, or it has ended.
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
    """Read what the database knows of a token's bearer, so that what was taken away is gone at once.

    Raises:
        Problem: 401, when the user is gone, inactive or signed out everywhere.
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
    """Refuse a caller who has none of some roles.

    Raises:
        Problem: 403.
    """
    if not caller.has(*roles):
        raise forbidden(f"This needs one of the roles {', '.join(roles)}.")


def need_member(caller: Caller, company_id: UUID | None, detail: str = "Only members of the company do that.") -> None:
    """Refuse a caller who is no member of a company.

    Raises:
        Problem: 403.
    """
    if company_id not in caller.companies:
        raise forbidden(detail)
