"""The values that each profile sets; every other key has its section's default.

A stack file contains only the values that differ from its profile.
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
"""Values of stacks with unimportant data: `destroy` also deletes buckets and images that are not empty."""

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
        # `ops release` follows the deployment itself, and the offline provider has no deployments.
        "wait_for_steady_state": False,
        # Less than half of the times in AWS, so that a change is live within a minute. Each time is still long enough:
        # the load balancer notices a task that leaves after two checks of 5 s and a timeout of 4 s, and the longest
        # request takes 15 s (docs/container-contract.md, "Going away").
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
    # Traces cost 5 USD per million ("AWS X-Ray pricing").
    "api": {"deletion_protection": False, "access_log_retention_days": 7, "xray": False},
    # The only task runs on Spot and may be missing for minutes: in dev the savings are more important.
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
    # Users may be anywhere; with PriceClass_100, most of Asia, Africa and South America has no edge location nearby.
    "frontend": {"price_class": "PriceClass_All"},
    "vpc": {"nat": "per-az", "flow_log_retention_days": 90},
    "api": {"access_log_retention_days": 90},
    # A single task would always run on demand, because the base does, and would have no spare.
    "service": {"min_tasks": 2, "desired_tasks": 2, "max_tasks": 10, "log_retention_days": 90},
    "database": {
        "instance_class": "db.t4g.small",
        "multi_az": True,
        "backup_retention_days": 14,
        "deletion_protection": True,
        # The snapshot is still made when the deletion protection was turned off to destroy the stack.
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
