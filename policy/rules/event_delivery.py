"""Delivery of events: functions let their callers in, roles have rights, and undelivered events are kept."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from policy.checks import given
from policy.graph import Graph
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules import iam
from policy.rules.clear_secrets import FUNCTION
from policy.rules.delivery import EVENT_TARGET, SCHEDULE, keeps_undelivered
from policy.rules.foreign_principals import PERMISSION
from policy.rules.observability import LOG_GROUP
from policy.rules.resource_policies import SUBSCRIPTION
from policy.secrets.in_text import top_of
from policy.values import State, Value

ALIAS: Final = "aws:lambda/alias:Alias"
PIPE: Final = "aws:pipes/pipe:Pipe"
NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"


class Caller(NamedTuple):
    """How a resource of some type calls functions, or sends to queues and topics.

    Attributes:
        paths: The paths, as `policy.paths.each` takes them, of the ARN that it calls or sends to.
        service: The service principal that calls.
        source: The property with the resource that the service calls for; empty if a permission need not name it.
        role: The property with a role that is used instead of a permission; empty if there is no such property.
    """

    paths: tuple[str, ...]
    service: str
    source: str = ""
    role: str = ""


CALLERS: Final = {
    EVENT_TARGET: Caller(("arn",), "events.amazonaws.com", "rule"),
    SUBSCRIPTION: Caller(("endpoint",), "sns.amazonaws.com", "topic"),
    NOTIFICATION: Caller(("lambdaFunctions[].lambdaFunctionArn",), "s3.amazonaws.com", "bucket"),
    "aws:apigateway/integration:Integration": Caller(("uri",), "apigateway.amazonaws.com", role="credentials"),
    "aws:apigatewayv2/integration:Integration": Caller(
        ("integrationUri",), "apigateway.amazonaws.com", role="credentialsArn"
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Caller(("destinationArn",), "logs.amazonaws.com"),
    "aws:secretsmanager/secretRotation:SecretRotation": Caller(("rotationLambdaArn",), "secretsmanager.amazonaws.com"),
}
"""Type -> how it calls a function. The call needs a Permission for the function ("Using resource-based policies for
Lambda"). AWS Scheduler and EventBridge Pipes are not listed: they call with a role instead."""
ROLES: Final = {EVENT_TARGET: "roleArn", SCHEDULE: "target.roleArn", PIPE: "roleArn"}
"""Type -> the property with the role that it delivers with."""
GIVING_RIGHTS: Final = {
    iam.ROLE_POLICY: "role",
    iam.ROLE_ATTACHMENT: "role",
    iam.POLICY_ATTACHMENT: "roles",
    iam.ROLE_ATTACHMENTS_EXCLUSIVE: "roleName",
    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": "roleName",
}
"""Type of a resource that gives rights to a role -> the property with the role."""


class Let(NamedTuple):
    """A caller that a function lets in.

    Attributes:
        service: The service principal; empty for anybody, and for a principal that a preview does not know.
        source: The URN of the resource that the service calls for; empty for any resource.
    """

    service: str
    source: str


def _is_let(graph: Graph, owner: ResourceView, _config: Config) -> Iterator[Verdict]:
    caller = CALLERS[owner.type]
    if caller.role and given(owner.at(caller.role)):
        return
    sources = {source.urn for source in graph.targets(owner, caller.source)} if caller.source else set[str]()
    for path in caller.paths:
        called = graph.targets(owner, top_of(path), FUNCTION, ALIAS)
        for function in called:
            if not _lets(_let_in(graph, function), caller.service, sources):
                yield violation(
                    path,
                    f"{function.name} has no Permission of the stack that lets {caller.service} call it",
                )
        if not called:
            for value in each(owner.whole, path):
                yield from guarded(_is_elsewhere(value))


def _lets(let: frozenset[Let], service: str, sources: set[str]) -> bool:
    services = (service, "")
    if any(Let(each_, "") in let for each_ in services):
        return True
    if not sources:
        return any(each_.service in services for each_ in let)
    return any(Let(each_, source) in let for each_ in services for source in sources)


def _let_in(graph: Graph, called: ResourceView) -> frozenset[Let]:
    """Find the callers that a function, or the function behind an alias, lets in."""
    by_function = graph.once(_let_in, lambda: _by_function(graph))
    behind = graph.targets(called, "functionName", FUNCTION) if called.type == ALIAS else []
    # The key "" is for permissions with a literal function name, which may be this function's.
    return frozenset[Let]().union(*(by_function.get(urn, ()) for urn in ("", called.urn, *(one.urn for one in behind))))


def _by_function(graph: Graph) -> dict[str, frozenset[Let]]:
    found: dict[str, set[Let]] = {}
    for permission in graph.of_type(PERMISSION):
        principal = permission.at("principal")
        service = (principal.text() or "") if principal.state is State.KNOWN else ""
        sources = [source.urn for source in graph.targets(permission, "sourceArn")] or [""]
        functions = [function.urn for function in graph.targets(permission, "function")] or [""]
        for function in functions:
            found.setdefault(function, set()).update(
                Let("" if service == "*" else service, source) for source in sources
            )
    return {function: frozenset(let) for function, let in found.items()}


def _is_elsewhere(value: Value) -> Iterator[Verdict]:
    if value.state is State.KNOWN and ":lambda:" in (value.text() or ""):
        yield undecided(value.path, "the function is not part of this stack, so that its permissions are not known")


def _has_rights(graph: Graph, owner: ResourceView, _config: Config) -> Iterator[Verdict]:
    path = ROLES[owner.type]
    for role in graph.targets(owner, top_of(path), iam.ROLE):
        given_ = any(graph.dependents(role, type_, property_) for type_, property_ in GIVING_RIGHTS.items())
        own = [role.at("inlinePolicies"), role.at("managedPolicyArns")]
        if not given_ and not any(value.state is State.UNKNOWN or value.items() for value in own):
            yield violation(path, f"the role {role.name} has no policy, so that it can deliver nothing")


def _dead_letters(graph: Graph, target: ResourceView, _config: Config) -> Iterator[Verdict]:
    arn = target.at("arn")
    is_log = bool(graph.targets(target, "arn", LOG_GROUP))
    if is_log or (arn.state is State.KNOWN and ":logs:" in (arn.text() or "")):
        return
    yield from keeps_undelivered(target.at("deadLetterConfig.arn"))


RULES = (
    Rule(
        id="lambda-callers-let-in",
        title="Functions let in the services that call them",
        problem="A function does not let in the service that calls it, so that it never runs",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(*CALLERS, FUNCTION, PERMISSION),
        remediation="Add a lambda.Permission with the function, principal, and sourceArn of the caller.",
        check_graph=per_resource(_is_let, *CALLERS),
        note=(
            "It checks event targets, topic subscriptions, notifications of buckets, integrations of APIs without a "
            "role, log subscriptions and rotations of secrets. A permission for another source does not count."
        ),
    ),
    Rule(
        id="delivery-roles-have-rights",
        title="Roles that deliver events have rights",
        problem="Events are delivered with a role that has no rights",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        types=(*ROLES, iam.ROLE),
        remediation="Give the role a policy with the actions that the target needs, such as lambda:InvokeFunction.",
        check_graph=per_resource(_has_rights, *ROLES),
        note="It checks roles of the stack that schedules, event targets and pipes have.",
    ),
    Rule(
        id="event-target-dead-letters",
        title="Events that an event rule cannot deliver go to a dead-letter queue",
        problem="Events that an event rule cannot deliver are lost",
        severity=Severity.LOW,
        concern=Concern.AVAILABILITY,
        types=(EVENT_TARGET,),
        remediation="Give deadLetterConfig a queue.",
        check_graph=per_resource(_dead_letters, EVENT_TARGET),
        note="Not required for targets that are log groups, whose events are for people.",
    ),
)
