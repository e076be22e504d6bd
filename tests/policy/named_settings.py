"""For each setting of the stack file that a rule names: a value that the rule must refuse, and a value that it accepts.

The whole program is recorded for each `Scenario`, so a scenario has as many settings as can be wrong together. A rule
names only settings with which a stack file can violate it, so all of them are here; `test_named_settings` checks that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.program import PUBLIC_IMAGE

Sections = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Wrong:
    """One rule, one setting that it names, and two values of the setting.

    Attributes:
        rule: The rule's id.
        key: The setting, such as ``database.multi_az``.
        bad: A value that the rule must refuse.
        good: A value that follows the rule's fix, which the rule must accept.
        needs: Further settings that `good` needs, as the rule's fix says.
    """

    rule: str
    key: str
    bad: Any
    good: Any
    needs: Sections = field(default_factory=dict[str, Mapping[str, Any]])


@dataclass(frozen=True)
class Scenario:
    """Bad values that one stack file can have together.

    Attributes:
        name: Name for the ids of tests.
        wrong: The bad values.
        also: Further settings that the bad values need, or that make them bad.
        profile: The file's profile. The pack applies prod's rules to the stack named prod anyway.
        asked: Configuration of rules that no profile configures.
    """

    name: str
    wrong: tuple[Wrong, ...]
    also: Sections = field(default_factory=dict[str, Mapping[str, Any]])
    profile: str = "prod"
    asked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def sections(self, which: str) -> dict[str, dict[str, Any]]:
        """Return the sections of the stack file.

        Args:
            which: ``bad`` or ``good``.
        """
        sections: dict[str, dict[str, Any]] = {"service": {"image": PUBLIC_IMAGE}}
        for name, values in self.also.items():
            sections[name] = {**sections.get(name, {}), **values}
        for each in self.wrong:
            section, _, key = each.key.partition(".")
            sections.setdefault(section, {})[key] = getattr(each, which)
            for name, values in each.needs.items() if which == "good" else ():
                sections.setdefault(name, {}).update(values)
        return sections


COMMON = "AWSManagedRulesCommonRuleSet"
OPEN_PATHS = ["/health", "/health/*", "/certificates/verify/*", "/payments/webhooks/*"]

COPIES = {"backups": {"copy_region": "us-west-2"}}


def scheduled(fewest: int, most: int) -> dict[str, Any]:
    """Return an entry of scheduled scaling."""
    return {"name": "sale", "schedule": "cron(0 8 * * ? *)", "min_tasks": fewest, "max_tasks": most}


def kept(key: str) -> Wrong:
    """Return a bad and a good value for a retention of logs in days: fewer than prod requires, and exactly as many."""
    return Wrong("log-group-retention", key, 30, 90)


SCENARIOS = (
    Scenario(
        "what prod allows",
        (
            Wrong("nat-gateway-per-zone", "vpc.nat", bad="single", good="per-az"),
            Wrong("ecs-spot-share", "service.spot_weight", bad=0, good=4),
            Wrong(
                "ecs-no-secret-in-environment",
                "service.secrets",
                {},
                {"GREETING": "greeting"},
                needs={"service": {"environment": {}}},
            ),
            Wrong("ecs-container-insights", "service.container_insights", bad="disabled", good="enabled"),
            Wrong("load-balancer-deletion-protection", "api.deletion_protection", bad=False, good=True),
            Wrong("api-gateway-execution-logs", "api.execution_log_level", bad="OFF", good="ERROR"),
            Wrong("api-gateway-tracing", "api.xray", bad=False, good=True),
            Wrong("api-gateway-client-certificate", "api.client_certificate", bad=False, good=True),
            Wrong("api-gateway-operations-authorized", "policy.open_paths", bad=[], good=OPEN_PATHS),
            Wrong("cloudfront-logs", "frontend.access_logs", bad=False, good=True),
            Wrong(
                "cloudfront-content-security-policy",
                "frontend.content_security_policy",
                "default-src *",
                "default-src 'self'",
            ),
            Wrong("waf-rules-block", "waf.counted_rules", bad=[f"{COMMON}/SizeRestrictions_BODY"], good=[]),
            Wrong("rds-minor-version-upgrade", "database.engine_version", bad="16.4", good="16"),
            Wrong("rds-port", "database.port", bad=5432, good=5433),
            Wrong("rds-multi-az", "database.multi_az", bad=False, good=True),
            Wrong("rds-deletion-protection", "database.deletion_protection", bad=False, good=True),
            Wrong("secret-recovery-window", "database.deletion_protection", bad=False, good=True),
            Wrong("rds-backups-kept", "database.deletion_protection", bad=False, good=True),
            Wrong("rds-final-snapshot", "database.final_snapshot", bad=False, good=True),
            Wrong("rds-performance-insights-encrypted", "database.performance_insights", bad=False, good=True),
            Wrong("rds-enhanced-monitoring", "database.monitoring_interval_seconds", bad=0, good=60),
            Wrong("elasticache-snapshots", "cache.snapshot_retention_days", bad=0, good=7),
            Wrong("elasticache-failover", "cache.nodes", bad=1, good=2),
            Wrong("elasticache-port", "cache.port", bad=6379, good=6380),
            Wrong("backup-retention", "backups.retention_days", bad=3, good=35),
            Wrong("backup-retention", "backups.copy_retention_days", bad=3, good=35),
            Wrong("backup-often", "backups.schedule", bad="cron(0 6 ? * SUN *)", good="cron(0 6 * * ? *)"),
            kept("service.log_retention_days"),
            kept("api.access_log_retention_days"),
            kept("database.log_retention_days"),
            kept("cache.log_retention_days"),
            kept("vpc.flow_log_retention_days"),
            kept("backups.log_retention_days"),
            kept("waf.log_retention_days"),
            kept("dns.query_log_retention_days"),
            Wrong("scaling-within-budget", "service.max_tasks", bad=300, good=10),
            Wrong(
                "scaling-within-budget", "service.scheduled_scaling", bad=[scheduled(1, 90)], good=[scheduled(2, 66)]
            ),
            Wrong("ecs-minimum-tasks", "service.scheduled_scaling", bad=[scheduled(1, 90)], good=[scheduled(2, 66)]),
        ),
        also={"dns": {"manage_zone": True}, "service": {"environment": {"GREETING": "ghp_" + "a" * 36}}},
    ),
    Scenario(
        "what prod allows, other values",
        (
            Wrong("nat-gateway-used", "vpc.nat", bad="instance", good="per-az"),
            Wrong("security-group-egress", "vpc.nat", bad="instance", good="per-az"),
            Wrong("ecs-stop-timeout", "service.stop_timeout_seconds", bad=30, good=115),
            Wrong("api-gateway-web-acl", "waf.enabled", bad=False, good=True),
            Wrong("cloudfront-web-acl", "waf.enabled", bad=False, good=True),
            Wrong("cloudfront-own-certificate", "dns.site_domain", bad=None, good="halalsphere.com"),
            Wrong("rds-engine-mended", "database.engine_version", bad="13", good="14"),
            Wrong("rds-backup-plan", "backups.enabled", bad=False, good=True, needs=COPIES),
            Wrong("s3-outlives-region", "backups.enabled", bad=False, good=True, needs=COPIES),
            Wrong("scaling-within-budget", "budget.monthly_limit_usd", bad=1, good=400),
            Wrong("vpc-interface-endpoints", "vpc.interface_endpoints", bad=[], good=["ecr.api"]),
        ),
        also={
            # The shortest times that the configuration allows with a stop timeout of 30 s.
            "api": {"cors_allowed_origins": ["https://halalsphere.com"], "integration_timeout_milliseconds": 5000},
            "service": {
                "health_check_interval_seconds": 5,
                "drain_seconds": 20,
                "deregistration_delay_seconds": 15,
            },
            "database": {"extended_support": True},
            "backups": {"copy_region": None},
        },
        asked={"vpc-interface-endpoints": {"services": ["ecr.api"]}},
    ),
    Scenario(
        "what another profile allows",
        (
            Wrong("ecs-on-demand-base", "service.on_demand_base", bad=0, good=1),
            Wrong("ecs-minimum-tasks", "service.min_tasks", bad=1, good=2),
            Wrong("rds-backup-retention", "database.backup_retention_days", bad=3, good=14),
            Wrong("no-forced-destruction", "storage.force_destroy", bad=True, good=False),
            Wrong("no-forced-destruction", "frontend.force_destroy", bad=True, good=False),
            Wrong("no-forced-destruction", "registry.force_delete", bad=True, good=False),
            Wrong("no-forced-destruction", "backups.force_destroy", bad=True, good=False),
            Wrong("backup-copied", "backups.copy_region", bad=None, good="us-west-2"),
            Wrong("budget-present", "budget.monthly_limit_usd", bad=None, good=400),
            Wrong("topic-heard", "observability.alarm_emails", bad=[], good=["platform@halalsphere.com"]),
        ),
        also={
            "service": {"desired_tasks": 2, "max_tasks": 10, "on_demand_weight": 1},
            "backups": {"enabled": True},
            "budget": {"emails": ["platform@halalsphere.com"]},
        },
        profile="dev",
    ),
)
