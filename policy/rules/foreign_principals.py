"""Whom resource policies and trust policies let in: other accounts, services on anybody's behalf, and nobody at all."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given, setting_texts, texts_setting
from policy.documents import OUTPUT, Statement, statements
from policy.graph import Graph, names_more
from policy.principals import ACCOUNT, account_in_arn, account_of, accounts, knows_own_accounts, own_accounts
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules import api_documents, api_gateway, iam, s3, s3_policies
from policy.rules.backup import VAULT
from policy.rules.resource_policies import (
    KEY,
    KEY_POLICY,
    LOG_RESOURCE_POLICY,
    OTHER_KEYS,
    QUEUE,
    QUEUE_POLICY,
    REPOSITORY_POLICY,
    SECRET_POLICY,
    TOPIC,
    TOPIC_POLICY,
    VAULT_POLICY,
)
from policy.rules.retention import PLAN
from policy.rules.secrets import SECRET
from policy.rules.sharing import OTHER_POLICIES, SENT, SHARED, sent_to, shared_with
from policy.values import Value

ENDPOINTS: Final = ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
PERMISSION: Final = "aws:lambda/permission:Permission"
DOCUMENTS: Final[dict[str, str]] = {
    **dict.fromkeys((KEY, *OTHER_KEYS, KEY_POLICY, TOPIC, TOPIC_POLICY, QUEUE, QUEUE_POLICY), "policy"),
    **dict.fromkeys((SECRET, SECRET_POLICY, REPOSITORY_POLICY, VAULT_POLICY), "policy"),
    **dict.fromkeys((s3.BUCKET, s3_policies.BUCKET_POLICY), "policy"),
    **OTHER_POLICIES,
    **dict.fromkeys((api_gateway.REST_API, api_documents.REST_API_POLICY), "policy"),
    **dict.fromkeys(("aws:efs/fileSystemPolicy:FileSystemPolicy", *ENDPOINTS), "policy"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    LOG_RESOURCE_POLICY: "policyDocument",
    iam.ROLE: "assumeRolePolicy",
}
"""Type -> the property with its resource policy or trust policy."""
LOCKABLE: Final = tuple(type_ for type_ in DOCUMENTS if type_ not in {iam.ROLE, *ENDPOINTS})

SENDS_SOURCE: Final = frozenset(
    {
        "ecs-tasks.amazonaws.com",
        "events.amazonaws.com",
        "monitoring.rds.amazonaws.com",
        "pipes.amazonaws.com",
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }
)
"""Services that say for which resource they take a role ("The confused deputy problem" and each service's guide)."""
SOURCES: Final = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
NARROWS_A_KEY: Final = ("kms:encryptioncontext:", "kms:viaservice", "kms:calleraccount", "kms:grantisforawsresource")
WITHOUT_CONTENT: Final = frozenset({"logs:CreateLogStream"})
"""Actions that write and read nothing, for which services name no source."""


def _documents(resource: ResourceView) -> Iterator[Statement]:
    yield from statements(resource.at(DOCUMENTS[resource.type]))


def _no_foreign_accounts(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    known = own_accounts(graph) | set(setting_texts(config, "allowed-accounts"))
    is_bound = knows_own_accounts(graph)
    if resource.type == PLAN:
        for vault in _vaults_elsewhere(graph, resource):
            account = account_in_arn(vault.text() or "")
            yield from guarded(_judge(vault.path, [(account, account)] if account else [], known, is_bound=is_bound))
        return
    if resource.type in SHARED:
        for path, principal in shared_with(resource):
            account = account_of(principal)
            yield from _judge(path, [(principal, account)] if account else [], known, is_bound=is_bound)
        return
    written_down = not graph.targets(resource, DOCUMENTS[resource.type].split(".")[0])
    for statement in _documents(resource):
        if statement.allows:
            named = list(accounts(statement, written_down=written_down))
            yield from guarded(_judge(statement.path, named, known, is_bound=is_bound))
            yield from _canonical_users(statement)


def _no_foreign_roles(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    known = own_accounts(graph) | set(setting_texts(config, "allowed-accounts"))
    is_bound = knows_own_accounts(graph)
    for statement in iam.allowing(resource):
        if any(map(statement.covers, TAKING)):
            named = [(arn, account) for arn in statement.resources if (account := account_in_arn(arn))]
            yield from guarded(_judge(statement.path, named, known, is_bound=is_bound, does="lets its holder take"))


TAKING: Final = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
"""Each of them gives its caller the credentials of a role."""


def _stays_inside(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    known = own_accounts(graph) | set(setting_texts(config, "allowed-accounts"))
    is_bound = knows_own_accounts(graph)
    if graph.targets(resource, SENT[resource.type].split(".")[0]):
        return  # to a resource of the stack itself
    for value in sent_to(resource):
        yield from guarded(_goes_to(value, known, is_bound=is_bound))


def _goes_to(value: Value, known: set[str], *, is_bound: bool) -> Iterator[Verdict]:
    place = value.text() or ""
    account = place if ACCOUNT.fullmatch(place) else account_in_arn(place)
    named = [(place, account)] if account else []
    yield from _judge(value.path, named, known, is_bound=is_bound, does="sends what happens to")


def _canonical_users(statement: Statement) -> Iterator[Verdict]:
    for kind, identity in statement.principals:
        if kind == "CanonicalUser" and OUTPUT not in identity:
            path = statement.path
            yield violation(path, f"{path} lets in a canonical user, and nobody can tell of which account; name an ARN")


def _vaults_elsewhere(graph: Graph, plan: ResourceView) -> list[Value]:
    rules = plan.at("rules").items()
    copies = [copy.at("destinationVaultArn") for rule in rules for copy in rule.at("copyActions").items()]
    named = [*copies, *(rule.at("targetVaultName") for rule in rules)]
    return copies if names_more(graph, plan, "rules", named, VAULT) else []


def _judge(
    path: str, named: list[tuple[str, str]], known: set[str], *, is_bound: bool, does: str = "lets in"
) -> Iterator[Verdict]:
    foreign = [identity for identity, account in named if account not in known]
    if foreign and is_bound:
        yield violation(path, f"{path} {does} {', '.join(foreign)}, which is not of this stack's account")
    elif foreign:
        yield undecided(
            path, "whose account it names is not known: no provider has allowedAccountIds, or not all of them are known"
        )


def _services_say_for_whom(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == PERMISSION:
        sources = [resource.at(name) for name in ("sourceArn", "sourceAccount", "principalOrgId")]
        principal = resource.at("principal")
        if (principal.text() or "").endswith(".amazonaws.com") and not any([*map(given, sources)]):
            yield violation("sourceArn", f"{principal}, and neither sourceArn nor sourceAccount is given")
        return
    for statement in _documents(resource):
        services = [identity for kind, identity in statement.principals if kind == "Service"]
        if resource.type == iam.ROLE:
            services = [service for service in services if service in SENDS_SOURCE]
        if statement.allows and services and not _says_for_whom(statement):
            yield violation(
                statement.path,
                f"{statement.path} lets in {', '.join(services)} on anybody's behalf; "
                "it must ask for aws:SourceArn or aws:SourceAccount",
            )


def _says_for_whom(statement: Statement) -> bool:
    if set(statement.actions) and set(statement.actions) <= WITHOUT_CONTENT:
        return True
    return statement.bound_by(lambda key: key in SOURCES or key.startswith(NARROWS_A_KEY))


def _nobody_locked_out(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in _documents(resource):
        everything = statement.every_action or any(action.endswith(":*") for action in statement.actions)
        if not statement.allows and statement.everybody and everything and not statement.conditions:
            path = statement.path
            yield violation(path, f"{path} denies everybody everything: only the account's root user can mend it")


RULES = (
    Rule(
        id="no-foreign-accounts",
        title="Nothing is open to another account than the stack's own and those that it allows",
        problem="Another account is let in",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EventBridge.3",),
        checkov=(
            "CKV_AWS_61",
            "CKV_AWS_385",
        ),
        cdk_nag=("AwsSolutions-EVB1",),
        prowler=(
            "cloudwatch_cross_account_sharing_disabled",
            "dynamodb_table_cross_account_access",
            "eventbridge_bus_cross_account_access",
            "s3_bucket_cross_account_access",
            "secretsmanager_has_restrictive_resource_policy",
            "vpc_endpoint_connections_trust_boundaries",
        ),
        types=(*DOCUMENTS, *SHARED, PLAN),
        remediation="Remove the account, or allow it: add its id to policy.allowed_accounts of the stack file.",
        check_graph=per_resource(_no_foreign_accounts, *DOCUMENTS, *SHARED, PLAN),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts that policies may let in.")},
        note="The stack's own account is what its providers are bound to with allowedAccountIds.",
    ),
    Rule(
        id="no-roles-of-foreign-accounts",
        title="No policy lets its holder take roles of accounts that are not allowed",
        problem="A policy lets its holder become a role of another account",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        types=iam.CARRIERS,
        remediation="Remove the role, or allow its account: add its id to policy.allowed_accounts of the stack file.",
        check_graph=per_resource(_no_foreign_roles, *iam.CARRIERS),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts whose roles may be taken.")},
        note="What the holder reads here, it can write down there.",
    ),
    Rule(
        id="no-destinations-of-foreign-accounts",
        title="Events, logs and copies stay in the accounts that are allowed",
        problem="Events, logs or copies go to another account",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=tuple(SENT),
        remediation="Send it elsewhere, or allow the account: add its id to policy.allowed_accounts of the stack file.",
        check_graph=per_resource(_stays_inside, *SENT),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts that may get them.")},
    ),
    Rule(
        id="service-principals-say-for-whom",
        title="Services are let in for the account's own resources only",
        problem="An AWS service is let in on anybody's behalf",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_364",),
        prowler=(
            "iam_role_cross_service_confused_deputy_prevention",
            "iam_role_service_trust_restricts_source_to_account",
        ),
        trivy=("AWS-0067",),
        types=(*DOCUMENTS, PERMISSION),
        remediation="Add a condition on aws:SourceArn or aws:SourceAccount.",
        check=_services_say_for_whom,
        note=(
            "In trust policies it is asked of the services that say for whom they take a role; in policies of keys an "
            "encryption context, kms:ViaService or kms:CallerAccount is as good."
        ),
    ),
    Rule(
        id="policies-lock-nobody-out",
        title="No policy locks the account itself out",
        problem="A policy locks the account itself out of a resource",
        severity=Severity.HIGH,
        concern=Concern.AVAILABILITY,
        checkov=("CKV_AWS_93",),
        types=LOCKABLE,
        remediation="Give the statement a condition, or name the actions and the principals that it denies.",
        check=_nobody_locked_out,
    ),
)
