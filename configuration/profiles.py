"""What each profile sets; everything else has the default of its section.

A stack file holds only what differs from its profile.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_DISPOSABLE: Final[dict[str, dict[str, Any]]] = {
    "frontend": {"force_destroy": True, "access_log_retention_days": 7},
    "storage": {
        "force_destroy": True,
        "noncurrent_version_expiration_days": 7,
        "backups_expiration_days": 90,
        "access_log_retention_days": 7,
    },
    "backups": {"force_destroy": True},
    "registry": {"force_delete": True, "keep_images": 5},
}
"""Stacks whose data nobody misses: `destroy` takes buckets and images along."""

_SMALL: Final[dict[str, dict[str, Any]]] = {
    "service": {
        "min_tasks": 1,
        "desired_tasks": 1,
        "max_tasks": 2,
        "container_insights": "disabled",
        "log_retention_days": 7,
    },
    "database": {
        "instance_class": "db.t4g.micro",
        "multi_az": False,
        "backup_retention_days": 1,
        "deletion_protection": False,
        "monitoring_interval_seconds": 0,
        "apply_immediately": True,
        "log_retention_days": 7,
    },
    "cache": {"nodes": 1, "snapshot_retention_days": 0, "log_retention_days": 7},
}

_LOCAL: Final[dict[str, dict[str, Any]]] = {
    **_DISPOSABLE,
    **_SMALL,
    "vpc": {"nat": "per-az", "flow_log_retention_days": 7, "flow_log_force_destroy": True},
    "api": {"deletion_protection": False, "access_log_retention_days": 7, "integration_timeout_milliseconds": 15000},
    "service": {
        **_SMALL["service"],
        # `ops release` follows the deployment by itself, and the offline provider runs none.
        "wait_for_steady_state": False,
        # Less than half of what a stack in AWS waits for, so that a change is live within a minute. Everything is still
        # longer than what it waits for: the balancer notices a task that leaves after two checks of 5 s and 5 s for the
        # answer, and the longest request takes 15 s (docs/container-contract.md, "Going away").
        "health_check_interval_seconds": 5,
        "liveness_interval_seconds": 10,
        "drain_seconds": 25,
        "deregistration_delay_seconds": 15,
        "stop_timeout_seconds": 45,
    },
}

_DEV: Final[dict[str, dict[str, Any]]] = {
    **_DISPOSABLE,
    **_SMALL,
    "vpc": {"nat": "instance", "flow_log_retention_days": 7, "flow_log_force_destroy": True},
    # A request a second that is traced costs 12.50 USD a month ("AWS X-Ray pricing": 5 USD per million traces).
    "api": {"deletion_protection": False, "access_log_retention_days": 7, "xray": False},
    # One task is all there is, and it may be gone for minutes: the savings of Spot are the point here.
    "service": {**_SMALL["service"], "on_demand_base": 0, "on_demand_weight": 0},
    "budget": {"monthly_limit_usd": 100},
}

_STAGING: Final[dict[str, dict[str, Any]]] = {
    "vpc": {"nat": "single"},
    "service": {"min_tasks": 1, "desired_tasks": 2, "max_tasks": 4},
    "database": {"instance_class": "db.t4g.small", "multi_az": False, "backup_retention_days": 7},
    "cache": {"nodes": 1},
    "backups": {"enabled": True, "retention_days": 7, "copy_retention_days": 7},
    "budget": {"monthly_limit_usd": 200},
    "waf": {"enabled": True},
}

_PROD: Final[dict[str, dict[str, Any]]] = {
    "dns": {"query_log_retention_days": 90},
    # Its users may be anywhere; PriceClass_100 answers most of Asia, Africa and South America from far away.
    "frontend": {"price_class": "PriceClass_All"},
    "vpc": {"nat": "per-az", "flow_log_retention_days": 90},
    "api": {"access_log_retention_days": 90},
    # One task would mean no Spot (the base is on demand) and no spare.
    "service": {"min_tasks": 2, "desired_tasks": 2, "max_tasks": 10, "log_retention_days": 90},
    "database": {
        "instance_class": "db.t4g.small",
        "multi_az": True,
        "backup_retention_days": 14,
        "deletion_protection": True,
        # Also when the protection has been turned off to destroy the stack.
        "final_snapshot": True,
        "log_retention_days": 90,
    },
    "cache": {"nodes": 2, "final_snapshot": True, "snapshot_retention_days": 7, "log_retention_days": 90},
    "backups": {"enabled": True, "log_retention_days": 90},
    "budget": {"monthly_limit_usd": 400},
    "waf": {"enabled": True, "log_retention_days": 90},
}

PROFILES: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = MappingProxyType(
    {"local": _LOCAL, "dev": _DEV, "staging": _STAGING, "prod": _PROD}
)
"""Profile -> section -> key -> value."""
