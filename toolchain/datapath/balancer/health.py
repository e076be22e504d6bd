"""Decides from the results of health checks whether a target is healthy. It has no side effects.

Sources: Elastic Load Balancing User Guides, "Health checks for Network Load Balancer target groups" and "Health checks
for Application Load Balancer target groups"; API reference, TargetHealth.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class State(StrEnum):
    """States of a target in DescribeTargetHealth."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"


@dataclass(frozen=True)
class Reason:
    """The reason of a target's state, as in DescribeTargetHealth."""

    code: str
    description: str


REGISTERING = Reason("Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Reason("Elb.InitialHealthChecking", "Initial health checks in progress")
DEREGISTERING = Reason("Target.DeregistrationInProgress", "Target deregistration is in progress")
TIMED_OUT = Reason("Target.Timeout", "Request timed out")
FAILED = Reason("Target.FailedHealthChecks", "Health checks failed")


def mismatch(status: int) -> Reason:
    """Return the reason of a check whose response had an HTTP status that the matcher does not allow."""
    return Reason("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


@dataclass(frozen=True)
class Check:
    """The health check settings of a target group."""

    protocol: str
    """``TCP``, ``HTTP`` or ``HTTPS``."""
    path: str
    port: int | None
    """Port to check; None for the target's own port."""
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    """Number of successes in a row that make an unhealthy target healthy."""
    unhealthy_threshold: int
    """Number of failures in a row that make a target unhealthy."""
    initial_threshold: int
    """Number of successes in a row that make a new target healthy: 1 behind an Application Load Balancer."""
    matcher: tuple[tuple[int, int], ...] = ((200, 200),)
    """Ranges of HTTP statuses that pass, both ends included."""
    sends_proxy_protocol: bool = False
    """Whether its connection begins with a header of proxy protocol version 2; not with HTTPS."""

    def passes(self, status: int) -> bool:
        """Check whether the matcher allows an HTTP status."""
        return any(first <= status <= last for first, last in self.matcher)


@dataclass(frozen=True)
class Health:
    """The health of a registered target."""

    state: State = State.INITIAL
    reason: Reason | None = REGISTERING
    successes: int = 0
    """Number of successful checks in a row."""
    failures: int = 0
    """Number of failed checks in a row."""


def after(health: Health, failure: Reason | None, check: Check) -> Health:
    """Return a target's health after a check.

    Args:
        health: The health before the check.
        failure: Reason of the check's failure; None if it passed.
        check: Settings of the health check.
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
    """Return the targets that get connections: the healthy targets, or all if every registered target is unhealthy."""
    healthy = frozenset(key for key, health in healths.items() if health.state is State.HEALTHY)
    if not healthy and all(health.state is State.UNHEALTHY for health in healths.values()):
        return frozenset(healths)
    return healthy


def matcher_of(text: str) -> tuple[tuple[int, int], ...]:
    """Parse a matcher such as ``200,301-399`` into ranges of HTTP statuses.

    Raises:
        ValueError: The text is not a matcher.
    """
    ranges: list[tuple[int, int]] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        ranges.append((int(first), int(last or first)))
    return tuple(ranges)
