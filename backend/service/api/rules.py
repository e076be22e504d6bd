"""What is said of a kind of entry: who sees and writes it, what is checked, which states follow on which."""

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
    """Who sees an entry."""

    COMPANY = "the company's members, and staff"
    EVERYBODY = "every signed-in user"
    OWNER = "its owner"


class Writers(StrEnum):
    """Who changes an entry."""

    MEMBERS = "the company's members"
    COMPANY_ADMINISTRATORS = "the company's administrators"
    AUDITORS = "auditors and administrators"
    REVIEWERS = "auditors and scholars"
    OWNER = "its owner, and staff"
    MEMBERS_AND_AUDITORS = "the company's members, auditors and administrators"


@dataclass
class Draft:
    """An entry that is about to be made."""

    body: dict[str, Any]
    company_id: UUID | None = None
    parent_id: UUID | None = None
    at: datetime | None = None


Check = Callable[[Call, Draft], Awaitable[None]]
Refine = Callable[[Call, list[dict[str, Any]]], Awaitable[None]]


@dataclass(frozen=True)
class Transition:
    """A change of state by an operation of its own, such as `POST /audits/{auditId}/start`."""

    operation_id: str
    before: frozenset[str] | None
    """States from which it is possible; None for all."""
    after: str | None
    """The new state; None takes that of the body."""
    writers: Writers
    stamp: str | None = None
    """Property that gets the time."""
    check: Callable[[Call, Mapping[str, Any]], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Resource:
    """A kind of entry."""

    what: str
    table: str
    schema: str
    id_parameter: str
    scope: Scope
    writers: Writers
    operations: Sequence[str] = ()
    """Operation ids: list, create, get, change, replace, delete; which is which, method and path tell."""
    first_status: str | None = None
    parent: str | None = None
    """Path parameter whose entry these belong to."""
    check: Check | None = None
    """Looked at before an entry is made by one of its writers; may fill in the draft."""
    check_change: Callable[[Call, Mapping[str, Any]], Awaitable[None]] | None = None
    in_use: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sentence -> condition on ``$1``, the entry's id, under which deleting is refused."""
    transitions: Sequence[Transition] = ()
    refine: Refine | None = None
    """Adds to what is shown."""


def may_write(caller: Caller, writers: Writers, company_id: UUID | None, owner_id: UUID | None) -> bool:
    """Whether a caller is one of those who write an entry of a company and an owner."""
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
    """Read a time of RFC 3339; None for one that the calendar here lacks, such as in the year 0."""
    try:
        made = datetime.fromisoformat(text) if text else None
        return made.astimezone(UTC) if made else None
    except (ValueError, OverflowError):
        return None


def wrong(call: Call, name: str, message: str) -> Problem:
    """Something well-formed cannot be; told by the status that the operation has for it."""
    return Problem(call.operation.status(422, 409, 400), "Something in the request cannot be.", [(name, message)])
