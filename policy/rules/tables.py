"""Amazon DynamoDB and Amazon EBS: recovery of tables and volumes, and DAX caches in front of tables."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_at_least, is_one_of, is_own_key, is_true, number_setting
from policy.graph import Graph
from policy.iam.arns import names_every
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.rules.backup import SELECTION, goes_by_tags
from policy.rules.compute import VOLUME
from policy.rules.resource_policies import not_public
from policy.rules.spot import SCALING_TARGET
from policy.values import State

TABLE: Final = "aws:dynamodb/table:Table"
TABLE_POLICY: Final = "aws:dynamodb/resourcePolicy:ResourcePolicy"
DAX: Final = "aws:dax/cluster:Cluster"


def _grows(graph: Graph, table: ResourceView, _config: Config) -> Iterator[Verdict]:
    mode = table.at("billingMode")
    if mode.text() != "PAY_PER_REQUEST" and not graph.dependents(table, SCALING_TARGET, "resourceId"):
        yield violation(mode.path, f"{mode}; it must be PAY_PER_REQUEST, or a scaling target must be for the table")


def _backed_up(graph: Graph, table: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not in_backup_plan(graph, table, "dynamodb:table/*"):
        yield violation("arn", "no backup Selection of the stack names the table")


def _volume_backed_up(graph: Graph, volume: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not in_backup_plan(graph, volume, "ec2:volume/*"):
        yield violation("arn", "no backup Selection of the stack names the volume")


def in_backup_plan(graph: Graph, owner: ResourceView, kind: str) -> bool:
    """Check whether a backup selection of the stack includes a resource. A selection by tags counts as including it.

    Args:
        graph: The stack.
        owner: The resource.
        kind: The kind of the resource, as `names_every` takes it, such as ``dynamodb:table/*``.
    """
    if graph.dependents(owner, SELECTION, "resources"):
        return True
    return graph.once(
        (in_backup_plan, kind),
        lambda: any(_includes_every(selection, kind) for selection in graph.of_type(SELECTION)),
    )


def _includes_every(selection: ResourceView, kind: str) -> bool:
    if goes_by_tags(selection):
        return True
    named = selection.at("resources")
    items = named.items() if named.state is State.KNOWN else []
    known = [item.text() or "" for item in items if item.state is State.KNOWN]
    return any(names_every(pattern, kind) for pattern in known)


RULES = (
    Rule(
        id="dynamodb-point-in-time-recovery",
        title="Tables can be restored to any second of the last weeks",
        problem="The table cannot be restored to an earlier time",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("DynamoDB.2",),
        checkov=(
            "CKV_AWS_28",
            "CKV_AWS_165",
        ),
        cdk_nag=("AwsSolutions-DDB3",),
        prowler=("dynamodb_tables_pitr_enabled",),
        trivy=("AWS-0024",),
        types=(TABLE,),
        remediation="Set pointInTimeRecovery.enabled to true.",
        check=is_true("pointInTimeRecovery.enabled"),
    ),
    Rule(
        id="dynamodb-customer-managed-key",
        title="Tables are encrypted with a customer-managed key",
        problem="The table is encrypted with a key of AWS",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=(
            "CKV_AWS_119",
            "CKV_AWS_271",
        ),
        prowler=("dynamodb_tables_kms_cmk_encryption_enabled",),
        trivy=("AWS-0025",),
        types=(TABLE,),
        remediation="Set serverSideEncryption.enabled to true with kmsKeyArn.",
        check=every(is_true("serverSideEncryption.enabled"), is_own_key("serverSideEncryption.kmsKeyArn")),
    ),
    Rule(
        id="dynamodb-deletion-protection",
        title="Tables cannot be deleted by mistake",
        problem="The table can be deleted by mistake",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("DynamoDB.6",),
        prowler=("dynamodb_table_deletion_protection_enabled",),
        types=(TABLE,),
        remediation="Set deletionProtectionEnabled to true.",
        check=is_true("deletionProtectionEnabled"),
    ),
    Rule(
        id="dynamodb-scales",
        title="Tables grow with demand",
        problem="The table refuses requests above a fixed rate",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("DynamoDB.1",),
        checkov=("CKV2_AWS_16",),
        prowler=("dynamodb_table_autoscaling_enabled",),
        types=(TABLE, SCALING_TARGET),
        remediation="Set billingMode to PAY_PER_REQUEST, or add a scaling target.",
        check_graph=per_resource(_grows, TABLE),
    ),
    Rule(
        id="dynamodb-backup-plan",
        title="Tables are in a backup plan",
        problem="The table is in no backup plan",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("DynamoDB.4",),
        prowler=("dynamodb_table_protected_by_backup_plan",),
        types=(TABLE, SELECTION),
        remediation="Name the table's ARN in a backup Selection.",
        check_graph=per_resource(_backed_up, TABLE),
        note="A selection by tags counts as including the table.",
    ),
    Rule(
        id="ebs-volume-backup-plan",
        title="Volumes are in a backup plan",
        problem="The volume is in no backup plan",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        fsbp=("EC2.28",),
        checkov=("CKV2_AWS_9",),
        prowler=("ec2_ebs_volume_protected_by_backup_plan",),
        types=(VOLUME, SELECTION),
        remediation="Name the volume's ARN in a backup Selection.",
        check_graph=per_resource(_volume_backed_up, VOLUME),
        note="A selection by tags counts as including the volume.",
    ),
    Rule(
        id="dynamodb-not-public",
        title="Tables are not open to the whole world",
        problem="Anybody in the world may access the table",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        types=(TABLE_POLICY,),
        remediation="Name the principal.",
        check=not_public("policy"),
    ),
    Rule(
        id="dax-nodes",
        title="A DAX cache survives the loss of a zone",
        problem="The DAX cache has too few nodes to survive the loss of a zone",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        prowler=("dynamodb_accelerator_cluster_multi_az",),
        types=(DAX,),
        remediation="Set replicationFactor to at least 2; DAX spreads the nodes over the zones of its subnets.",
        check=is_at_least("replicationFactor", "minimum-nodes"),
        config={"minimum-nodes": number_setting(2, "Least nodes.", least=1)},
    ),
    Rule(
        id="dax-encrypted",
        title="DAX caches are encrypted at rest and in transit",
        problem="The DAX cache is not encrypted at rest, or not in transit",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=(
            "DynamoDB.3",
            "DynamoDB.7",
        ),
        checkov=(
            "CKV_AWS_47",
            "CKV_AWS_239",
        ),
        cdk_nag=("AwsSolutions-DDB4",),
        prowler=(
            "dynamodb_accelerator_cluster_encryption_enabled",
            "dynamodb_accelerator_cluster_in_transit_encryption_enabled",
        ),
        trivy=("AWS-0023",),
        types=(DAX,),
        remediation="Set serverSideEncryption.enabled to true and clusterEndpointEncryptionType to TLS.",
        check=every(is_true("serverSideEncryption.enabled"), is_one_of("clusterEndpointEncryptionType", "TLS")),
    ),
)
