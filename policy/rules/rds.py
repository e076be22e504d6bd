"""Amazon RDS for PostgreSQL, and Aurora: encryption, placement and recovery of the database."""

from collections.abc import Iterator

from policy.checks import every, given, is_at_least, is_false, is_none_of, is_own_key, is_true, number_setting
from policy.graph import Graph
from policy.placement import subnets_are_private
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.values import Value, some

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
EVENT_SUBSCRIPTION = "aws:rds/eventSubscription:EventSubscription"

DEFAULT_PORT = 5432
DEFAULT_PORTS = {"mysql": 3306, "mariadb": 3306}
LOGS = {"mysql": ("error", "slowquery"), "mariadb": ("error", "slowquery")}
"""Engine -> the logs that tell what went wrong ("Publishing database logs to CloudWatch Logs")."""
SECURE_TRANSPORT = {"mysql": "require_secure_transport", "mariadb": "require_secure_transport"}
"""Engine -> the parameter that refuses connections without TLS; PostgreSQL's is ``rds.force_ssl``."""
FORCE_SSL = "rds.force_ssl"
FORCE_SSL_IS_DEFAULT_FROM = 15
"""The PostgreSQL version from which RDS forces TLS by default (Amazon RDS User Guide, "Requiring an SSL
connection to a PostgreSQL DB instance")."""

NOTIFIED = {
    "db-instance": {"maintenance", "configuration change", "failure"},
    "db-parameter-group": {"configuration change"},
    "db-security-group": {"configuration change", "failure"},
}
"""Source type -> event categories, of controls RDS.20, RDS.21 and RDS.22."""


def is_primary(database: ResourceView) -> bool:
    """Tell a database from a replica, which takes most from its source and refuses to have it set.

    Args:
        database: An RDS instance, or an Aurora cluster.
    """
    source = "replicationSourceIdentifier" if database.type == CLUSTER else "replicateSourceDb"
    return not given(database.at(source))


def engine(database: ResourceView) -> str:
    """Read the engine of a database, without what makes it Aurora's.

    Args:
        database: An RDS instance, or an Aurora cluster.

    Returns:
        ``postgresql``, ``mysql`` or another in lower case; empty for a replica, which has its source's.
    """
    name = (database.text("engine") or "").lower().removeprefix("aurora-")
    return "postgresql" if name == "postgres" else name


def _own_name(database: ResourceView, config: Config) -> Iterator[Verdict]:
    name = "masterUsername" if database.type == CLUSTER else "username"
    yield from is_none_of(name, "postgres", "admin", "root", "rdsadmin")(database, config)


