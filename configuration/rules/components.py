"""The components' own checks, so that what is accepted here is made there.

A check that looks at several arguments stops at the first thing that is wrong. So each is asked about one group of
arguments after the other, with values for the rest that no check minds, and in the end about all of them.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from configuration.problems import Problem
from configuration.rules.context import Context, Rule
from configuration.sections import Cache, Database
from configuration.stack import StackSettings
from spot_planning.api.throttling import plan_throttling
from spot_planning.data.backups import check_backups
from spot_planning.data.cache import plan_cache
from spot_planning.data.database import plan_database
from spot_planning.monitoring.alert_topic import check_emails
from spot_planning.monitoring.budget import check_budget
from spot_planning.service.capacity import CapacityMix, StopPlan, check_notice, check_task_count
from spot_planning.service.fargate_spot_service import Schedule, ServiceRequest, check_service
from spot_planning.waf.web_acl import SCOPES, plan_web_acl


def _database(context: Context) -> Iterator[Problem]:
    values = {**context.settings.database.model_dump(), "name": context.settings.name}
    yield from context.planned("database", lambda: plan_database(**_only(plan_database, values)))


def _cache(context: Context) -> Iterator[Problem]:
    values = {**context.settings.cache.model_dump(), "name": context.settings.name}
    yield from context.planned("cache", lambda: plan_cache(**_only(plan_cache, values)))


def _api(context: Context) -> Iterator[Problem]:
    api = context.settings.api
    check = partial(
        plan_throttling,
        rate_limit=api.throttle_rate_limit,
        burst_limit=api.throttle_burst_limit,
        quota_limit=api.quota_limit,
        quota_period=api.quota_period,
    )
    yield from context.planned("api", check)


def _backups(context: Context) -> Iterator[Problem]:
    backups = context.settings.backups
    values = {**backups.model_dump(), "has_copy_provider": True, "resources": 1}
    if backups.enabled:
        yield from context.planned("backups", lambda: check_backups(**_only(check_backups, values)))


def _service(context: Context) -> Iterator[Problem]:
    yield from context.planned("service", lambda: check_service(_request(context.settings)))


def _request(settings: StackSettings) -> ServiceRequest:
    values = settings.service.model_dump()
    others: dict[str, Any] = {
        "name": settings.name,
        "load_balancer_kind": settings.api.load_balancer,
        "mix": CapacityMix(**_only(CapacityMix, values)),
        "stop": StopPlan(**_only(StopPlan, values), request_seconds=settings.api.integration_timeout_seconds),
        "schedules": [Schedule(**_only(Schedule, entry)) for entry in values["scheduled_scaling"]],
        "owned_environment": {},
    }
    return ServiceRequest(**_only(ServiceRequest, {**values, **others}))


def _web_acls(context: Context) -> Iterator[Problem]:
    waf = context.settings.waf
    for scope in SCOPES:
        yield from context.planned("waf", lambda scope=scope: plan_web_acl(**waf.arguments_for(scope)))


def _alarm_emails(context: Context) -> Iterator[Problem]:
    emails = context.settings.observability.alarm_emails
    yield from context.planned("observability", lambda: check_emails("alarm_emails", emails))


def _budget(context: Context) -> Iterator[Problem]:
    settings = context.settings
    limit = settings.budget.monthly_limit_usd
    if limit is not None:
        check = partial(check_budget, limit, settings.budget_emails, None)
        yield from context.planned("budget", check)


def _only(target: Callable[..., object], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in inspect.signature(target).parameters if name in values}


_THROTTLING = {"rate_limit": 1, "burst_limit": 1, "quota_limit": None, "quota_period": "MONTH"}
_MIX = {"spot_weight": 1, "spot_base": 0, "on_demand_weight": 1, "on_demand_base": 0}
_DATABASE = _only(plan_database, {**Database().model_dump(), "name": "x"})
_CACHE = _only(plan_cache, {**Cache().model_dump(), "name": "x"})


def _group(section: str, check: Callable[..., object], neutral: Mapping[str, Any], *keys: str) -> Rule:
    """A rule that asks a component's check about some keys, whose values it takes for arguments.

    Args:
        section: The section with the keys.
        check: Takes keyword arguments and raises ``ValueError("key=value ...")``.
        neutral: Values for all arguments that leave nothing to say.
        keys: What is asked about; ``throttle_`` is not part of the argument's name.
    """

    def rule(context: Context) -> Iterator[Problem]:
        values = getattr(context.settings, section)
        asked = {key.removeprefix("throttle_"): getattr(values, key) for key in keys}
        yield from context.planned(section, lambda: check(**{**neutral, **asked}))

    return rule


RULES: tuple[Rule, ...] = (
    _group("api", plan_throttling, _THROTTLING, "throttle_rate_limit", "throttle_burst_limit"),
    _group("database", plan_database, _DATABASE, "allocated_storage_gib", "max_allocated_storage_gib"),
    _group("database", plan_database, _DATABASE, "replica", "backup_retention_days"),
    _group("database", plan_database, _DATABASE, "allow_major_version_upgrade", "apply_immediately"),
    _group("cache", plan_cache, _CACHE, "engine", "engine_version"),
    _group("service", CapacityMix, _MIX, "spot_weight", "on_demand_weight"),
    _group("service", CapacityMix, _MIX, "spot_base", "on_demand_base"),
    _group("service", CapacityMix, _MIX, "spot_base", "spot_weight"),
    _group("service", CapacityMix, _MIX, "on_demand_base", "on_demand_weight"),
    _group("service", check_task_count, {}, "min_tasks", "desired_tasks", "max_tasks"),
    _group("service", check_notice, {}, "drain_seconds", "health_check_interval_seconds"),
)
"""What looks at several keys, each with no more of them than it takes."""

REMAINDER: Mapping[str, Rule] = {
    "api": _api,
    "database": _database,
    "cache": _cache,
    "backups": _backups,
    "service": _service,
    "waf": _web_acls,
    "observability": _alarm_emails,
    "budget": _budget,
}
"""What is left to say about sections that nothing was said about."""
