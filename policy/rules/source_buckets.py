"""Policies that let a service act for a bucket: the bucket's ARN contains no account, so it may be anybody's."""

from collections.abc import Collection, Iterator
from typing import Final

from policy.checks import given
from policy.documents import OUTPUT, Statement, statements
from policy.graph import Graph
from policy.iam.arns import ARN_PARTS
from policy.iam.conditions import NARROWING_KEYS
from policy.iam.own_buckets import is_own
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, undecided, violation
from policy.rules.foreign_principals import DOCUMENTS, ENDPOINTS, NARROWS_A_KEY, PERMISSION
from policy.secrets.in_text import top_of
from policy.values import State

SOURCE_ARN: Final = "aws:sourcearn"
_SAY_WHOSE: Final = NARROWING_KEYS - {SOURCE_ARN}
_TYPES: Final = (*(type_ for type_ in DOCUMENTS if type_ not in ENDPOINTS), PERMISSION)
_WANTED: Final = "which does not say whose it is; name its account as well"


def _says_whose(graph: Graph, resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == PERMISSION:
        yield from _permits(graph, resource)
        return
    property_ = top_of(DOCUMENTS[resource.type])
    for statement in statements(resource.at(DOCUMENTS[resource.type])):
        if statement.allows and (statement.everybody or _is_for_services(statement)) and not _is_bound(statement):
            arns = [arn for _key, arn in statement.bound_to({SOURCE_ARN})]
            for arn in _of_nobody(graph, resource, property_, arns):
                yield violation(statement.path, f"{statement.path} lets in a service on behalf of {arn}, {_WANTED}")


def _is_for_services(statement: Statement) -> bool:
    return any(kind == "Service" for kind, _identity in statement.principals)


def _is_bound(statement: Statement) -> bool:
    return statement.bound_by(lambda key: key in _SAY_WHOSE or key.startswith(NARROWS_A_KEY))


def _permits(graph: Graph, permission: ResourceView) -> Iterator[Verdict]:
    source = permission.at("sourceArn")
    if any(given(permission.at(name)) for name in ("sourceAccount", "principalOrgId")):
        return
    if source.state is State.UNKNOWN:
        if not graph.targets(permission, "sourceArn"):
            yield undecided(source.path)
        return
    for arn in _of_nobody(graph, permission, "sourceArn", [source.text() or ""]):
        yield violation(source.path, f"{source.path} is {arn}, {_WANTED}")


def _of_nobody(graph: Graph, resource: ResourceView, property_: str, arns: Collection[str]) -> Iterator[str]:
    """Yield the ARNs that contain no account and name no resource of the stack."""
    for arn in arns:
        parts = arn.split(":", ARN_PARTS - 1)
        if len(parts) < ARN_PARTS or parts[4] or OUTPUT in arn:
            continue
        if not (is_own if parts[2] == "s3" else _depends)(graph, resource, property_, arn):
            yield arn


def _depends(graph: Graph, resource: ResourceView, property_: str, _arn: str) -> bool:
    return bool(graph.targets(resource, property_))


RULES = (
    Rule(
        id="sources-say-whose-they-are",
        title="A service is let in on behalf of a bucket only if the bucket is the stack's or its account is named",
        problem="A service is let in on behalf of a bucket that may belong to another account",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("Lambda.1",),
        types=_TYPES,
        remediation="Name the account as well: sourceAccount, or a condition on aws:SourceAccount.",
        check_graph=per_resource(_says_whose, *_TYPES),
        note=(
            "The ARN of a bucket contains no account, and anybody may create a bucket with the name of a deleted one. "
            "The control requires the account in any case; here a bucket of the stack is enough."
        ),
    ),
)
