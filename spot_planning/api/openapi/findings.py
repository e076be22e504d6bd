"""Findings of the import planner in a document: refusals, warnings and rewrites, each with its location."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the document's root to a value: ``("paths", "/x/{id}", "get", "parameters", 0)``."""


def place(location: Location) -> str:
    """Format a location for people.

    Args:
        location: Keys and list indices from the root.

    Returns:
        ``paths./x/{id}.get.parameters[0]``; ``document`` for the root itself.
    """
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "document"


class Severity(StrEnum):
    """Severity of a finding."""

    REFUSAL = "refusal"
    """The document cannot become an API of API Gateway without changes; nothing is built."""
    WARNING = "warning"
    """The import works, but a quota is near, or the API behaves differently from the document."""
    REWRITE = "rewrite"
    """API Gateway does not support this part, so it is rewritten, or left to the backend."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the planner."""

    severity: Severity
    code: str
    """A stable word for the kind of finding, such as ``recursive-schema``; docs/openapi.md explains each."""
    location: str
    """Location in the document, such as ``paths./x/{id}.get.parameters[0]``."""
    message: str
    """One sentence."""


_LONGEST: Final = 200
"""Longest message, characters. Messages of a library may quote a whole value."""


def finding(severity: Severity, code: str, location: Location, message: str) -> Finding:
    """Make a finding from a message that may have several lines or be very long.

    Args:
        severity: The severity.
        code: The kind of finding.
        location: The location in the document.
        message: The message.
    """
    text = " ".join(message.split())
    return Finding(severity, code, place(location), text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


class OpenApiError(ValueError):
    """A document that cannot be read, or cannot become an API Gateway API.

    Attributes:
        message: The problem.
        location: A location in the document, or ``line 3, column 7`` of its text.
        findings: All findings up to the error, including refusals; empty for text that cannot be read.
    """

    def __init__(self, message: str, location: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(f"{location}: {message}")
        self.message = message
        self.location = location
        self.findings = tuple(findings)


class Report:
    """Collects findings while a plan is made."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def rewrite(self, code: str, location: Location, message: str) -> None:
        """Add a rewrite: a part that is rewritten, or left to the backend."""
        self._findings.append(Finding(Severity.REWRITE, code, place(location), message))

    def warn(self, code: str, location: Location, message: str) -> None:
        """Add a warning."""
        self._findings.append(Finding(Severity.WARNING, code, place(location), message))

    def refuse(self, code: str, location: Location, message: str) -> None:
        """Add a refusal. Planning continues, so that all refusals are reported together."""
        self._findings.append(Finding(Severity.REFUSAL, code, place(location), message))

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings, except those at, inside or around a location that is already refused."""
        refused = [finding.location for finding in self._findings if finding.severity is Severity.REFUSAL]
        self._findings += [
            finding for finding in findings if not any(_overlap(finding.location, each) for each in refused)
        ]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings so far. Their order depends only on the document's content, not on the order of its keys."""
        return tuple(self._findings)

    def raise_refusals(self) -> None:
        """Raise an error if there is a refusal.

        Raises:
            OpenApiError: There is a refusal. The error has the message and location of the first one.
        """
        refusals = [finding for finding in self._findings if finding.severity is Severity.REFUSAL]
        if refusals:
            first = refusals[0]
            more = f" (and {len(refusals) - 1} more refusals)" if len(refusals) > 1 else ""
            raise OpenApiError(first.message + more, first.location, self._findings)


def _overlap(first: str, second: str) -> bool:
    """Check whether two locations are equal or one is inside the other."""
    short, long = sorted((first, second), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in {"", ".", "["}
