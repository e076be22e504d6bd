"""Rules about policies that allow other accounts, roles of other accounts, or services that act for any account."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import given, texts_setting
from policy.documents import Statement, statements
from policy.graph import Graph, names_more
from policy.iam.conditions import is_somebody
from policy.iam.load_balancer_accounts import ACCOUNTS as LOAD_BALANCERS
from policy.iam.parties import Kind, Known, Party, known, made, parties, party_of, strangers
from policy.iam.principals import account_in_arn
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
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
from policy.rules.sharing import OTHER_POLICIES, SHARED, shared_with
from policy.secrets.in_text import top_of
from policy.values import State, Value

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
ACLS: Final = {
    s3.ACL: "accessControlPolicy.grants[].grantee.id",
    s3.BUCKET: "grants[].id",
}
"""Type -> the path of the canonical user ids in its access control list."""
LOG_DELIVERY: Final = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
"""The canonical user that AWS uses to write CloudFront's logs ("Configure standard logging (legacy)")."""

LOG_DELIVERY_OF_LOAD_BALANCERS: Final = "logdelivery.elasticloadbalancing.amazonaws.com"
LOGS_OF_AN_ACCOUNT: Final = re.compile(r"/AWSLogs/\d{12}/\*$")
"""The end of the ARNs that load balancers write logs to ("Enable access logs for your Application Load Balancer")."""

