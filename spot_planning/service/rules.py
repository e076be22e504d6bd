"""Rules across the settings of a Fargate service."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import available_timezones

from spot_planning.checking import Rule
from spot_planning.documents import canonical_json
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import Problem, listed, show
from spot_planning.repetition import nothing_twice
from spot_planning.service.capacity import (
    CLOSING_SECONDS,
    FARGATE_MEMORY_MIB,
    SPOT_NOTICE_SECONDS,
    UNHEALTHY_THRESHOLD,
    finished_after_seconds,
    health_check_timeout_seconds,
    noticed_after_seconds,
)
from spot_planning.service.collector import COLLECTOR_PORTS
from spot_planning.service.image import repository_of_arn, repository_of_image
from spot_planning.service.settings import FargateSpotServiceSettings, ScheduledScaling
from spot_planning.service.task import (
    MAXIMUM_DEFINITION_BYTES,
    MAXIMUM_ENVIRONMENT_BYTES,
    mounted_paths,
    names_a_secret,
    url_with_password,
    volume_name,
)

_SIZES_SPELLED_OUT = 4


def memory_fits_cpu(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """The memory is one of the sizes that Fargate offers for the CPU size."""
    sizes = FARGATE_MEMORY_MIB[settings.cpu]
    if settings.memory not in sizes:
        yield Problem(("memory",), f"is not allowed with cpu {settings.cpu}; allowed: {_spelled_out(sizes)}")


def port_beside_the_collector(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """The container's port is none of the collector's: the containers of a task share its network interface.

    Source: Amazon ECS Developer Guide, "Amazon ECS task networking options for Fargate".
    """
    if settings.tracing and settings.container_port in COLLECTOR_PORTS:
        yield Problem(
            ("container_port",),
            f"is not allowed with tracing: the collector in the same task listens on {listed(COLLECTOR_PORTS)}",
        )


def max_tasks_at_least_min(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """`max_tasks` is not below `min_tasks`."""
    fewest = settings.min_tasks
    if fewest > settings.max_tasks:
        yield Problem(("max_tasks",), f"is not allowed with min_tasks {show(fewest)}; allowed: {show(fewest)} or more")


def desired_tasks_between(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """The service starts within the limits of autoscaling."""
    fewest, most = settings.min_tasks, settings.max_tasks
    if not fewest <= settings.desired_tasks <= most:
        yield Problem(("desired_tasks",), f"must be between min_tasks={fewest} and max_tasks={most}")


def one_weight_above_zero(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """One of the weights is above 0 ("CapacityProviderStrategyItem", Amazon ECS API Reference)."""
    if not settings.spot_weight and not settings.on_demand_weight:
        yield Problem(("spot_weight",), "and on_demand_weight=0: Amazon ECS needs a weight above 0 on one of them")


def one_base(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """Only one capacity provider may have a base ("CapacityProviderStrategyItem", Amazon ECS API Reference)."""
    if settings.spot_base and settings.on_demand_base:
        yield Problem(
            ("spot_base",),
            f"and on_demand_base={settings.on_demand_base}: Amazon ECS allows a base on one capacity provider only; "
            "set one of them to 0",
        )


def base_has_weight(provider: str) -> Rule:
    """Return the rule that a provider with a base has a weight: with weight 0 Amazon ECS places no task on it.

    Args:
        provider: ``spot`` or ``on_demand``.
    """

    def rule(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
        base: int = getattr(settings, f"{provider}_base")
        weight: int = getattr(settings, f"{provider}_weight")
        if base and not weight:
            yield Problem(
                (f"{provider}_base",),
                f"needs {provider}_weight of 1 or more, not 0: Amazon ECS places no task on a capacity provider of "
                "weight 0",
            )

    return rule


def load_balancer_notices(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """The drain lasts until the health checks have failed, so that the load balancer has noticed it."""
    interval = settings.health_check_interval_seconds
    noticed = noticed_after_seconds(interval)
    if settings.drain_seconds < noticed:
        yield Problem(
            ("drain_seconds",),
            f"must be {noticed} or more: until then the load balancer may not have noticed ({UNHEALTHY_THRESHOLD} "
            f"checks, one every {interval} s, {health_check_timeout_seconds(interval)} s for the last)",
        )


def drain_fits(settings: FargateSpotServiceSettings, request_seconds: int) -> Iterator[Problem]:
    """The last request can end before SIGKILL.

    Args:
        settings: The service's settings.
        request_seconds: Seconds that the longest request takes.
    """
    finished = finished_after_seconds(settings.drain_seconds, request_seconds)
    if finished > settings.stop_timeout_seconds:
        yield Problem(
            ("drain_seconds",),
            f"+ {request_seconds} s for the longest request + {CLOSING_SECONDS} s for closing = "
            f"{finished} s must fit into stop_timeout_seconds={settings.stop_timeout_seconds}",
        )


def deregistration_fits(settings: FargateSpotServiceSettings, request_seconds: int) -> Iterator[Problem]:
    """A task that is deregistered keeps its connections for the longest request, but not beyond its own end.

    Args:
        settings: The service's settings.
        request_seconds: Seconds that the longest request takes.
    """
    if not request_seconds <= settings.deregistration_delay_seconds < SPOT_NOTICE_SECONDS:
        yield Problem(
            ("deregistration_delay_seconds",),
            f"must be {request_seconds} (the longest request) to {SPOT_NOTICE_SECONDS - 1} (a reclaimed Spot task is "
            f"gone after {SPOT_NOTICE_SECONDS} s)",
        )


def requests_are_counted(
    settings: FargateSpotServiceSettings, load_balancer_kind: LoadBalancerKind
) -> Iterator[Problem]:
    """A target for requests has an application load balancer: only that kind counts requests.

    Args:
        settings: The service's settings.
        load_balancer_kind: Kind of the load balancer in front of the service.
    """
    if settings.requests_per_task_target is not None and load_balancer_kind != LoadBalancerKind.APPLICATION:
        yield Problem(
            ("requests_per_task_target",),
            f"is not allowed with load_balancer_kind {load_balancer_kind}, which counts no requests; allowed with "
            "application",
        )


def schedule_names_differ(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """Each schedule has its own name."""
    seen: set[str] = set()
    for position, entry in enumerate(settings.scheduled_scaling):
        if entry.name in seen:
            yield Problem(("scheduled_scaling", position, "name"), "is there twice")
        seen.add(entry.name)


def schedule_limits(entry: ScheduledScaling) -> Iterator[Problem]:
    """A schedule's `max_tasks` is not below its `min_tasks`."""
    if entry.max_tasks < entry.min_tasks:
        fewest = show(entry.min_tasks)
        yield Problem(("max_tasks",), f"is not allowed with min_tasks {fewest}; allowed: {fewest} or more")


