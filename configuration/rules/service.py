"""Rules about the containers."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from zoneinfo import available_timezones

from components.planning.capacity import FARGATE_MEMORY_MIB, CapacityMix, StopPlan, check_task_count
from components.planning.fargate_service import owned_environment
from components.planning.task_definition import check_environment
from configuration.problems import Problem, listed
from configuration.rules.context import Context, Rule

_SIZES_SPELLED_OUT = 4

DATA_VARIABLES = frozenset({"REDIS_URL", "JWT_SECRET"})
DATA_PREFIXES = ("AWS_", "DATABASE_", "ECS_", "S3_")
"""Variables of the container contract that name the data, and prefixes that belong to AWS and to them."""


def _task_size(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    sizes = FARGATE_MEMORY_MIB[service.cpu]
    if service.memory not in sizes:
        text = f"is not allowed with cpu {service.cpu}; allowed: {_spelled_out(sizes)}"
        yield context.refuse("service.memory", text, "service.cpu")


def _task_count(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    check = partial(check_task_count, service.min_tasks, service.desired_tasks, service.max_tasks)
    yield from context.planned("service", check, "service.min_tasks", "service.desired_tasks", "service.max_tasks")


def _capacity_mix(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    keys = ("spot_weight", "spot_base", "on_demand_weight", "on_demand_base")
    mix = {key: getattr(service, key) for key in keys}
    yield from context.planned("service", lambda: CapacityMix(**mix), *(f"service.{key}" for key in keys))


def _stop(context: Context) -> Iterator[Problem]:
    service, api = context.settings.service, context.settings.api
    keys = (
        "stop_timeout_seconds",
        "drain_seconds",
        "deregistration_delay_seconds",
        "health_check_interval_seconds",
    )
    times = {key: getattr(service, key) for key in keys}
    longest = api.integration_timeout_seconds
    others = (*(f"service.{key}" for key in keys), "api.integration_timeout_milliseconds")
    yield from context.planned("service", lambda: StopPlan(**times, request_seconds=longest), *others)


def _image_or_build(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    if service.image is not None and service.build is not None:
        yield context.refuse(
            "service.build", f"is not allowed with service.image {service.image}; set one of them", "service.image"
        )


def _requests_target(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.service.requests_per_task_target is not None and settings.api.load_balancer != "application":
        kind = settings.api.load_balancer
        text = f"is not allowed with api.load_balancer {kind}, which counts no requests; allowed with application"
        yield context.refuse("service.requests_per_task_target", text, "api.load_balancer")


def _variables(context: Context) -> Iterator[Problem]:
    service, region = context.settings.service, context.settings.aws.region
    owned = owned_environment(
        port=service.container_port, region=region, node_env="production", drain_seconds=service.drain_seconds
    )
    for name, value in service.environment.items():
        path = ("service", "environment", name)
        if _is_reserved(name, owned):
            yield Problem(path, "is set by the platform; choose another name")
        elif name in service.secrets:
            yield Problem(path, "is also in service.secrets; keep one of them", (("service", "secrets"),))
        else:
            yield from _refused(path, lambda name=name, value=value: check_environment({name: value}, {}, {}))
    for name in service.secrets:
        if _is_reserved(name, owned):
            yield Problem(("service", "secrets", name), "is set by the platform; choose another name")


def _scheduled_scaling(context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    zones = available_timezones()  # empty on machines without tzdata, such as slim containers
    for position, entry in enumerate(context.settings.service.scheduled_scaling):
        path = ("service", "scheduled_scaling", position)
        if entry.name in seen:
            yield context.refuse_at((*path, "name"), "is there twice")
        seen.add(entry.name)
        if entry.max_tasks < entry.min_tasks:
            yield context.refuse_at(
                (*path, "max_tasks"),
                f"is not allowed with min_tasks {entry.min_tasks}; allowed: {entry.min_tasks} or more",
            )
        if zones and entry.timezone not in zones:
            yield context.refuse_at(
                (*path, "timezone"), "is not allowed; allowed: a time zone such as UTC or Europe/Lisbon"
            )


def _spelled_out(sizes: Sequence[int]) -> str:
    step = sizes[1] - sizes[0]
    even = list(sizes) == list(range(sizes[0], sizes[-1] + 1, step))
    return (
        f"{sizes[0]} to {sizes[-1]} in steps of {step}" if even and len(sizes) > _SIZES_SPELLED_OUT else listed(sizes)
    )


def _is_reserved(name: str, owned: dict[str, str]) -> bool:
    return name in owned or name in DATA_VARIABLES or name.startswith(DATA_PREFIXES)


def _refused(path: tuple[str, ...], check: Callable[[], None]) -> Iterator[Problem]:
    try:
        check()
    except ValueError as error:
        # The component's argument has another name than the key: its values are ARNs, those of the key also names.
        yield Problem(path, str(error).replace("secrets_from", "service.secrets"))


RULES: tuple[Rule, ...] = (
    _task_size,
    _task_count,
    _capacity_mix,
    _stop,
    _image_or_build,
    _requests_target,
    _variables,
    _scheduled_scaling,
)