SENDS_SOURCE: Final = frozenset(
    {
        "codedeploy.amazonaws.com",
        "dms.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "events.amazonaws.com",
        "monitoring.rds.amazonaws.com",
        "pipes.amazonaws.com",
        "scheduler.amazonaws.com",
        "states.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }
)
"""Services that state for which resource they assume a role ("The confused deputy problem", and their own guides)."""
SOURCES: Final = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
NARROWS_A_KEY: Final = ("kms:encryptioncontext:", "kms:viaservice", "kms:calleraccount", "kms:grantisforawsresource")
WITHOUT_CONTENT: Final = frozenset({"logs:CreateLogStream"})
"""Actions that neither read nor write data; services name no source for them."""


def _documents(resource: ResourceView) -> Iterator[Statement]:
    if resource.type in DOCUMENTS:
        yield from statements(resource.at(DOCUMENTS[resource.type]))
    if resource.type in api_documents.IMPORTED:
        yield from statements(resource.at("body").document().at(api_documents.POLICY))


def _no_foreign_accounts(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    whom = known(graph, config)
    if resource.type in SHARED:
        for path, name in shared_with(resource):
            account = account_in_arn(name)
            party = party_of(name) or (Party(name, Kind.ACCOUNT, account) if account else None)
            yield from strangers(path, [party] if party else [], whom)
        return
    if resource.type == PLAN:
        for vault in _vaults_elsewhere(graph, resource):
            yield from guarded(_is_ours(vault, whom))
        return
    if resource.type in ACLS:
        yield from guarded(_granted(graph, resource, whom))
    if resource.type not in DOCUMENTS and resource.type not in api_documents.IMPORTED:
        return
    property_ = top_of(DOCUMENTS.get(resource.type, "body"))
    of_the_stack = made(graph, resource, property_)
    # While the stack's own accounts are unknown, its own ARNs cannot be distinguished from foreign ARNs.
    arns = whom.is_bound or not graph.targets(resource, property_)
    for statement in _documents(resource):
        if statement.allows:
            named = parties(statement, of_the_stack, arns=arns)
            found = [party for party in named if not _is_expected(resource, statement, party)]
            yield from strangers(statement.path, found, whom)


def _is_expected(resource: ResourceView, statement: Statement, party: Party) -> bool:
    if resource.type in {s3.BUCKET, s3_policies.BUCKET_POLICY}:
        return party.id in LOAD_BALANCERS and statement.only("s3:PutObject")
    if resource.type in ENDPOINTS:
        # An endpoint policy grants nothing by itself, and only requests from its own network pass the endpoint.
        return party.kind in {Kind.NETWORK, Kind.ORGANIZATION}
    # A policy may allow everybody to call an API: each operation authorizes its callers itself.
    return party.kind is Kind.NETWORK and statement.only("execute-api:Invoke")


def _is_ours(vault: Value, whom: Known) -> Iterator[Verdict]:
    account = account_in_arn(vault.text() or "")
    yield from strangers(vault.path, [Party(account, Kind.ACCOUNT, account)] if account else [], whom)


def _vaults_elsewhere(graph: Graph, plan: ResourceView) -> list[Value]:
    rules = plan.at("rules").items()
    copies = [copy.at("destinationVaultArn") for rule in rules for copy in rule.at("copyActions").items()]
    named = [*copies, *(rule.at("targetVaultName") for rule in rules)]
    return copies if names_more(graph, plan, "rules", named, VAULT) else []


def _granted(graph: Graph, acl: ResourceView, whom: Known) -> Iterator[Verdict]:
    property_, owner = top_of(ACLS[acl.type]), acl.at("accessControlPolicy.owner.id").content
    if Kind.ANYBODYS in made(graph, acl, property_):
        return
    for value in each(acl.whole, ACLS[acl.type]):
        if value.text() not in (owner, LOG_DELIVERY):
            yield from strangers(value.path, [Party("a canonical user", Kind.ANYBODYS)], whom)


def _no_foreign_roles(graph: Graph, resource: ResourceView, config: Config) -> Iterator[Verdict]:
    whom = known(graph, config)
    for statement in iam.allowing(resource):
        if any(map(statement.covers, TAKING)):
            named = [(arn, account_in_arn(arn)) for arn in statement.resources]
            found = [Party(arn, Kind.ACCOUNT, account) for arn, account in named if account]
            yield from strangers(statement.path, found, whom, does="lets its holder take")


TAKING: Final = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
"""Actions that return the credentials of a role."""


def _services_say_for_whom(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == PERMISSION:
        principal = resource.at("principal")
        if (principal.text() or "").endswith(".amazonaws.com") and not names_a_source(resource):
            yield violation("sourceArn", f"{principal}, and neither sourceArn nor sourceAccount is limited to somebody")
        return
    for statement in _documents(resource):
        services = [identity for kind, identity in statement.principals if kind == "Service"]
        if resource.type == iam.ROLE:
            services = [service for service in services if service in SENDS_SOURCE]
        if statement.allows and services and not _says_for_whom(statement):
            yield violation(
                statement.path,
                f"{statement.path} lets in {', '.join(services)} on anybody's behalf; "
                "it must have a condition on aws:SourceArn or aws:SourceAccount",
            )


def names_a_source(permission: ResourceView) -> bool:
    """Check whether a Lambda permission is limited to a resource, an account or an organization, for any principal."""
    values = [permission.at(name) for name in ("sourceArn", "sourceAccount", "principalOrgId")]
    # All conditions of a permission must hold, so one of them is enough.
    return any(given(value) and (value.state is State.UNKNOWN or is_somebody(value.text() or "")) for value in values)


def _says_for_whom(statement: Statement) -> bool:
    if set(statement.actions) and set(statement.actions) <= WITHOUT_CONTENT:
        return True
    if statement.only("s3:PutObject") and set(statement.principals) == {("Service", LOG_DELIVERY_OF_LOAD_BALANCERS)}:
        # Log delivery names no source, but it writes below the id of the account that owns the load balancer.
        return bool(statement.resources) and all(map(LOGS_OF_AN_ACCOUNT.search, statement.resources))
    return statement.bound_by(lambda key: key in SOURCES or key.startswith(NARROWS_A_KEY))


RULES = (
    Rule(
        id="no-foreign-accounts",
        title="Resources are open only to the stack's accounts, and to allowed accounts, organizations and networks",
        problem="A policy lets in another account, or everybody of an organization or a network",
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
        types=(*DOCUMENTS, *SHARED, s3.ACL, PLAN, api_documents.REST_API_PUT),
        remediation="Remove it, or allow it in the section policy of the stack file.",
        check_graph=per_resource(_no_foreign_accounts, *DOCUMENTS, *SHARED, s3.ACL, PLAN, api_documents.REST_API_PUT),
        config={
            "allowed-accounts": texts_setting([], "Ids of other accounts that policies may let in."),
            "allowed-organizations": texts_setting([], "Ids of organizations whose accounts policies may let in."),
            "allowed-networks": texts_setting(
                [],
                "VPCs, endpoints of VPCs (by id) and ranges of addresses, from which policies may let anybody in.",
            ),
        },
        note=(
            "The stack's own account is the one that the stack file names (aws.account_id). If it names none, it is "
            "the accounts in allowedAccountIds of the providers that create resources. A canonical user, a unique id "
            "such as AROA... and an origin access identity do not reveal their account, unless they come from a "
            "resource of the stack. The accounts of AWS's load balancers may write access logs into a bucket."
        ),
    ),
    Rule(
        id="no-roles-of-foreign-accounts",
        title="No policy lets its holder assume roles of accounts that are not allowed",
        problem="A policy lets its holder assume a role of another account",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        types=iam.CARRIERS,
        remediation="Remove the role, or allow its account in the section policy of the stack file.",
        check_graph=per_resource(_no_foreign_roles, *iam.CARRIERS),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts whose roles may be assumed.")},
        note="With such a role, the holder can copy what it reads in this account to the other one.",
    ),
    Rule(
        id="service-principals-say-for-whom",
        title="AWS services are let in on behalf of known resources or accounts only",
        problem="An AWS service is let in on anybody's behalf",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_364",),
        prowler=(
            "iam_role_cross_service_confused_deputy_prevention",
            "iam_role_service_trust_restricts_source_to_account",
        ),
        trivy=("AWS-0067",),
        types=(*DOCUMENTS, PERMISSION, api_documents.REST_API_PUT),
        remediation="Add a condition on aws:SourceArn or aws:SourceAccount.",
        remediation_of={
            PERMISSION: "Set the property sourceArn to the ARN of what calls, or sourceAccount to the account."
        },
        check=_services_say_for_whom,
        note=(
            "In trust policies this is required for services that state for which resource they assume a role. In key "
            "policies a condition on an encryption context, kms:ViaService or kms:CallerAccount is enough."
        ),
    ),
)