def schedule_time_zone(entry: ScheduledScaling) -> Iterator[Problem]:
    """A schedule's time zone exists."""
    zones = available_timezones()  # empty on machines without tzdata, such as slim containers
    if zones and entry.timezone not in zones:
        yield Problem(("timezone",), "is not allowed; allowed: a time zone such as UTC or Europe/Lisbon")


def volume_names_differ(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """The names of the writable paths' volumes differ.

    A volume's name is made from its path, with hyphens in place of characters that names may not contain.

    Source: Amazon ECS API Reference, "Volume", name.
    """
    for position, path in enumerate(settings.writable_paths):
        name = volume_name(path)
        others = mounted_paths(settings.writable_paths[:position], execute_command=settings.execute_command)
        other = next((each for each in others if each != path and volume_name(each) == name), None)
        if other is not None:
            yield Problem(
                ("writable_paths", position), f"and {other} would both have the volume {name}; choose another path"
            )


SCHEDULE_RULES: tuple[Callable[[ScheduledScaling], Iterator[Problem]], ...] = (schedule_limits, schedule_time_zone)
"""Rules about one entry of ``scheduled_scaling``."""


def schedules(settings: FargateSpotServiceSettings) -> Iterator[Problem]:
    """Apply `SCHEDULE_RULES` to each entry."""
    for position, entry in enumerate(settings.scheduled_scaling):
        for rule in SCHEDULE_RULES:
            for problem in rule(entry):
                yield problem.below("scheduled_scaling", position)


def plain_environment(environment: Mapping[str, object]) -> Iterator[Problem]:
    """No plain environment variable contains a secret (Security Hub ECS.8).

    Args:
        environment: Name -> value. Only values that are text are checked.
    """
    for name, value in environment.items():
        if names_a_secret(name):
            text = "names a secret; give it in secrets"
        elif isinstance(value, str) and url_with_password(value):
            text = "is a URL with a password; give it in secrets"
        else:
            continue
        yield Problem(("environment", name), text, shows_value=False)


def environment_fits(environment: Mapping[str, object]) -> Iterator[Problem]:
    """The plain variables leave room for the rest of the task definition.

    Args:
        environment: Name -> value. Only values that are text are counted.
    """
    entries = [{"name": name, "value": value} for name, value in environment.items() if isinstance(value, str)]
    size = len(canonical_json(entries).encode())
    if size > MAXIMUM_ENVIRONMENT_BYTES:
        text = (
            f"{size} bytes are not allowed; allowed: {MAXIMUM_ENVIRONMENT_BYTES} (Amazon ECS takes "
            f"{MAXIMUM_DEFINITION_BYTES} for a whole task definition)"
        )
        yield Problem(("environment",), text, shows_value=False)


def set_once(environment: Mapping[str, object], secrets: Mapping[str, object], prefix: str = "") -> Iterator[Problem]:
    """No variable is set both as plain text and from a secret.

    Args:
        environment: Plain variables.
        secrets: Variables from Secrets Manager.
        prefix: Prefix of the names of the two arguments.
    """
    for name in environment:
        if name in secrets:
            text = f"is also in {prefix}secrets; keep one of them"
            yield Problem((f"{prefix}environment", name), text, shows_value=False)


def image_can_be_pulled(image: object, repository_arn: object) -> Iterator[Problem]:
    """The image is public, or in the one private repository that the execution role may pull from.

    With another private image, one task after the other stops with CannotPullContainerError, long after the deployment
    began.

    Args:
        image: The image. It is checked only if it is text.
        repository_arn: The repository that the execution role may pull from; None for none. It is checked only if it is
            text.

    Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role"; Amazon ECR User Guide, "Using Amazon ECR
    images with Amazon ECS".
    """
    wanted = repository_of_image(image) if isinstance(image, str) else None
    if wanted is None or not (repository_arn is None or isinstance(repository_arn, str)):
        return
    if repository_arn is None:
        yield Problem(("image",), "is of a private repository, which needs repository_arn")
    elif (allowed := repository_of_arn(repository_arn)) is not None and wanted != allowed:
        yield Problem(
            ("image",),
            f"is of another repository than repository_arn={repository_arn}, the only private one that the tasks may "
            "pull from",
        )


RULES: tuple[Rule, ...] = (
    memory_fits_cpu,
    port_beside_the_collector,
    max_tasks_at_least_min,
    desired_tasks_between,
    one_weight_above_zero,
    one_base,
    base_has_weight("spot"),
    base_has_weight("on_demand"),
    load_balancer_notices,
    schedule_names_differ,
    nothing_twice("egress_ports"),
    nothing_twice("writable_paths"),
    volume_names_differ,
)
"""Rules about the settings alone. `schedules` is applied separately."""


def _spelled_out(sizes: Sequence[int]) -> str:
    step = sizes[1] - sizes[0]
    even = list(sizes) == list(range(sizes[0], sizes[-1] + 1, step))
    return (
        f"{sizes[0]} to {sizes[-1]} in steps of {step}" if even and len(sizes) > _SIZES_SPELLED_OUT else listed(sizes)
    )
