"""What became of the requests of a drill, counted. Pure: no clock and no connection here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20
"""Lost requests that are told one by one."""


@dataclass(frozen=True)
class Lost:
    """A request that got no answer, or a wrong one.

    Attributes:
        at: When it was sent, in seconds of the load's clock.
        what: The request, such as ``GET /health``.
        why: What came instead of the right answer, such as ``answered 503``.
    """

    at: float
    what: str
    why: str


@dataclass
class Tally:
    """What became of the requests.

    Attributes:
        sent: How many were sent.
        held_back: How many were due and not sent, because too many waited for an answer.
        lost: Those without the right answer.
        seconds: What each right answer took, by request.
        written: Ids of the rows whose writing was acknowledged.
        releases: Digest of a release's image -> answers of `/health` that named it.
    """

    sent: int = 0
    held_back: int = 0
    lost: list[Lost] = field(default_factory=list[Lost])
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    written: set[str] = field(default_factory=set[str])
    releases: Counter[str] = field(default_factory=Counter[str])

    def lost_within(self, began: float, ended: float) -> list[Lost]:
        """The lost requests that were sent within a time."""
        return [each for each in self.lost if began <= each.at < ended]

    def reasons(self) -> dict[str, int]:
        """How often requests were lost for each reason, the most frequent first."""
        return dict(Counter(each.why for each in self.lost).most_common())

    def lines(self) -> list[str]:
        """The tally for people, a line each."""
        why = f" {self.reasons()}" if self.lost else ""
        return [
            f"requests: {self.sent}, lost {len(self.lost)}{why}, held back {self.held_back}",
            f"acknowledged writes: {len(self.written)}",
            *(f"milliseconds of {what}: {milliseconds(values)}" for what, values in sorted(self.seconds.items())),
        ]

    def described(self) -> dict[str, Any]:
        """The tally for a JSON file."""
        return {
            "sent": self.sent,
            "held_back": self.held_back,
            "lost": len(self.lost),
            "reasons": self.reasons(),
            "lost_requests": [vars(each) for each in self.lost[:SHOWN]],
            "acknowledged_writes": len(self.written),
            "milliseconds": {what: milliseconds(values) for what, values in sorted(self.seconds.items())},
        }


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """The median, the 99th percentile and the longest of at least one time."""
    shares = (("p50", 0.5), ("p99", 0.99), ("longest", 1.0))
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in shares}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that a share of the values does not exceed (nearest rank).

    Args:
        values: At least one, in any order.
        share: Above 0 and up to 1, such as 0.99.

    Raises:
        ValueError: There is no value, or the share is out of its range.
    """
    if not values:
        raise ValueError("a percentile needs at least one value")
    if not 0 < share <= 1:
        raise ValueError(f"share={share} must be above 0 and at most 1")
    rank = -int(-len(values) * share // 1)
    return sorted(values)[max(rank, 1) - 1]


def fault_of(status: int, expected: int, problem: str = "") -> str | None:
    """Say what is wrong with an answer; None when it is right.

    Args:
        status: Its status code.
        expected: The status code of the right answer.
        problem: What is wrong with its body; empty when that is right.
    """
    if status != expected:
        return f"answered {status} instead of {expected}"
    return f"wrong answer: {problem}" if problem else None
