"""The classes that describe a resource: who sees and writes it, its checks, and which state may follow which."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.api.call import Call
from service.api.identity import Caller, Role
from service.api.problems import Problem


class Scope(StrEnum):
    """The users who can see an entry."""

    COMPANY = "the company's members, and staff"
    EVERYBODY = "every signed-in user"
    OWNER = "its owner"


class Writers(StrEnum):
    """The users who can change an entry."""

    MEMBERS = "the company's members"
    COMPANY_ADMINISTRATORS = "the company's administrators"
    AUDITORS = "auditors and administrators"
    REVIEWERS = "auditors and scholars"
    OWNER = "its owner, and staff"
    MEMBERS_AND_AUDITORS = "the company's members, auditors and administrators"


@dataclass
class Draft:
    """An entry that is about to be created."""

    body: dict[str, Any]
    company_id: UUID | None = None
    parent_id: UUID | None = None
    at: datetime | None = None


Check = Callable[[Call, Draft], Awaitable[None]]
Refine = Callable[[Call, list[dict[str, Any]]], Awaitable[None]]


@dataclass(frozen=True)
class Transition:
    """A change of state that has its own operation, such as `POST /audits/{auditId}/start`."""

    operation_id: str
    before: frozenset[str] | None
    """States in which the change is possible; None for all states."""
    after: str | None
    """The new state; None for the state in the request's body."""
    writers: Writers
    stamp: str | None = None
    """Property that is set to the time of the change; None for no such property."""
    check: Callable[[Call, Mapping[str, Any]], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Resource:
    """A kind of entry in a plain table."""

    what: str
    table: str
    schema: str
    id_parameter: str
    scope: Scope
    writers: Writers
    operations: Sequence[str] = ()
    """Ids of the operations that list, create, get, change, replace and delete; told apart by method and path."""
    first_status: str | None = None
    parent: str | None = None
    """Path parameter with the id of the parent entry; None if there is no parent."""
    check: Check | None = None
    """Called before a new entry is inserted; may refuse it or complete the draft."""
    check_change: Callable[[Call, Mapping[str, Any]], Awaitable[None]] | None = None
    in_use: Mapping[str, str] = field(default_factory=dict[str, str])
    """Message -> query with the entry's id as ``$1``; a delete is refused with it if the query finds a row."""
    transitions: Sequence[Transition] = ()
    refine: Refine | None = None
    """Called with the converted entries before they are returned; may add properties."""


def may_write(caller: Caller, writers: Writers, company_id: UUID | None, owner_id: UUID | None) -> bool:
    """Return whether a caller may write an entry with the given company and owner."""
    is_member = company_id in caller.companies
    is_auditor = caller.has(Role.AUDITOR, Role.ADMINISTRATOR)
    match writers:
        case Writers.MEMBERS:
            return is_member
        case Writers.COMPANY_ADMINISTRATORS:
            return company_id is not None and caller.administers(company_id)
        case Writers.AUDITORS:
            return is_auditor
        case Writers.REVIEWERS:
            return caller.has(Role.AUDITOR, Role.SCHOLAR)
        case Writers.OWNER:
            return owner_id == caller.user_id or caller.is_staff
        case Writers.MEMBERS_AND_AUDITORS:
            return is_member or is_auditor


def moment(text: str | None) -> datetime | None:
    """Read a time of RFC 3339; None for a time that Python does not support, such as one in the year 0."""
    try:
        made = datetime.fromisoformat(text) if text else None
        return made.astimezone(UTC) if made else None
    except (ValueError, OverflowError):
        return None


def wrong(call: Call, name: str, message: str) -> Problem:
    """Return the problem of a well-formed but impossible value, with the status that the operation declares for it."""
    return Problem(call.operation.status(422, 409, 400), "Something in the request cannot be.", [(name, message)])
