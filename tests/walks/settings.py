"""The settings that a walk edits, found in the declared classes, and the values that it tries for each."""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from configuration.stack import StackSettings
from spot_planning.declarations import Allowed

NUMBERS = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 16, 20, 21, 25, 30, 35, 45, 50, 60, 70, 80, 90, 100, 120, 150, 200, 256),
    *(300, 365, 400, 500, 512, 600, 1000, 1024, 2000, 2048, 3072, 3333, 4096, 5000, 5432, 6379, 8080, 10000, 15000),
    *(20000, 29000, 30000, 60000, 0.5, 1.6),
)
"""Candidates for every numeric setting: the limits of each setting allow some of them."""
WORDS: dict[str, tuple[Any, ...]] = {
    "tags": ({}, {"team": "platform"}, {"team": "shop", "CostCentre": "4711"}),
    "dns.site_alternative_domains": ([], ["www.halalsphere.test"], ["www.halalsphere.test", "app.halalsphere.test"]),
    "dns.api_domain": ("api.halalsphere.test", "backend.halalsphere.test", None),
    "dns.caa_issuers": ([], ["letsencrypt.org"]),
    "dns.site_domain": ("halalsphere.test", "shop.halalsphere.test", None),
    "vpc.nat_instance_type": ("t4g.nano", "t4g.micro", "t4g.small"),
    "vpc.interface_endpoints": ([], ["ecr.api"], ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"]),
    "frontend.not_found_page": (None, "/404.html", "/errors/missing.html"),
    "frontend.content_security_policy": (None, "default-src 'self'", "default-src 'self'; img-src *"),
    "frontend.content_security_policy_sources": (
        {},
        {"img-src": ["https://cdn.example.com"]},
        {"worker-src": ["blob:"]},
    ),
    "frontend.cross_origin_opener_policy": ("same-origin", "same-origin-allow-popups", "unsafe-none"),
    "frontend.permissions_policy": ("camera=()", "camera=(), geolocation=(self)"),
    "api.cors_allowed_origins": (
        [],
        ["https://shop.example.com"],
        ["https://a.example.com", "http://localhost:3000"],
        ["*"],
    ),
    "api.path_on_site": (None, "/api", "/backend"),
    "api.cors_allowed_headers": ([], ["X-Trace"], ["X-Trace", "X-Tenant"]),
    "service.task_permissions": (
        [],
        [{"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:us-east-1:123456789012:jobs"]}],
    ),
    "service.scheduled_scaling": (
        [],
        [{"name": "night", "schedule": "cron(0 1 * * ? *)", "min_tasks": 1, "max_tasks": 2}],
        [
            {
                "name": "day",
                "schedule": "cron(0 7 * * ? *)",
                "min_tasks": 1,
                "max_tasks": 2,
                "timezone": "Europe/Lisbon",
            },
            {"name": "night", "schedule": "cron(0 2 * * ? *)", "min_tasks": 0, "max_tasks": 1},
        ],
    ),
    "service.health_check_path": ("/health/ready", "/ready"),
    "service.liveness_path": ("/health/live", "/live"),
    "service.health_check_command": (None, ["CMD", "python", "-m", "service.healthcheck"], ["CMD-SHELL", "true"]),
    "service.migration_command": (["npm", "run", "migrate"], ["python", "-m", "service.migrate"]),
    "service.user": ("1001:1001", "2000", "1001:1002"),
    "service.writable_paths": (["/tmp"], ["/tmp", "/var/cache/app"]),
    "service.egress_ports": ([443], [443, 587]),
    "service.node_env": ("production", "staging"),
    "service.image": (
        None,
        "public.ecr.aws/halalsphere/api@sha256:" + "a" * 64,
        "public.ecr.aws/halalsphere/api:2026-11-29.1",
    ),
    "service.collector_image": (
        "public.ecr.aws/aws-observability/aws-otel-collector:v0.48.0",
        "public.ecr.aws/aws-observability/aws-otel-collector:v0.47.0",
    ),
    "service.environment": ({}, {"LOG_LEVEL": "info"}, {"LOG_LEVEL": "debug", "FEATURES": "a,b"}),
    "service.secrets": (
        {},
        {"PAYMENT_KEY": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/payment-AbCdEf"},
    ),
    "service.generated_secrets": ({"JWT_SECRET": "jwt"}, {"JWT_SECRET": "jwt", "COOKIE_SECRET": "cookie"}, {}),
    "database.instance_class": ("db.t4g.micro", "db.t4g.small", "db.t4g.medium"),
    "database.engine_version": ("16", "16.10"),
    "database.backup_window": ("03:00-04:00", "01:00-01:30"),
    "database.maintenance_window": ("sun:04:30-sun:05:30", "mon:22:00-mon:23:00"),
    "database.replica_instance_class": (None, "db.t4g.small"),
    "cache.engine_version": (None, "8.1", "7.2"),
    "cache.node_type": ("cache.t4g.micro", "cache.t4g.small", "cache.t4g.medium"),
    "cache.snapshot_window": ("03:00-04:00", "01:00-02:00"),
    "cache.maintenance_window": ("sun:04:30-sun:05:30", "mon:22:00-mon:23:00"),
    "storage.cors_allowed_origins": ([], ["https://shop.example.com"], ["https://*.example.com"]),
    "observability.alarm_emails": ([], ["ops@example.com"], ["ops@example.com", "night@example.com"]),
    "observability.alarm_urls": ([], ["https://alerts.example.com/aws"]),
    "backups.schedule": ("cron(0 6 * * ? *)", "cron(30 7 * * ? *)"),
    "backups.copy_region": (None, "us-west-2", "eu-west-1"),
    "budget.emails": ([], ["money@example.com"]),
    "waf.lenient_paths": ([], ["/uploads"], ["/uploads", "/orders/{id}/files"]),
    "waf.counted_rules": ([], ["AWSManagedRulesCommonRuleSet/SizeRestrictions_BODY"]),
    "policy.allowed_accounts": ([], ["111122223333"]),
    "policy.allowed_organizations": ([], ["o-exampleorg1"]),
    "policy.allowed_networks": ([], ["203.0.113.0/24"]),
}
"""Setting -> its values, for settings that are text, lists or maps."""
LEFT_OUT: dict[str, str] = {
    "profile": "it stands for many settings at once, which are all edited one by one",
    "name": "chosen once: another name is another stack",
    "aws.region": "chosen once: another Region is another stack",
    "aws.account_id": "the emulator's, and of no account at AWS",
    "aws.endpoint_url": "set by the toolchain",
    "dns.zone_name": "chosen once: another zone is another site",
    "dns.manage_zone": "without it the zone is looked up, and here is none but the stack's own",
    "vpc.cidr_block": "chosen once: `up` refuses a change of it before it begins",
    "vpc.availability_zones": "chosen once: a walk does not know which zones `vpc.zones` stands for, and may take none away",
    **dict.fromkeys(
        (
            "vpc.existing_id",
            "vpc.existing_private_subnet_ids",
            "vpc.existing_private_subnet_tags",
            "vpc.existing_isolated_subnet_ids",
            "vpc.existing_isolated_subnet_tags",
        ),
        "chosen once: another network is another stack",
    ),
    "observability.slack_workspace_id": "moto knows no AWS Chatbot",
    "observability.slack_channel_id": "moto knows no AWS Chatbot",
    "api.document": "one document is in the checkout",
    "service.build": "needs Docker",
    "database.database_name": "chosen once: a change replaces the database",
    "database.username": "chosen once: a change replaces the database",
    "database.application_username": "chosen once: the migration task makes that user",
    "database.allocated_storage_gib": "storage of a database never shrinks: it would only grow",
    "database.extended_support": "AWS takes it when the instance is made, and never again",
    "database.allow_major_version_upgrade": "set for the one up that upgrades, which a walk cannot take back",
    "policy.open_paths": "the document's open paths have to be among them",
    "backups.minimum_retention_days": "a lock keeps vaults beyond the end of the walk",
    "database.deletion_protection": "what is protected is not destroyed at the end of the walk",
    "api.deletion_protection": "what is protected is not destroyed at the end of the walk",
}
"""Setting that no walk edits -> reason."""


@dataclass(frozen=True)
class Edited:
    """A setting with the values that a walk gives it.

    Attributes:
        key: ``section.key``, or the key alone where there is no section.
        values: Allowed values of the setting.
    """

    key: str
    values: tuple[Any, ...]


def declared() -> Iterator[tuple[str, Any, dataclasses.Field[Any]]]:
    """Yield the key, type and field of every setting."""
    hints = typing.get_type_hints(StackSettings)
    for section in dataclasses.fields(StackSettings):
        kind = hints[section.name]
        if not dataclasses.is_dataclass(kind):
            yield section.name, kind, section
            continue
        inner = typing.get_type_hints(kind)
        yield from ((f"{section.name}.{field.name}", inner[field.name], field) for field in dataclasses.fields(kind))


@functools.cache
def edited() -> tuple[Edited, ...]:
    """Return all settings that a walk edits."""
    return tuple(
        Edited(key, _values(key, kind, field.metadata.get("allowed")))
        for key, kind, field in declared()
        if key not in LEFT_OUT
    )


def _values(key: str, kind: Any, allowed: Allowed | None) -> tuple[Any, ...]:
    if key in WORDS:
        return WORDS[key]
    is_optional = types.NoneType in typing.get_args(kind)
    kinds = [each for each in typing.get_args(kind) if each is not types.NoneType] if is_optional else [kind]
    found = [value for each in kinds for value in _of_type(each, allowed)]
    return (None, *found) if is_optional else tuple(found)


def _of_type(kind: Any, allowed: Allowed | None) -> list[Any]:
    check: Callable[[Any], bool] = (allowed and allowed.check) or (lambda _: True)
    if kind is bool:
        return [False, True]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [member.value for member in kind]
    if kind in (int, float):
        return [number for number in NUMBERS if (kind is float or isinstance(number, int)) and check(number)]
    return []
