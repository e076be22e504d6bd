"""Capacity of a Fargate service: task sizes, tasks on Spot, and the time that a task has to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

GIB = 1024
"""MiB in a GiB."""

FARGATE_MEMORY_MIB: Mapping[int, Sequence[int]] = MappingProxyType(
    {
        256: (512, 1 * GIB, 2 * GIB),
        512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
        1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
        2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
        4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
        8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
        16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
        32768: (60 * GIB, 120 * GIB, 244 * GIB),
    }
)
"""Memory sizes in MiB that Fargate offers for each number of CPU units (1024 are one vCPU).

Source: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Fargate", Task size."""

MAXIMUM_WEIGHT = 1000
MAXIMUM_BASE = 100_000
"""Bounds of a capacity provider strategy item: Amazon ECS API Reference, "CapacityProviderStrategyItem"."""

MAXIMUM_STOP_TIMEOUT_SECONDS = 120
"""Longest ``stopTimeout`` on Fargate: Amazon ECS Developer Guide, "Container definition: stopTimeout"."""

SPOT_NOTICE_SECONDS = 120
"""Seconds from SIGTERM to the end of a reclaimed Spot task: "Amazon ECS clusters for Fargate", Fargate Spot termination
notices."""

CLOSING_SECONDS = 5
"""Seconds that the container needs to close its database and cache connections and to flush its logs."""

_LONGEST_HEALTH_CHECK_SECONDS = 5

UNHEALTHY_THRESHOLD = 2
"""Failed checks in a row after which the load balancer sends no new requests; the lowest number that it accepts."""


@dataclass(frozen=True, kw_only=True)
class CapacityMix:
    """A capacity provider strategy over the two Fargate capacity providers."""

    spot_weight: int = 4
    """Weight of FARGATE_SPOT relative to ``on_demand_weight``, for the tasks above the bases."""
    spot_base: int = 0
    """Tasks that are placed on FARGATE_SPOT before the weights apply."""
    on_demand_weight: int = 1
    """Weight of FARGATE relative to ``spot_weight``, for the tasks above the bases."""
    on_demand_base: int = 1
    """Tasks that are placed on FARGATE before the weights apply. They keep running when Spot has no capacity."""


@dataclass(frozen=True)
class CapacitySplit:
    """How many tasks run on each capacity provider."""

    spot: int
    on_demand: int

    @property
    def spot_share(self) -> float:
        """Fraction of the tasks that runs on Spot, 0 to 1; 0 when there are no tasks."""
        tasks = self.spot + self.on_demand
        return self.spot / tasks if tasks else 0.0


def split_tasks(tasks: int, mix: CapacityMix) -> CapacitySplit:
    """Compute how Amazon ECS distributes tasks over the two capacity providers.

    The base is filled first; the other tasks follow the weights ("CapacityProviderStrategyItem"). AWS documents the
    ratio, not the rounding: this split is exact at whole multiples of the weights and within one task elsewhere.

    Args:
        tasks: Total number of tasks, 0 or more.
        mix: Bases and weights.

    Returns:
        The split; its two numbers add up to `tasks`.

    Raises:
        ValueError: The number of tasks is negative.
    """
    if tasks < 0:
        raise ValueError(f"tasks={tasks} must be 0 or more")
    spot_base = min(tasks, mix.spot_base)
    on_demand_base = min(tasks - spot_base, mix.on_demand_base)
    weighted = tasks - spot_base - on_demand_base
    weights = mix.spot_weight + mix.on_demand_weight
    spot, remainder = divmod(weighted * mix.spot_weight, weights)
    # A task that the ratio would split goes to the side with the larger fraction; for two halves, to the larger weight.
    fraction_decides = 2 * remainder > weights
    tie_decides = 2 * remainder == weights and mix.spot_weight > mix.on_demand_weight
    spot += 1 if fraction_decides or tie_decides else 0
    return CapacitySplit(spot=spot_base + spot, on_demand=on_demand_base + weighted - spot)


def health_check_timeout_seconds(interval_seconds: int) -> int:
    """Return the timeout of the load balancer's health check, 5 seconds or less.

    Elastic Load Balancing refuses a timeout that is not smaller than the interval ("Health check interval must be
    greater than the timeout", hashicorp/terraform-provider-aws issue 2366, terraform-linters/tflint-ruleset-aws issue
    404), for Network Load Balancers one that is greater ("Health checks for Network Load Balancer target groups").

    Args:
        interval_seconds: Seconds between two checks, 5 or more.
    """
    return min(_LONGEST_HEALTH_CHECK_SECONDS, interval_seconds - 1)


def noticed_after_seconds(interval_seconds: int) -> int:
    """Return after how many seconds at most the load balancer notices by its health checks that a container drains.

    Args:
        interval_seconds: Seconds between two checks.
    """
    return UNHEALTHY_THRESHOLD * interval_seconds + health_check_timeout_seconds(interval_seconds)


def finished_after_seconds(drain_seconds: int, request_seconds: int) -> int:
    """Return how many seconds at most a container takes from SIGTERM until it has exited by itself.

    On SIGTERM the container fails its readiness check at once, goes on answering for ``drain_seconds`` while the load
    balancer notices, finishes the requests in flight, closes its pools and exits before ``stop_timeout_seconds``. A
    reclaimed Spot task has 120 s for all of this, and its target may still be registered meanwhile (containers-roadmap
    issues 470 and 2673), so the container, not the load balancer, must wait.

    Args:
        drain_seconds: Seconds that the container goes on accepting requests.
        request_seconds: Seconds that the longest request takes.
    """
    return drain_seconds + request_seconds + CLOSING_SECONDS


def replaced_after_seconds(deregistration_delay_seconds: int, drain_seconds: int, request_seconds: int) -> int:
    """Return how many seconds at most a task of a normal deployment takes from its deregistration to its exit.

    Here the two waits come one after the other: Amazon ECS takes the target out of the load balancer, waits for the
    deregistration delay, and only then sends SIGTERM. Then the container drains as it would for Spot. A reclaimed Spot
    task gets SIGTERM at once and only has `finished_after_seconds`. So the drain that Spot needs makes a normal
    deployment slower but has no other effect: the task has no requests any more.

    Args:
        deregistration_delay_seconds: Seconds that the load balancer waits before the target counts as unused.
        drain_seconds: Seconds that the container goes on accepting requests after SIGTERM.
        request_seconds: Seconds that the longest request takes.

    Source: Amazon ECS Developer Guide, "Optimize load balancer connection draining parameters for Amazon ECS".
    """
    return deregistration_delay_seconds + finished_after_seconds(drain_seconds, request_seconds)
