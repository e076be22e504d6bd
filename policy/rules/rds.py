"""Amazon RDS and Aurora: encryption, placement and access of the database."""

from collections.abc import Callable, Iterator

from policy.checks import given, is_false, is_none_of, is_true
from policy.graph import Graph
from policy.placement import subnets_are_private
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, undecided, violation
from policy.values import Value

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"

DEFAULT_PORT = 5432
DEFAULT_PORTS = {"mysql": 3306, "mariadb": 3306, "oracle": 1521, "sqlserver": 1433, "db2": 50000}
SECURE_TRANSPORT = {"mysql": "require_secure_transport", "mariadb": "require_secure_transport"}
"""Engine -> the parameter that refuses connections without TLS; PostgreSQL's is ``rds.force_ssl``."""
FORCE_SSL = "rds.force_ssl"
FORCE_SSL_IS_DEFAULT_FROM = 15
"""The PostgreSQL version from which RDS forces TLS by default (Amazon RDS User Guide, "Requiring an SSL
connection to a PostgreSQL DB instance")."""


def is_primary(database: ResourceView) -> bool:
    """Check whether a database is no replica. A replica takes most settings from its source, and they cannot be set.

    Args:
        database: An RDS instance, or an Aurora cluster.
    """
    source = "replicationSourceIdentifier" if database.type == CLUSTER else "replicateSourceDb"
    return not given(database.at(source))


def engine(database: ResourceView) -> str:
    """Read the engine of a database, without the prefix ``aurora-``.

    Args:
        database: An RDS instance, or an Aurora cluster.

    Returns:
        ``postgresql``, ``mysql`` or another name in lower case; empty for a replica, which has its source's engine.
    """
    name = (database.text("engine") or "").lower().removeprefix("aurora-")
    return "postgresql" if name == "postgres" else name


def parameter_values(group: ResourceView, name: str) -> Iterator[Value]:
    """Find the values that a parameter group gives a parameter.

    Args:
        group: A parameter group of Amazon RDS, or of another database service of AWS.
        name: The parameter's name.
    """
    return (each.at("value") for each in group.at("parameters").items() if each.at("name").text() == name)


def in_parameter_groups(
    graph: Graph,
    instance: ResourceView,
    demanded: str,
    check: Callable[[ResourceView], Iterator[Verdict]],
    *,
    is_default: Callable[[], bool] = lambda: False,
) -> Iterator[Verdict]:
    """Apply a check to the parameter group of an instance, and demand that there is a group.

    Args:
        graph: The stack.
        instance: The RDS instance.
        demanded: The setting that a group must have, for the message about an instance without a group.
        check: Checks a group.
        is_default: Checks whether the engine has the setting by default, so that no group is needed.
    """
    group = instance.at("parameterGroupName")
    groups = graph.targets(instance, "parameterGroupName", PARAMETER_GROUP)
    if not groups and given(group):
        yield undecided(group.path, "the parameter group is not part of this stack")
    elif not groups and is_primary(instance) and not is_default():
        yield violation(group.path, f"{group}; a parameter group must set {demanded}")
    for owner in groups:
        yield from check(owner)


def _own_name(database: ResourceView, config: Config) -> Iterator[Verdict]:
    name = "masterUsername" if database.type == CLUSTER else "username"
    yield from is_none_of(name, "postgres", "admin", "root", "rdsadmin")(database, config)


def _port(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    port = instance.at("port")
    default = DEFAULT_PORTS.get(engine(instance).split("-")[0], DEFAULT_PORT)
    if is_primary(instance) and (not port.present or port.number() == default):
        found = port if port.present else f"{port.path} is absent, which means the engine's own, {default}"
        yield violation(port.path, f"{found}; it must not be the default port {default}")


def _forces_tls(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    if engine(instance) in SECURE_TRANSPORT:
        yield from _refuses_plain(graph, instance)
        return
    yield from in_parameter_groups(
        graph,
        instance,
        f"{FORCE_SSL} to 1",
        _group_forces_tls,
        is_default=lambda: _default_forces_tls(instance.text("engineVersion")),
    )


def _refuses_plain(graph: Graph, instance: ResourceView) -> Iterator[Verdict]:
    parameter = SECURE_TRANSPORT[engine(instance)]

    def refuses(group: ResourceView) -> Iterator[Verdict]:
        values = [value.text() for value in parameter_values(group, parameter)]
        if not any(str(value).upper() in {"1", "ON"} for value in values):
            yield violation("parameters", f"parameters must set {parameter} to 1", group)

    yield from in_parameter_groups(graph, instance, f"{parameter} to 1", refuses)


def _group_forces_tls(group: ResourceView) -> Iterator[Verdict]:
    for value in parameter_values(group, FORCE_SSL):
        if value.text() != "1":
            yield violation(value.path, f"{value} for {FORCE_SSL}; it must be 1", group)
        return
    if not _default_forces_tls((group.text("family") or "").removeprefix("postgres")):
        parameters = group.at("parameters")
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
        title="The database is in subnets that no internet gateway reaches",
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
        id="rds-iam-authentication",
        title="IAM database authentication is enabled",
        problem="IAM database authentication is not enabled",
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
        id="rds-minor-version-upgrade",
        title="Minor versions are applied automatically",
        problem="Minor versions are not applied automatically",
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
        id="rds-port",
        title="The database does not listen on the default port of its engine",
        problem="The database listens on the default port of its engine, which attackers try first",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("RDS.23",),
        cdk_nag=("AwsSolutions-RDS11",),
        prowler=(
            "rds_cluster_non_default_port",
            "rds_instance_non_default_port",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set port to a number other than the default: 5432 (PostgreSQL), 3306 (MySQL, MariaDB).",
        settings=(Setting("database.port", "a number other than 5432", "ManagedData"),),
        check=_port,
    ),
    Rule(
        id="rds-administrator-name",
        title="The administrator does not have a well-known name",
        problem="The administrator has a well-known name, which attackers try first",
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
        remediation="Set username (cluster: masterUsername) to a name other than postgres, admin, root or rdsadmin.",
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
        remediation=(
            "Give parameterGroupName a group that sets rds.force_ssl to 1 (PostgreSQL), or require_secure_transport to "
            "1 (MySQL, MariaDB)."
        ),
        check_graph=per_resource(_forces_tls, INSTANCE),
        note="PostgreSQL 15 and later force TLS by default, so that an absent parameter passes there.",
    ),
)