def _second_instance(graph: Graph, cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
    instances = graph.dependents(cluster, CLUSTER_INSTANCE, "clusterIdentifier")
    if len(instances) < 2 and not given(cluster.at("dbClusterInstanceClass")):  # noqa: PLR2004 - one, and one more
        yield violation("clusterIdentifier", f"{len(instances)} ClusterInstance of the stack; there must be two")


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


def _port(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    port = instance.at("port")
    default = DEFAULT_PORTS.get(engine(instance), DEFAULT_PORT)
    # Without a port it is the engine's own, which is written down for PostgreSQL only.
    if is_primary(instance) and (not port.present or port.number() == default):
        yield violation(port.path, f"{port}; it must not be the default port {default}")


def _snapshot_at_the_end(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    skip = instance.at("skipFinalSnapshot")
    if is_primary(instance) and skip.flag():
        yield violation(skip.path, f"{skip}; deleting the instance must leave a final snapshot")


def _forces_tls(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    if engine(instance) in SECURE_TRANSPORT:
        yield from _refuses_plain(graph, instance)
        return
    group = instance.at("parameterGroupName")
    groups = graph.targets(instance, "parameterGroupName", PARAMETER_GROUP)
    if not groups and given(group):
        yield undecided(group.path, "the parameter group is not part of this stack")
    elif not groups and is_primary(instance) and not _default_forces_tls(instance.text("engineVersion")):
        yield violation(group.path, f"{group}; a parameter group must set {FORCE_SSL} to 1")
    for owner in groups:
        yield from _group_forces_tls(owner)


def _refuses_plain(graph: Graph, instance: ResourceView) -> Iterator[Verdict]:
    group = instance.at("parameterGroupName")
    groups = graph.targets(instance, "parameterGroupName", PARAMETER_GROUP)
    parameter = SECURE_TRANSPORT[engine(instance)]
    if not groups and given(group):
        yield undecided(group.path, "the parameter group is not part of this stack")
    elif not groups and is_primary(instance):
        yield violation(group.path, f"{group}; a parameter group must set {parameter} to 1")
    for owner in groups:
        settings = owner.at("parameters").items()
        values = [item.at("value").text() for item in settings if item.at("name").text() == parameter]
        if not any(str(value).upper() in {"1", "ON"} for value in values):
            yield violation("parameters", f"parameters must set {parameter} to 1", owner)


def _queries_logged(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    wanted = QUERY_LOGS.get(engine(instance))
    if wanted is None:
        return
    group = instance.at("parameterGroupName")
    groups = graph.targets(instance, "parameterGroupName", PARAMETER_GROUP)
    if not groups and given(group):
        yield undecided(group.path, "the parameter group is not part of this stack")
    elif not groups and is_primary(instance):
        yield violation(group.path, f"{group}; a parameter group must set {' or '.join(wanted)}")
    for owner in groups:
        names = owner.at("parameters").items()
        if not any(_is_set(item, wanted) for item in names):
            yield violation("parameters", f"parameters must set {' or '.join(wanted)}", owner)


def _is_set(parameter: Value, wanted: tuple[str, ...]) -> bool:
    return parameter.at("name").text() in wanted and (parameter.at("value").text() or "").lower() not in OFF


QUERY_LOGS = {"postgresql": ("log_min_duration_statement", "log_statement"), "mysql": ("slow_query_log", "general_log")}
"""Engine -> parameters of which one tells which statements were slow, or all."""
OFF = frozenset({"", "-1", "0", "off", "none"})


def _group_forces_tls(group: ResourceView) -> Iterator[Verdict]:
    parameters = group.at("parameters")
    for parameter in parameters.items():
        if parameter.at("name").text() == FORCE_SSL:
            value = parameter.at("value")
            if value.text() != "1":
                yield violation(value.path, f"{value} for {FORCE_SSL}; it must be 1", group)
            return
    if not _default_forces_tls((group.text("family") or "").removeprefix("postgres")):
        yield violation(parameters.path, f"{parameters}; it must set {FORCE_SSL} to 1", group)


def _default_forces_tls(version: str | None) -> bool:
    major = (version or "").split(".")[0]
    return major.isdecimal() and int(major) >= FORCE_SSL_IS_DEFAULT_FROM


def _isolated(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    group = instance.at("dbSubnetGroupName")
    groups = graph.targets(instance, "dbSubnetGroupName", SUBNET_GROUP)
    if groups:
        for owner in groups:
            yield from subnets_are_private(graph, owner, "subnetIds")
    elif given(group):
        yield undecided(group.path, "the subnet group is not part of this stack")
    elif is_primary(instance):
        yield violation(group.path, f"{group}; without one the default VPC's public subnets are used")


def _notifies(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    for source, wanted in NOTIFIED.items():
        yield from guarded(_is_notified(graph, instance, source, wanted))


def _is_notified(graph: Graph, instance: ResourceView, source: str, wanted: set[str]) -> Iterator[Verdict]:
    def covers(subscription: ResourceView) -> bool:
        return _covers(subscription, source, wanted)

    def general() -> bool:
        # Without ids a subscription is about all sources of its type.
        every_source = graph.of_type(EVENT_SUBSCRIPTION)
        return some(every_source, lambda each: _is_general(each, source) and covers(each))

    own = graph.dependents(instance, EVENT_SUBSCRIPTION, "sourceIds") if source == "db-instance" else []
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
    return source != "db-instance" or not subscription.at("sourceIds").present


RULES = (
    Rule(
        id="rds-storage-encrypted",
        title="The database's storage is encrypted",
        problem="The database's storage is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "RDS.3",
            "RDS.4",
            "RDS.27",
        ),
        checkov=(
            "CKV_AWS_16",
            "CKV_AWS_96",
            "CKV_AWS_146",
        ),
        cdk_nag=("AwsSolutions-RDS2",),
        prowler=(
            "rds_cluster_storage_encrypted",
            "rds_instance_storage_encrypted",
            "rds_snapshots_encrypted",
        ),
        trivy=(
            "AWS-0079",
            "AWS-0080",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set storageEncrypted to true; it cannot be turned on later without a new instance.",
        check=is_true("storageEncrypted", when=is_primary),
        note="A replica in the same region has its source's encryption.",
    ),
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
        id="rds-not-public",
        title="The database has no public address",
        problem="The database has a public address",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("RDS.2",),
        checkov=("CKV_AWS_17",),
        prowler=("rds_instance_no_public_access",),
        trivy=("AWS-0180",),
        types=(INSTANCE, CLUSTER_INSTANCE),
        remediation="Set publiclyAccessible to false.",
        check=is_false("publiclyAccessible"),
    ),
    Rule(
        id="rds-private-subnets",
        title="The database stands in subnets that no internet gateway reaches",
        problem="The database is in a subnet that an internet gateway reaches",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=(
            "RDS.18",
            "RDS.46",
        ),
        prowler=(
            "rds_instance_inside_vpc",
            "vpc_subnet_separate_private_public",
        ),
        types=(INSTANCE, CLUSTER, SUBNET_GROUP),
        remediation="Give dbSubnetGroupName a group of private or isolated subnets.",
        check_graph=per_resource(_isolated, INSTANCE, CLUSTER),
    ),
    Rule(
        id="rds-multi-az",
        title="The database has a standby in another zone",
        problem="The database has no standby in another zone",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("RDS.5",),
        checkov=("CKV_AWS_157",),
        cdk_nag=("AwsSolutions-RDS3",),
        prowler=("rds_instance_multi_az",),
        types=(INSTANCE,),
        remediation="Set multiAz to true.",
        settings=(Setting("database.multi_az", "true", "ManagedData"),),
        check=is_true("multiAz", when=is_primary),
        note="Not demanded of a replica, which is a spare itself.",
    ),
    Rule(
        id="rds-cluster-zones",
        title="A cluster has a second instance that takes over",
        problem="The cluster has a single instance, and no other takes over",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("RDS.15",),
        prowler=("rds_cluster_multi_az",),
        types=(CLUSTER, CLUSTER_INSTANCE),
        remediation="Add a second ClusterInstance.",
        check_graph=per_resource(_second_instance, CLUSTER),
        note="A Multi-AZ cluster, with dbClusterInstanceClass, has three by itself.",
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
        id="rds-deletion-protection",
        title="The database cannot be deleted by mistake",
        problem="The database can be deleted by mistake",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=(
            "RDS.7",
            "RDS.8",
        ),
        checkov=(
            "CKV_AWS_139",
            "CKV_AWS_293",
        ),
        cdk_nag=("AwsSolutions-RDS10",),
        prowler=(
            "rds_cluster_deletion_protection",
            "rds_instance_deletion_protection",
        ),
        trivy=(
            "AWS-0177",
            "AWS-0343",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set deletionProtection to true.",
        settings=(Setting("database.deletion_protection", "true", "ManagedData"),),
        check=is_true("deletionProtection", when=is_primary),
    ),
    Rule(
        id="rds-final-snapshot",
        title="Deleting the database leaves a snapshot",
        problem="Deleting the database leaves no snapshot",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(INSTANCE, CLUSTER),
        remediation="Set skipFinalSnapshot to false and finalSnapshotIdentifier.",
        settings=(Setting("database.final_snapshot", "true", "ManagedData"),),
        check=_snapshot_at_the_end,
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
        id="rds-iam-authentication",
        title="IAM database authentication is possible",
        problem="IAM database authentication is not possible",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=(
            "RDS.10",
            "RDS.12",
        ),
        checkov=(
            "CKV_AWS_161",
            "CKV_AWS_162",
        ),
        cdk_nag=("AwsSolutions-RDS6",),
        prowler=(
            "rds_cluster_iam_authentication_enabled",
            "rds_instance_iam_authentication_enabled",
        ),
        trivy=("AWS-0176",),
        types=(INSTANCE, CLUSTER),
        remediation="Set iamDatabaseAuthenticationEnabled to true.",
        check=is_true("iamDatabaseAuthenticationEnabled"),
    ),
    Rule(
        id="rds-backup-retention",
        title="Automated backups are kept long enough",
        problem="Automated backups are not kept long enough",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("RDS.11",),
        checkov=("CKV_AWS_133",),
        cdk_nag=("AwsSolutions-RDS13",),
        prowler=("rds_instance_backup_enabled",),
        trivy=("AWS-0077",),
        types=(INSTANCE, CLUSTER),
        remediation="Set backupRetentionPeriod to at least the configured number of days.",
        settings=(
            Setting("database.backup_retention_days", "the number that the message names, or more", "ManagedData"),
        ),
        check=is_at_least("backupRetentionPeriod", "minimum-days", when=is_primary),
        config={"minimum-days": number_setting(7, "Least retention in days.", least=1)},
        note="AWSGuard reads an absent value as 7; the provider's default is 0, which is no backup at all.",
    ),
    Rule(
        id="rds-minor-version-upgrade",
        title="Minor versions are applied by themselves",
        problem="Minor versions are not applied by themselves",
        severity=Severity.HIGH,
        concern=Concern.HARDENING,
        fsbp=(
            "RDS.13",
            "RDS.35",
        ),
        checkov=("CKV_AWS_226",),
        prowler=(
            "rds_cluster_minor_version_upgrade_enabled",
            "rds_instance_minor_version_upgrade_enabled",
        ),
        types=(INSTANCE, CLUSTER_INSTANCE),
        remediation="Leave autoMinorVersionUpgrade true.",
        settings=(Setting("database.engine_version", "the major version alone, in quotes", "ManagedData"),),
        check=is_true("autoMinorVersionUpgrade"),
    ),
    Rule(
        id="rds-tags-on-snapshots",
        title="Snapshots carry the database's tags",
        problem="Snapshots lack the database's tags",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=(
            "RDS.16",
            "RDS.17",
        ),
        checkov=(
            "CKV2_AWS_60",
            "CKV_AWS_313",
        ),
        prowler=(
            "rds_cluster_copy_tags_to_snapshots",
            "rds_instance_copy_tags_to_snapshots",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set copyTagsToSnapshot to true.",
        check=is_true("copyTagsToSnapshot"),
    ),
    Rule(
        id="rds-event-subscriptions",
        title="Critical events of the database are notified",
        problem="Critical events of the database are not notified",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=(
            "RDS.20",
            "RDS.21",
            "RDS.22",
        ),
        prowler=(
            "rds_instance_critical_event_subscription",
            "rds_instance_event_subscription_parameter_groups",
            "rds_instance_event_subscription_security_groups",
        ),
        types=(INSTANCE, EVENT_SUBSCRIPTION),
        remediation="Add event subscriptions for db-instance, db-parameter-group and db-security-group.",
        check_graph=per_resource(_notifies, INSTANCE),
    ),
    Rule(
        id="rds-port",
        title="The database does not listen on the port that everybody tries first",
        problem="The database listens on the port that everybody tries first",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("RDS.23",),
        cdk_nag=("AwsSolutions-RDS11",),
        prowler=(
            "rds_cluster_non_default_port",
            "rds_instance_non_default_port",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set port to another than 5432.",
        settings=(Setting("database.port", "another than 5432", "ManagedData"),),
        check=_port,
    ),
    Rule(
        id="rds-administrator-name",
        title="The administrator has a name of its own",
        problem="The administrator has a name that everybody tries first",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=(
            "RDS.24",
            "RDS.25",
        ),
        prowler=(
            "rds_cluster_default_admin",
            "rds_instance_default_admin",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set username (of a cluster: masterUsername) to another than the well-known names.",
        settings=(Setting("database.username", "a name of its own", "ManagedData"),),
        check=_own_name,
    ),
    Rule(
        id="rds-tls-only",
        title="The database takes connections with TLS only",
        problem="The database takes connections without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "RDS.38",
            "RDS.39",
        ),
        checkov=("CKV2_AWS_69",),
        prowler=("rds_instance_transport_encrypted",),
        types=(INSTANCE, PARAMETER_GROUP),
        remediation="Give parameterGroupName a group that sets rds.force_ssl to 1.",
        check_graph=per_resource(_forces_tls, INSTANCE),
        note="PostgreSQL 15 and later force TLS by default, so that an absent parameter is right there.",
    ),
)
