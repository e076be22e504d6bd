"""AWS Backup: encryption of vaults, and databases in backup plans."""

from collections.abc import Iterator

from policy.checks import is_own_key
from policy.graph import Graph
from policy.iam.arns import names_every
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, per_resource, undecided, violation
from policy.rules.rds import CLUSTER, INSTANCE, is_primary
from policy.values import State, UndecidableError, some

VAULT = "aws:backup/vault:Vault"
SELECTION = "aws:backup/selection:Selection"


def _selected(graph: Graph, instance: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not is_primary(instance):
        return
    if graph.dependents(instance, SELECTION, "resources"):
        return
    if graph.once((_selected, instance.type), lambda: _all_are_named(graph, instance.type)):
        return
    by_tag = graph.once(goes_by_tags, lambda: any(map(goes_by_tags, graph.of_type(SELECTION))))
    if by_tag:
        yield undecided("selectionTags", "a backup selection chooses by tags, which this rule does not evaluate")
    else:
        yield violation("resources", "no backup Selection of the stack names the database")


def goes_by_tags(selection: ResourceView) -> bool:
    """Check whether a selection chooses resources by tags or conditions, without naming them."""
    return selection.at("selectionTags").present or selection.at("conditions").present


def _all_are_named(graph: Graph, type_: str) -> bool:
    return some(graph.of_type(SELECTION), lambda selection: _names_all(graph, selection, KINDS[type_]))


KINDS = {INSTANCE: "rds:db:*", CLUSTER: "rds:cluster:*"}
"""Type -> its kind, as `names_every` takes it."""


def _names_all(graph: Graph, selection: ResourceView, kind: str) -> bool:
    resources = selection.at("resources")
    named = [resources] if resources.state is State.UNKNOWN else resources.items()
    known = [item.text() or "" for item in named if item.state is State.KNOWN]
    if any(names_every(pattern, kind) for pattern in known):
        return True
    if len(known) < len(named) and not graph.targets(selection, "resources"):
        raise UndecidableError(resources.path, selection.urn)
    return False


RULES = (
    Rule(
        id="backup-vault-encrypted",
        title="Backups are encrypted with a customer-managed key",
        problem="Backups are not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_166",),
        prowler=("backup_vaults_encrypted",),
        types=(VAULT,),
        remediation="Give kmsKeyArn.",
        check=is_own_key("kmsKeyArn"),
        note="Backup.1, about each recovery point, can only be checked at run time.",
    ),
    Rule(
        id="rds-backup-plan",
        title="The database is in a backup plan",
        problem="The database is in no backup plan",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("RDS.26",),
        checkov=("CKV2_AWS_8",),
        prowler=(
            "backup_plans_exist",
            "backup_vaults_exist",
            "rds_cluster_protected_by_backup_plan",
            "rds_instance_protected_by_backup_plan",
        ),
        types=(INSTANCE, CLUSTER, SELECTION),
        remediation="Name the database's ARN, or a pattern of all, in a backup Selection.",
        settings=(Setting("backups.enabled", "true", "ManagedData"),),
        check_graph=per_resource(_selected, INSTANCE, CLUSTER),
    ),
)
