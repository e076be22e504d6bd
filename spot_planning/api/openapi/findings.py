"""What the import planner finds in a document: refusals, warnings and rewrites, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""The way from the document's root to a value: ``("paths", "/x/{id}", "get", "parameters", 0)``."""


def place(location: Location) -> str:
    """Write a location as people read it.

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
    """How much a finding matters."""

    REFUSAL = "refusal"
    """The document cannot become an API of API Gateway as it is; nothing is built."""
    WARNING = "warning"
    """It works, but somebody should know: a quota is near, or something behaves unlike the document says."""
    REWRITE = "rewrite"
    """Written in another way, or left to the backend, because API Gateway does not support it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the planner found."""

    severity: Severity
    code: str
    """A stable word for the kind of finding, such as ``recursive-schema``; docs/openapi.md explains each."""
    location: str
    """Where in the document, such as ``paths./x/{id}.get.parameters[0]``."""
    message: str
    """One sentence."""


_LONGEST: Final = 200
"""Characters of one message; a library may quote the whole value that is wrong."""


def finding(severity: Severity, code: str, location: Location, message: str) -> Finding:
    """Make a finding of a message that may have several lines, or be very long.

    Args:
        severity: How much it matters.
        code: The kind of finding.
        location: Its place.
        message: What is wrong.
    """
    text = " ".join(message.split())
    return Finding(severity, code, place(location), text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


class OpenApiError(ValueError):
    """A document that cannot be read, or cannot become an API Gateway API.

    Attributes:
        message: What is wrong.
        location: Where: a place in the document, or ``line 3, column 7`` of its text.
        findings: Everything found before giving up, refusals included; empty for text that cannot be read.
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
        """Note something that is written in another way, or left to the backend."""
        self._findings.append(Finding(Severity.REWRITE, code, place(location), message))

    def warn(self, code: str, location: Location, message: str) -> None:
        """Note something that works but should be known."""
        self._findings.append(Finding(Severity.WARNING, code, place(location), message))

    def refuse(self, code: str, location: Location, message: str) -> None:
        """Note something that cannot be kept. Planning goes on, so that all refusals are reported at once."""
        self._findings.append(Finding(Severity.REFUSAL, code, place(location), message))

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings from elsewhere, except where something is refused already, there or around it or inside it."""
        refused = [finding.location for finding in self._findings if finding.severity is Severity.REFUSAL]
        self._findings += [
            finding for finding in findings if not any(_overlap(finding.location, each) for each in refused)
        ]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything so far, in the order found, which depends on the document's meaning only."""
        return tuple(self._findings)

    def raise_refusals(self) -> None:
        """Raise an error when something was refused.

        Raises:
            OpenApiError: With the first refusal as its message and location.
        """
        refusals = [finding for finding in self._findings if finding.severity is Severity.REFUSAL]
        if refusals:
            first = refusals[0]
            more = f" (and {len(refusals) - 1} more refusals)" if len(refusals) > 1 else ""
            raise OpenApiError(first.message + more, first.location, self._findings)


def _overlap(first: str, second: str) -> bool:
    """Whether one place is the other, or in it."""
    short, long = sorted((first, second), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in {"", ".", "["}
