"""Counts the results of a drill's requests. Plain data: this module uses no clock and no connection."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20
"""Largest number of lost requests that the JSON file lists one by one."""


@dataclass(frozen=True)
class Lost:
    """A request that got no answer, or a wrong one.

    Attributes:
        at: Time at which it was sent, in seconds of the load's clock.
        what: The request, such as ``GET /health``.
        why: What happened instead of the right answer, such as ``answered 503``.
    """

    at: float
    what: str
    why: str


@dataclass
class Tally:
    """The results of all requests.

    Attributes:
        sent: Number of requests that were sent.
        held_back: Number of requests that were due but not sent, because too many others waited for an answer.
        lost: Requests without the right answer.
        seconds: Request -> the seconds that each right answer took.
        written: Ids of the rows whose write was acknowledged.
        releases: Digest of a release's image -> number of answers of `/health` that contained it.
    """

    sent: int = 0
    held_back: int = 0
    lost: list[Lost] = field(default_factory=list[Lost])
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    written: set[str] = field(default_factory=set[str])
    releases: Counter[str] = field(default_factory=Counter[str])

    def lost_within(self, began: float, ended: float) -> list[Lost]:
        """Return the lost requests that were sent between two times."""
        return [each for each in self.lost if began <= each.at < ended]

    def reasons(self) -> dict[str, int]:
        """Return the number of lost requests by reason, the most frequent first."""
        return dict(Counter(each.why for each in self.lost).most_common())

    def lines(self) -> list[str]:
        """Return the tally as lines of text."""
        why = f" {self.reasons()}" if self.lost else ""
        return [
            f"requests: {self.sent}, lost {len(self.lost)}{why}, held back {self.held_back}",
            f"acknowledged writes: {len(self.written)}",
            *(f"milliseconds of {what}: {milliseconds(values)}" for what, values in sorted(self.seconds.items())),
        ]

    def described(self) -> dict[str, Any]:
        """Return the tally as data for a JSON file."""
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
    """Return the median, the 99th percentile and the longest of one or more times, in milliseconds."""
    shares = (("p50", 0.5), ("p99", 0.99), ("longest", 1.0))
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in shares}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of the values does not exceed (nearest rank).

    Args:
        values: One value or more, in any order.
        share: Share of the values, above 0 and up to 1, such as 0.99.

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
    """Return what is wrong with an answer; None when it is right.

    Args:
        status: Its status code.
        expected: The status code of the right answer.
        problem: What is wrong with its body; empty when the body is right.
    """
    if status != expected:
        return f"answered {status} instead of {expected}"
    return f"wrong answer: {problem}" if problem else None
