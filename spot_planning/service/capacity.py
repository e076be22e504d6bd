"""How much a Fargate service gets: task sizes, tasks on Spot, and the time a task has to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
"""Memory sizes in MiB that Fargate takes for each number of CPU units (1024 are one vCPU).

Source: Amazon ECS Developer Guide, "Amazon ECS task definition parameters for Fargate", Task size."""

MAXIMUM_WEIGHT = 1000
MAXIMUM_BASE = 100_000
"""Bounds of a capacity provider strategy item: Amazon ECS API Reference, "CapacityProviderStrategyItem"."""

MAXIMUM_STOP_TIMEOUT_SECONDS = 120
"""Longest ``stopTimeout`` on Fargate: Amazon ECS Developer Guide, "Container definition: stopTimeout"."""

SPOT_NOTICE_SECONDS = 120
"""From SIGTERM to the end of a reclaimed Spot task: "Amazon ECS clusters for Fargate", Fargate Spot
termination notices."""

API_REQUEST_SECONDS = 29
"""The longest request API Gateway lets live by default: "Quotas for configuring and running a REST API"."""

CLOSING_SECONDS = 5
"""What the container keeps for closing its database and cache connections and flushing its logs."""

_SIZES_SPELLED_OUT = 4


def check_task_size(cpu: int, memory: int) -> None:
    """Refuse a pair of CPU units and memory that Fargate does not sell.

    Args:
        cpu: CPU units of the task; 1024 are one vCPU.
        memory: Memory of the task, MiB.

    Raises:
        ValueError: ``cpu=512 allows memory 1024, 2048, 3072 or 4096 MiB, not 8192``.
    """
    sizes = FARGATE_MEMORY_MIB.get(cpu)
    if sizes is None:
        raise ValueError(f"cpu={cpu} is not a Fargate size; allowed are {_either(FARGATE_MEMORY_MIB)}")
    if memory not in sizes:
        raise ValueError(f"cpu={cpu} allows memory {_sizes(sizes)} MiB, not {memory}")


@dataclass(frozen=True, kw_only=True)
class CapacityMix:
    """A capacity provider strategy over the two Fargate capacity providers.

    Raises:
        ValueError: When Amazon ECS would refuse the strategy.
    """

    spot_weight: int = 4
    """Share of the tasks above the bases that runs on FARGATE_SPOT, against ``on_demand_weight``."""
    spot_base: int = 0
    """Tasks placed on FARGATE_SPOT before any weight counts."""
    on_demand_weight: int = 1
    """Share of the tasks above the bases that runs on FARGATE, against ``spot_weight``."""
    on_demand_base: int = 1
    """Tasks placed on FARGATE before any weight counts: what survives when Spot has no capacity."""

    def __post_init__(self) -> None:
        for key, limit in (
            ("spot_weight", MAXIMUM_WEIGHT),
            ("on_demand_weight", MAXIMUM_WEIGHT),
            ("spot_base", MAXIMUM_BASE),
            ("on_demand_base", MAXIMUM_BASE),
        ):
            value: int = getattr(self, key)
            if not 0 <= value <= limit:
                raise ValueError(f"{key}={value} must be 0 to {limit}")
        if self.spot_base and self.on_demand_base:
            raise ValueError(
                f"spot_base={self.spot_base} and on_demand_base={self.on_demand_base}: "
                "Amazon ECS allows a base on one capacity provider only; set one of them to 0"
            )
        if not self.spot_weight and not self.on_demand_weight:
            raise ValueError("spot_weight=0 and on_demand_weight=0: Amazon ECS needs a weight above 0 on one of them")
        for provider, base, weight in (
            ("spot", self.spot_base, self.spot_weight),
            ("on_demand", self.on_demand_base, self.on_demand_weight),
        ):
            if base and not weight:
                raise ValueError(
                    f"{provider}_base={base} needs {provider}_weight of 1 or more, not 0: "
                    "Amazon ECS places no task on a capacity provider of weight 0"
                )

    @property
    def uses_spot(self) -> bool:
        """Whether FARGATE_SPOT is part of the strategy."""
        return self.spot_weight > 0

    @property
    def uses_on_demand(self) -> bool:
        """Whether FARGATE is part of the strategy."""
        return self.on_demand_weight > 0


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
    """How Amazon ECS spreads a number of tasks over the two capacity providers.

    The base is filled first, the rest follows the weights ("CapacityProviderStrategyItem"). AWS documents the
    ratio, not the rounding: this split is exact at whole multiples of the weights and within one task elsewhere.

    Args:
        tasks: Tasks in all, 0 or more.
        mix: Bases and weights.

    Returns:
        The split; its two numbers add up to `tasks`.

    Raises:
        ValueError: For a negative number of tasks.
    """
    if tasks < 0:
        raise ValueError(f"tasks={tasks} must be 0 or more")
    spot_base = min(tasks, mix.spot_base)
    on_demand_base = min(tasks - spot_base, mix.on_demand_base)
    weighted = tasks - spot_base - on_demand_base
    weights = mix.spot_weight + mix.on_demand_weight
    spot, remainder = divmod(weighted * mix.spot_weight, weights)
    # A task that the ratio would cut goes to the side with the larger part; of two halves, to the larger weight.
    fraction_decides = 2 * remainder > weights
    tie_decides = 2 * remainder == weights and mix.spot_weight > mix.on_demand_weight
    spot += 1 if fraction_decides or tie_decides else 0
    return CapacitySplit(spot=spot_base + spot, on_demand=on_demand_base + weighted - spot)


def check_task_count(min_tasks: int, desired_tasks: int, max_tasks: int) -> None:
    """Refuse task numbers that contradict each other.

    Args:
        min_tasks: The fewest tasks autoscaling keeps, 1 or more: it never starts a service from 0 by itself.
        desired_tasks: Tasks the service starts with.
        max_tasks: The most tasks autoscaling starts.

    Raises:
        ValueError: Unless ``1 <= min_tasks <= desired_tasks <= max_tasks``.
    """
    if min_tasks < 1:
        raise ValueError(f"min_tasks={min_tasks} must be 1 or more; autoscaling never leaves 0 by itself")
    if not min_tasks <= desired_tasks <= max_tasks:
        raise ValueError(
            f"desired_tasks={desired_tasks} must be between min_tasks={min_tasks} and max_tasks={max_tasks}"
        )


_CHECK_TIMEOUT_SECONDS = 5
_UNHEALTHY_THRESHOLD = 2


@dataclass(frozen=True, kw_only=True)
class StopPlan:
    """What happens between the moment a task is told to go and its end.

    On SIGTERM the container fails its readiness check at once, goes on answering for ``drain_seconds`` while
    the load balancer notices, finishes what is in flight, closes its pools and exits before
    ``stop_timeout_seconds``. A reclaimed Spot task has 120 s for all of it, and its target may still be
    registered meanwhile
    (containers-roadmap issues 470 and 2673), so the container, not the load balancer, has to do the waiting.

    Raises:
        ValueError: When the steps do not fit into the time there is, naming the sum.
    """

    stop_timeout_seconds: int = 115
    """Seconds from SIGTERM to SIGKILL; 5 below Fargate's limit, for the notice's own way to the container."""
    drain_seconds: int = 80
    """Seconds the container goes on accepting requests after SIGTERM (DRAIN_SECONDS)."""
    deregistration_delay_seconds: int = 115
    """Seconds a deregistered target keeps its connections before the load balancer closes them. Less than two
    minutes with Spot: AWS re:Post, "How do I handle Spot termination notices in AWS Fargate Spot tasks?"."""
    health_check_interval_seconds: int = 10
    """Seconds between two checks of a target; NLB and ALB both take 5 to 300."""
    health_check_timeout_seconds: int = _CHECK_TIMEOUT_SECONDS
    """Seconds a target has to answer a check; less than the interval."""
    unhealthy_threshold: int = _UNHEALTHY_THRESHOLD
    """Checks in a row that fail before the load balancer sends nothing new; 2 to 10."""
    request_seconds: int = API_REQUEST_SECONDS
    """Seconds the longest request takes: the integration timeout of the API."""

    @property
    def noticed_after_seconds(self) -> int:
        """Seconds at most until the health checks have told the load balancer that the container drains."""
        return _noticed_after(
            self.health_check_interval_seconds, self.health_check_timeout_seconds, self.unhealthy_threshold
        )

    @property
    def finished_after_seconds(self) -> int:
        """Seconds at most from SIGTERM until the container has exited by itself."""
        return _finished_after(self.drain_seconds, self.request_seconds)

    def __post_init__(self) -> None:
        self._check_ranges()
        check_notice(
            self.drain_seconds,
            self.health_check_interval_seconds,
            self.health_check_timeout_seconds,
            self.unhealthy_threshold,
        )
        check_drain(self.drain_seconds, self.request_seconds, self.stop_timeout_seconds)
        check_deregistration(self.deregistration_delay_seconds, self.request_seconds)

    def _check_ranges(self) -> None:
        for key, low, high in (
            ("health_check_interval_seconds", 5, 300),
            ("health_check_timeout_seconds", 2, 120),
            ("unhealthy_threshold", 2, 10),
            ("request_seconds", 1, 3600),
            ("stop_timeout_seconds", 2, MAXIMUM_STOP_TIMEOUT_SECONDS),
        ):
            value: int = getattr(self, key)
            if not low <= value <= high:
                raise ValueError(f"{key}={value} must be {low} to {high}")
        if self.health_check_timeout_seconds >= self.health_check_interval_seconds:
            raise ValueError(
                f"health_check_timeout_seconds={self.health_check_timeout_seconds} must be less than "
                f"health_check_interval_seconds={self.health_check_interval_seconds}"
            )


def _noticed_after(interval_seconds: int, timeout_seconds: int, unhealthy_threshold: int) -> int:
    return unhealthy_threshold * interval_seconds + timeout_seconds


def _finished_after(drain_seconds: int, request_seconds: int) -> int:
    return drain_seconds + request_seconds + CLOSING_SECONDS


def check_notice(
    drain_seconds: int,
    health_check_interval_seconds: int,
    health_check_timeout_seconds: int = _CHECK_TIMEOUT_SECONDS,
    unhealthy_threshold: int = _UNHEALTHY_THRESHOLD,
) -> None:
    """Refuse a drain that may end before the load balancer has noticed it.

    Args:
        drain_seconds: As in `StopPlan`, like the others.
        health_check_interval_seconds: From one check to the next.
        health_check_timeout_seconds: For the last of them.
        unhealthy_threshold: Checks that have to fail.

    Raises:
        ValueError: With what is allowed.
    """
    noticed = _noticed_after(health_check_interval_seconds, health_check_timeout_seconds, unhealthy_threshold)
    if drain_seconds < noticed:
        raise ValueError(
            f"drain_seconds={drain_seconds} must be {noticed} or more: until then the load balancer may not have "
            f"noticed ({unhealthy_threshold} checks, one every {health_check_interval_seconds} s, "
            f"{health_check_timeout_seconds} s for the last)"
        )


def check_drain(drain_seconds: int, request_seconds: int, stop_timeout_seconds: int) -> None:
    """Refuse a drain after which the last request would be cut off.

    Args:
        drain_seconds: As in `StopPlan`, like the others.
        request_seconds: The longest request.
        stop_timeout_seconds: What all of it must fit into.

    Raises:
        ValueError: When it does not, naming the sum.
    """
    finished = _finished_after(drain_seconds, request_seconds)
    if finished > stop_timeout_seconds:
        raise ValueError(
            f"drain_seconds={drain_seconds} + {request_seconds} s for the longest request + {CLOSING_SECONDS} s for "
            f"closing = {finished} s must fit into stop_timeout_seconds={stop_timeout_seconds}"
        )


def check_deregistration(deregistration_delay_seconds: int, request_seconds: int) -> None:
    """Refuse a delay that cuts requests off, or that outlives a reclaimed Spot task.

    Args:
        deregistration_delay_seconds: As in `StopPlan`.
        request_seconds: The longest request.

    Raises:
        ValueError: With what is allowed.
    """
    if not request_seconds <= deregistration_delay_seconds < SPOT_NOTICE_SECONDS:
        raise ValueError(
            f"deregistration_delay_seconds={deregistration_delay_seconds} must be {request_seconds} (the longest "
            f"request) to {SPOT_NOTICE_SECONDS - 1} (a reclaimed Spot task is gone after {SPOT_NOTICE_SECONDS} s)"
        )


def _either(values: Mapping[int, object] | Sequence[int]) -> str:
    words = [str(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _sizes(sizes: Sequence[int]) -> str:
    steps = {after - before for before, after in pairwise(sizes)}
    even_and_long = len(steps) == 1 and len(sizes) > _SIZES_SPELLED_OUT
    return f"{sizes[0]} to {sizes[-1]} in steps of {steps.pop()}" if even_and_long else _either(sizes)
