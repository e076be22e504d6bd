"""When a target is healthy. Pure: outcomes of checks in, states out.

Sources: Elastic Load Balancing User Guides, "Health checks for Network Load Balancer target groups" and "Health checks
for Application Load Balancer target groups"; API reference, TargetHealth.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class State(StrEnum):
    """States of a target, as DescribeTargetHealth has them."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"


@dataclass(frozen=True)
class Reason:
    """Why a target is in its state, as DescribeTargetHealth tells it."""

    code: str
    description: str


REGISTERING = Reason("Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Reason("Elb.InitialHealthChecking", "Initial health checks in progress")
DEREGISTERING = Reason("Target.DeregistrationInProgress", "Target deregistration is in progress")
TIMED_OUT = Reason("Target.Timeout", "Request timed out")
FAILED = Reason("Target.FailedHealthChecks", "Health checks failed")


def mismatch(status: int) -> Reason:
    """The reason of a check that was answered with another HTTP status than the matcher's."""
    return Reason("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


@dataclass(frozen=True)
class Check:
    """How the targets of a group are checked."""

    protocol: str
    """``TCP``, ``HTTP`` or ``HTTPS``."""
    path: str
    port: int | None
    """None for the target's own."""
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    """Checks in a row that make an unhealthy target healthy."""
    unhealthy_threshold: int
    """Checks in a row that make a target unhealthy."""
    initial_threshold: int
    """Checks in a row that make a new target healthy: one behind an Application Load Balancer."""
    matcher: tuple[tuple[int, int], ...] = ((200, 200),)
    """Ranges of HTTP statuses that pass, both ends included."""

    def passes(self, status: int) -> bool:
        """Whether an HTTP status passes."""
        return any(first <= status <= last for first, last in self.matcher)


@dataclass(frozen=True)
class Health:
    """What is known of a registered target."""

    state: State = State.INITIAL
    reason: Reason | None = REGISTERING
    successes: int = 0
    """In a row."""
    failures: int = 0
    """In a row."""


def after(health: Health, failure: Reason | None, check: Check) -> Health:
    """The health after a check.

    Args:
        health: Before it.
        failure: Why it failed; None when it passed.
        check: How it is checked.
    """
    if failure is None:
        counted = replace(health, successes=health.successes + 1, failures=0)
        threshold = check.initial_threshold if health.state is State.INITIAL else check.healthy_threshold
        if health.state is not State.HEALTHY and counted.successes >= threshold:
            return replace(counted, state=State.HEALTHY, reason=None)
    else:
        counted = replace(health, failures=health.failures + 1, successes=0)
        if counted.failures >= check.unhealthy_threshold or health.state is State.UNHEALTHY:
            return replace(counted, state=State.UNHEALTHY, reason=failure)
    return replace(counted, reason=CHECKING) if counted.state is State.INITIAL else counted


def routable(healths: Mapping[Key, Health]) -> frozenset[Key]:
    """The targets that get connections: the healthy ones; all, when every registered target is unhealthy."""
    healthy = frozenset(key for key, health in healths.items() if health.state is State.HEALTHY)
    if not healthy and all(health.state is State.UNHEALTHY for health in healths.values()):
        return frozenset(healths)
    return healthy


def matcher_of(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges from a matcher such as ``200,301-399``.

    Raises:
        ValueError: It is none.
    """
    ranges: list[tuple[int, int]] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        ranges.append((int(first), int(last or first)))
    return tuple(ranges)
