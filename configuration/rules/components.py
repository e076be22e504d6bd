"""The components' own checks, for what no rule of the settings says: what is accepted here is made there."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from components.planning.alerts import check_emails
from components.planning.backups import check_backups
from components.planning.budget import check_budget
from components.planning.cache import plan_cache
from components.planning.capacity import CapacityMix, StopPlan
from components.planning.database import plan_database
from components.planning.fargate_service import Schedule, ServiceRequest, check_service
from components.planning.throttling import plan_throttling
from components.planning.web_acl import SCOPES, plan_web_acl
from configuration.problems import Problem
from configuration.rules.context import Context, Rule
from configuration.stack import StackSettings


def _database(context: Context) -> Iterator[Problem]:
    values = {**context.settings.database.model_dump(), "name": context.settings.name}
    yield from context.planned("database", lambda: plan_database(**_only(plan_database, values)), "database")


def _cache(context: Context) -> Iterator[Problem]:
    values = {**context.settings.cache.model_dump(), "name": context.settings.name}
    yield from context.planned("cache", lambda: plan_cache(**_only(plan_cache, values)), "cache")


def _api(context: Context) -> Iterator[Problem]:
    api = context.settings.api
    check = partial(
        plan_throttling,
        rate_limit=api.throttle_rate_limit,
        burst_limit=api.throttle_burst_limit,
        quota_limit=api.quota_limit,
        quota_period=api.quota_period,
    )
    yield from context.planned("api", check, "api")


def _backups(context: Context) -> Iterator[Problem]:
    backups = context.settings.backups
    values = {**backups.model_dump(), "has_copy_provider": True, "resources": 1}
    if backups.enabled:
        yield from context.planned("backups", lambda: check_backups(**_only(check_backups, values)), "backups")


def _service(context: Context) -> Iterator[Problem]:
    yield from context.planned("service", lambda: check_service(_request(context.settings)), "service", "api")


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
        yield from context.planned("waf", lambda scope=scope: plan_web_acl(**waf.arguments_for(scope)), "waf")


def _alarm_emails(context: Context) -> Iterator[Problem]:
    emails = context.settings.observability.alarm_emails
    yield from context.planned("observability", lambda: check_emails("alarm_emails", emails), "observability")


def _budget(context: Context) -> Iterator[Problem]:
    settings = context.settings
    limit = settings.budget.monthly_limit_usd
    if limit is not None:
        check = partial(check_budget, limit, settings.budget_emails, None)
        yield from context.planned("budget", check, "budget", "observability")


def _only(target: Callable[..., object], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in inspect.signature(target).parameters if name in values}


RULES: tuple[Rule, ...] = (_api, _database, _cache, _backups, _service, _web_acls, _alarm_emails, _budget)
