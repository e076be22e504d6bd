"""Amazon RDS: logs, monitoring and event subscriptions of a database."""

from collections.abc import Iterator

from policy.checks import every, is_at_least, is_own_key, is_true, number_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.rules.rds import CLUSTER, CLUSTER_INSTANCE, INSTANCE, PARAMETER_GROUP, engine, in_parameter_groups
from policy.values import Value, some

EVENT_SUBSCRIPTION = "aws:rds/eventSubscription:EventSubscription"


LOGS = {"mysql": ("error", "slowquery"), "mariadb": ("error", "slowquery")}
"""Engine -> the logs with errors and slow queries ("Publishing database logs to CloudWatch Logs")."""


NOTIFIED = {
    "db-instance": {"maintenance", "configuration change", "failure"},
    "db-parameter-group": {"configuration change"},
    "db-security-group": {"configuration change", "failure"},
}
"""Source type -> the event categories of controls RDS.20, RDS.21 and RDS.22."""
NOTIFIED_OF_CLUSTERS = {"db-cluster": {"maintenance", "failure"}}
"""The same for clusters, of control RDS.19."""
DATABASES = ("db-instance", "db-cluster")
"""Source types whose ids a subscription may name."""


def _logs(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    exports = instance.at("enabledCloudwatchLogsExports")
    wanted = LOGS.get(engine(instance), ("postgresql", "upgrade"))
    if instance.type == CLUSTER:
        wanted = tuple(log for log in wanted if log != "upgrade")
    missing = [log for log in wanted if not _has(exports, log)]
    if missing:
        yield violation(exports.path, f"{exports}; it must have {' and '.join(missing)}")


def _has(listed: Value, wanted: str) -> bool:
    return some(listed.items(), lambda item: item.text() == wanted)


def _queries_logged(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    wanted = QUERY_LOGS.get(engine(instance))
    if wanted is None:
        return
    named = " or ".join(wanted)

    def logs(group: ResourceView) -> Iterator[Verdict]:
        if not any(_is_set(item, wanted) for item in group.at("parameters").items()):
            yield violation("parameters", f"parameters must set {named}", group)

    yield from in_parameter_groups(graph, instance, named, logs)


def _is_set(parameter: Value, wanted: tuple[str, ...]) -> bool:
    return parameter.at("name").text() in wanted and (parameter.at("value").text() or "").lower() not in OFF


QUERY_LOGS = {"postgresql": ("log_min_duration_statement", "log_statement"), "mysql": ("slow_query_log", "general_log")}
"""Engine -> parameters that log slow statements, or all statements; one of them is enough."""


OFF = frozenset({"", "-1", "0", "off", "none"})


def _notifies(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    sources = NOTIFIED_OF_CLUSTERS if instance.type == CLUSTER else NOTIFIED
    for source, wanted in sources.items():
        yield from guarded(_is_notified(graph, instance, source, wanted))


def _is_notified(graph: Graph, instance: ResourceView, source: str, wanted: set[str]) -> Iterator[Verdict]:
    def covers(subscription: ResourceView) -> bool:
        return _covers(subscription, source, wanted)

    def general() -> bool:
        # Without ids a subscription covers all sources of its type.
        every_source = graph.of_type(EVENT_SUBSCRIPTION)
        return some(every_source, lambda each: _is_general(each, source) and covers(each))

    own = graph.dependents(instance, EVENT_SUBSCRIPTION, "sourceIds") if source in DATABASES else []
    if not some((lambda: some(own, covers), lambda: graph.once((_notifies, source), general)), lambda way: way()):
        yield violation(
            "eventCategories", f"no event subscription of the stack covers {source} with {', '.join(sorted(wanted))}"
        )


def _covers(subscription: ResourceView, source: str, wanted: set[str]) -> bool:
    if not subscription.flag("enabled") or subscription.text("sourceType") not in {None, source}:
        return False
    categories = subscription.at("eventCategories").texts()
    return not categories or wanted <= set(categories)


def _is_general(subscription: ResourceView, source: str) -> bool:
    return source not in DATABASES or not subscription.at("sourceIds").present


RULES = (
    Rule(
        id="rds-performance-insights-encrypted",
        title="Performance Insights is on and encrypted with a customer-managed key",
        problem="Performance Insights is off, or not encrypted with a customer-managed key",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=(
            "CKV_AWS_353",
            "CKV_AWS_354",
        ),
        trivy=(
            "AWS-0078",
            "AWS-0133",
        ),
        types=(INSTANCE, CLUSTER_INSTANCE),
        remediation="Set performanceInsightsEnabled to true and performanceInsightsKmsKeyId to a key.",
        settings=(Setting("database.performance_insights", "true", "ManagedData"),),
        check=every(is_true("performanceInsightsEnabled"), is_own_key("performanceInsightsKmsKeyId")),
    ),
    Rule(
        id="rds-enhanced-monitoring",
        title="Enhanced monitoring is on",
        problem="Enhanced monitoring is off",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=("RDS.6",),
        checkov=("CKV_AWS_118",),
        prowler=("rds_instance_enhanced_monitoring_enabled",),
        types=(INSTANCE, CLUSTER_INSTANCE),
        remediation="Set monitoringInterval to 1-60 seconds and monitoringRoleArn.",
        settings=(Setting("database.monitoring_interval_seconds", "60", "ManagedData"),),
        check=is_at_least("monitoringInterval", "minimum-seconds"),
        config={"minimum-seconds": number_setting(1, "Least interval in seconds; 0 is off.", least=1)},
    ),
    Rule(
        id="rds-queries-logged",
        title="The database logs slow statements",
        problem="The database does not log which statements are slow",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        checkov=(
            "CKV2_AWS_27",
            "CKV2_AWS_30",
        ),
        types=(INSTANCE, PARAMETER_GROUP),
        remediation="Set log_min_duration_statement (PostgreSQL) or slow_query_log (MySQL) in the parameter group.",
        check_graph=per_resource(_queries_logged, INSTANCE),
    ),
    Rule(
        id="rds-logs-exported",
        title="The database's logs go to CloudWatch Logs",
        problem="The database's logs do not go to CloudWatch Logs",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=(
            "RDS.9",
            "RDS.36",
            "RDS.37",
        ),
        checkov=(
            "CKV_AWS_129",
            "CKV_AWS_324",
        ),
        prowler=(
            "rds_cluster_integration_cloudwatch_logs",
            "rds_instance_integration_cloudwatch_logs",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set enabledCloudwatchLogsExports: postgresql and upgrade, or error and slowquery for MySQL.",
        check=_logs,
    ),
    Rule(
        id="rds-event-subscriptions",
        title="Somebody is notified of critical events of the database",
        problem="Nobody is notified of critical events of the database",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=(
            "RDS.19",
            "RDS.20",
            "RDS.21",
            "RDS.22",
        ),
        prowler=(
            "rds_cluster_critical_event_subscription",
            "rds_instance_critical_event_subscription",
            "rds_instance_event_subscription_parameter_groups",
            "rds_instance_event_subscription_security_groups",
        ),
        types=(INSTANCE, CLUSTER, EVENT_SUBSCRIPTION),
        remediation="Add event subscriptions for db-instance or db-cluster, db-parameter-group, db-security-group.",
        check_graph=per_resource(_notifies, INSTANCE, CLUSTER),
    ),
)
