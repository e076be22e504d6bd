"""Amazon RDS: protection of a database against the loss of a zone, against mistakes and against bad changes."""

from collections.abc import Iterator

from policy.checks import given, is_at_least, is_true, number_setting
from policy.graph import Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, violation
from policy.rules.rds import CLUSTER, CLUSTER_INSTANCE, INSTANCE, is_primary


def _second_instance(graph: Graph, cluster: ResourceView, _config: Config) -> Iterator[Verdict]:
    instances = graph.dependents(cluster, CLUSTER_INSTANCE, "clusterIdentifier")
    if len(instances) < 2 and not given(cluster.at("dbClusterInstanceClass")):  # noqa: PLR2004 - one, and one more
        yield violation(
            "clusterIdentifier", f"{len(instances)} ClusterInstance of the stack; there must be two or more"
        )


def _snapshot_at_the_end(instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    skip = instance.at("skipFinalSnapshot")
    if is_primary(instance) and skip.flag():
        yield violation(skip.path, f"{skip}; deleting the instance must leave a final snapshot")


RULES = (
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
        note="Not required for a replica, which is itself a spare.",
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
        note="A Multi-AZ cluster, with dbClusterInstanceClass, has three instances by itself.",
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
)
