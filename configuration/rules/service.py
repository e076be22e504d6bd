"""Rules about the containers."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from zoneinfo import available_timezones

from configuration.problems import Path, Problem, listed, show
from configuration.rules.context import Context, Rule, as_far_as_known
from configuration.sections import ScheduledScaling
from spot_planning.service.capacity import FARGATE_MEMORY_MIB, check_deregistration, check_drain
from spot_planning.service.fargate_spot_service import owned_environment
from spot_planning.service.task import check_plain

_SIZES_SPELLED_OUT = 4

DATA_VARIABLES = frozenset({"REDIS_URL", "JWT_SECRET"})
DATA_PREFIXES = ("AWS_", "DATABASE_", "ECS_", "S3_")
"""Variables of the container contract that name the data, and prefixes that belong to AWS and to them."""

OWNED_VARIABLES = DATA_VARIABLES.union(owned_environment(port=0, region="", node_env="", drain_seconds=0))


def _task_size(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    sizes = FARGATE_MEMORY_MIB[service.cpu]
    if service.memory not in sizes:
        text = f"is not allowed with cpu {service.cpu}; allowed: {_spelled_out(sizes)}"
        yield context.refuse("service.memory", text)


def _task_limits(context: Context) -> Iterator[Problem]:
    # Said beside what `check_task_count` says of the tasks at first, which may be right, or wrong in itself.
    fewest, most = context.settings.service.min_tasks, context.settings.service.max_tasks
    if fewest > most:
        text = f"is not allowed with min_tasks {show(fewest)}; allowed: {show(fewest)} or more"
        yield context.refuse("service.max_tasks", text)


def _drain(context: Context) -> Iterator[Problem]:
    service, longest = context.settings.service, context.settings.api.integration_timeout_seconds
    check = partial(check_drain, service.drain_seconds, longest, service.stop_timeout_seconds)
    yield from context.planned("service", check)


def _deregistration(context: Context) -> Iterator[Problem]:
    service, longest = context.settings.service, context.settings.api.integration_timeout_seconds
    check = partial(check_deregistration, service.deregistration_delay_seconds, longest)
    yield from context.planned("service", check)


def _image_or_build(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    if service.image is not None and service.build is not None:
        text = f"is not allowed with service.image {show(service.image)}; set one of them"
        yield context.refuse("service.build", text)


def _requests_target(context: Context) -> Iterator[Problem]:
    settings = context.settings
    if settings.service.requests_per_task_target is not None and settings.api.load_balancer != "application":
        kind = settings.api.load_balancer
        text = f"is not allowed with api.load_balancer {kind}, which counts no requests; allowed with application"
        yield context.refuse("service.requests_per_task_target", text)


def _environment(context: Context) -> Iterator[Problem]:
    for name, value in context.settings.service.environment.items():
        path = ("service", "environment", name)
        if _is_reserved(name):
            yield Problem(path, "is set by the platform; choose another name")
        else:
            yield from _refused(path, partial(check_plain, name, value))


def _secrets(context: Context) -> Iterator[Problem]:
    for name in context.settings.service.secrets:
        if _is_reserved(name):
            yield Problem(("service", "secrets", name), "is set by the platform; choose another name")


def _plain_or_secret(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    for name in service.environment:
        if name in service.secrets and not _is_reserved(name):
            yield Problem(("service", "environment", name), "is also in service.secrets; keep one of them")


def _scheduled_scaling(context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, entry in enumerate(context.settings.service.scheduled_scaling):
        path = ("service", "scheduled_scaling", position)
        for problems in (
            _name_differs(context, path, entry, seen),
            _scheduled_limits(context, path, entry),
            _time_zone(context, path, entry),
        ):
            yield from as_far_as_known(problems)


def _name_differs(context: Context, path: Path, entry: ScheduledScaling, seen: set[str]) -> Iterator[Problem]:
    if entry.name in seen:
        yield context.refuse_at((*path, "name"), "is there twice")
    seen.add(entry.name)


def _scheduled_limits(context: Context, path: Path, entry: ScheduledScaling) -> Iterator[Problem]:
    if entry.max_tasks < entry.min_tasks:
        fewest = show(entry.min_tasks)
        text = f"is not allowed with min_tasks {fewest}; allowed: {fewest} or more"
        yield context.refuse_at((*path, "max_tasks"), text)


def _time_zone(context: Context, path: Path, entry: ScheduledScaling) -> Iterator[Problem]:
    zones = available_timezones()  # empty on machines without tzdata, such as slim containers
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


def _is_reserved(name: str) -> bool:
    return name in OWNED_VARIABLES or name.startswith(DATA_PREFIXES)


def _refused(path: Path, check: Callable[[], None]) -> Iterator[Problem]:
    try:
        check()
    except ValueError as error:
        # The component's argument has another name than the key: its values are ARNs, those of the key also names.
        yield Problem(path, str(error).replace("secrets_from", "service.secrets"))


RULES: tuple[Rule, ...] = (
    _task_size,
    _task_limits,
    _drain,
    _deregistration,
    _image_or_build,
    _requests_target,
    _environment,
    _secrets,
    _plain_or_secret,
    _scheduled_scaling,
)
