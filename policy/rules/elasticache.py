"""Amazon ElastiCache for Valkey and Redis: encryption, authentication and failover of the cache."""

from collections.abc import Iterator

from policy.checks import every, given, is_at_least, is_one_of, is_true, number_setting
from policy.graph import Graph
from policy.placement import subnets_are_private
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, undecided, violation
from policy.values import State

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:elasticache/cluster:Cluster"
SUBNET_GROUP = "aws:elasticache/subnetGroup:SubnetGroup"

USER = "aws:elasticache/user:User"
DEFAULT_PORT = 6379


def _encrypted_at_rest(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    encrypted = group.at("atRestEncryptionEnabled")
    if encrypted.state is State.ABSENT and group.text("engine") == "valkey":
        return  # the provider's default is true for Valkey only
    if not encrypted.flag():
        yield violation(encrypted.path, f"{encrypted}; it must be true")


def _asks_for_password(user: ResourceView) -> Iterator[Verdict]:
    # A user with "off" cannot sign in. AWS's own default user is disabled in this way ("Access control lists").
    if "off" in (user.text("accessString") or "").split():
        return
    mode, without = user.at("authenticationMode.type"), user.at("noPasswordRequired")
    if without.flag():
        yield violation(without.path, f"{without}; a user must have a password, or sign in with IAM")
    if mode.text() == "no-password-required":
        yield violation(mode.path, f"{mode}; a user must have a password, or sign in with IAM")


def _authenticated(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    if group.type == USER:
        yield from _asks_for_password(group)
        return
    tokens = [group.at(name) for name in ("authToken", "authTokenWo")]
    groups = group.at("userGroupIds")
    if not any([*map(given, tokens)]) and groups.state is not State.UNKNOWN and not groups.items():
        yield violation("authToken", "authToken and userGroupIds are absent; one of them must be given")


def _in_its_own_subnets(graph: Graph, group: ResourceView, _config: Config) -> Iterator[Verdict]:
    name = group.at("subnetGroupName")
    groups = graph.targets(group, "subnetGroupName", SUBNET_GROUP)
    for owner in groups:
        yield from subnets_are_private(graph, owner, "subnetIds")
    if not groups and given(name):
        yield undecided(name.path, "the subnet group is not part of this stack")


def _own_subnet_group(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    name = group.at("subnetGroupName")
    if name.state is not State.UNKNOWN and name.text() in {None, "", "default"}:
        yield violation(name.path, f"{name}; it must be a subnet group of the stack, not the default one")


def _no_cluster_alone(cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not given(cluster.at("replicationGroupId")):
        yield violation("replicationGroupId", "a cluster outside a replication group cannot be encrypted")


def _port(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    port = group.at("port")
    if port.number() == DEFAULT_PORT:
        yield violation(port.path, f"{port}; it must not be the default port {DEFAULT_PORT}")


RULES = (
    Rule(
        id="elasticache-encrypted-at-rest",
        title="The cache is encrypted at rest",
        problem="The cache is not encrypted at rest",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ElastiCache.4",),
        checkov=("CKV_AWS_29",),
        cdk_nag=("AwsSolutions-AEC3",),
        prowler=("elasticache_redis_cluster_rest_encryption_enabled",),
        trivy=("AWS-0045",),
        types=(GROUP,),
        remediation="Set atRestEncryptionEnabled to true.",
        check=_encrypted_at_rest,
    ),
    Rule(
        id="elasticache-encrypted-in-transit",
        title="The cache takes connections with TLS only",
        problem="The cache takes connections without TLS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ElastiCache.5",),
        checkov=(
            "CKV_AWS_30",
            "CKV_AWS_31",
        ),
        cdk_nag=("AwsSolutions-AEC3",),
        prowler=("elasticache_redis_cluster_in_transit_encryption_enabled",),
        trivy=("AWS-0051",),
        types=(GROUP,),
        remediation="Set transitEncryptionEnabled to true, and transitEncryptionMode not to preferred.",
        check=every(is_true("transitEncryptionEnabled"), is_one_of("transitEncryptionMode", "required")),
        note="Stricter than the control: mode preferred admits connections without TLS.",
    ),
    Rule(
        id="elasticache-authenticated",
        title="The cache authenticates its clients",
        problem="The cache does not authenticate its clients",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("ElastiCache.6",),
        checkov=("CKV_AWS_31",),
        cdk_nag=("AwsSolutions-AEC6",),
        prowler=("elasticache_redis_replication_group_auth_enabled",),
        types=(GROUP, USER),
        remediation="Give authToken or userGroupIds; give each user a password, or let it sign in with IAM.",
        check=_authenticated,
        note="The control is about versions before 6; the rule is about every version.",
    ),
    Rule(
        id="elasticache-own-subnet-group",
        title="The cache has a subnet group of its own",
        problem="The cache is in the default subnet group",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("ElastiCache.7",),
        checkov=("CKV_AWS_323",),
        cdk_nag=("AwsSolutions-AEC1",),
        types=(GROUP,),
        remediation="Give subnetGroupName.",
        check=_own_subnet_group,
    ),
    Rule(
        id="elasticache-private-subnets",
        title="The cache is in subnets that no internet gateway reaches",
        problem="The cache is in a subnet that an internet gateway reaches",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        cdk_nag=("AwsSolutions-AEC1",),
        prowler=(
            "elasticache_cluster_uses_public_subnet",
            "vpc_subnet_separate_private_public",
        ),
        types=(GROUP, SUBNET_GROUP),
        remediation="Give subnetGroupName a group of private or isolated subnets.",
        check_graph=per_resource(_in_its_own_subnets, GROUP),
    ),
    Rule(
        id="elasticache-snapshots",
        title="The cache is backed up every day",
        problem="The cache is not backed up every day",
        severity=Severity.HIGH,
        concern=Concern.AVAILABILITY,
        fsbp=("ElastiCache.1",),
        checkov=("CKV_AWS_134",),
        prowler=("elasticache_redis_cluster_backup_enabled",),
        trivy=("AWS-0050",),
        types=(GROUP,),
        remediation="Set snapshotRetentionLimit to at least the configured number of days.",
        settings=(
            Setting("cache.snapshot_retention_days", "the number that the message names, or more", "ManagedData"),
        ),
        check=is_at_least("snapshotRetentionLimit", "minimum-days"),
        config={"minimum-days": number_setting(1, "Least retention in days.", least=1)},
    ),
    Rule(
        id="elasticache-minor-version-upgrade",
        title="Minor versions are applied automatically",
        problem="Minor versions are not applied automatically",
        severity=Severity.HIGH,
        concern=Concern.HARDENING,
        fsbp=("ElastiCache.2",),
        checkov=("CKV_AWS_322",),
        prowler=("elasticache_redis_cluster_auto_minor_version_upgrades",),
        types=(GROUP,),
        remediation="Leave autoMinorVersionUpgrade true.",
        check=is_true("autoMinorVersionUpgrade"),
    ),
    Rule(
        id="elasticache-failover",
        title="A replica in another zone takes over automatically",
        problem="No replica in another zone takes over automatically",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("ElastiCache.3",),
        checkov=("CKV2_AWS_50",),
        cdk_nag=("AwsSolutions-AEC4",),
        prowler=(
            "elasticache_redis_cluster_automatic_failover_enabled",
            "elasticache_redis_cluster_multi_az_enabled",
        ),
        types=(GROUP,),
        remediation="Set automaticFailoverEnabled and multiAzEnabled to true, with two nodes or more.",
        settings=(Setting("cache.nodes", "at least 2", "ManagedData"),),
        check=every(is_true("automaticFailoverEnabled"), is_true("multiAzEnabled")),
    ),
    Rule(
        id="elasticache-port",
        title="The cache does not listen on the default port",
        problem="The cache listens on the default port, which attackers try first",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        cdk_nag=("AwsSolutions-AEC5",),
        types=(GROUP,),
        remediation="Set port to a number other than 6379.",
        settings=(Setting("cache.port", "a number other than 6379", "ManagedData"),),
        check=_port,
        note="AwsSolutions-AEC5 of cdk-nag requires it, and so does RDS.23 for databases.",
    ),
    Rule(
        id="elasticache-replication-group",
        title="Every cache is in a replication group",
        problem="The cache is not in a replication group",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(CLUSTER,),
        remediation="Make a replication group, of one node if need be.",
        check=_no_cluster_alone,
        note="A cluster outside a replication group can have neither encryption at rest nor a token.",
    ),
)
