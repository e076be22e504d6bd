"""Amazon VPC: connections between networks, the default VPC, and addresses and groups that nothing uses."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_none_of, is_true
from policy.documents import Statement, statements
from policy.graph import DEFAULT_ROUTE_TABLE, ROUTE, ROUTE_TABLE, Graph
from policy.iam.conditions import is_somebody
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.rules.network import ENDPOINT
from policy.rules.security_groups import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE, is_world
from policy.values import State, Value

DEFAULTS: Final = ("aws:ec2/defaultVpc:DefaultVpc", "aws:ec2/defaultSubnet:DefaultSubnet")
ENDPOINT_POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
ENDPOINT_SERVICE: Final = "aws:ec2/vpcEndpointService:VpcEndpointService"
ALLOWED_PRINCIPAL: Final = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
TRANSIT_GATEWAY: Final = "aws:ec2transitgateway/transitGateway:TransitGateway"
CLIENT_VPN: Final = "aws:ec2clientvpn/endpoint:Endpoint"
ELASTIC_IP: Final = "aws:ec2/eip:Eip"
RULES_OF_GROUPS: Final = (SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE)
OWNERS_OF_RESOURCES: Final = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")
DESTINATIONS: Final = {"destinationCidrBlock": "destinationIpv6CidrBlock", "cidrBlock": "ipv6CidrBlock"}


def _narrow_peering(carrier: ResourceView, _config: Config) -> Iterator[Verdict]:
    if carrier.type == ROUTE:
        yield from _narrow(carrier.whole, "destinationCidrBlock")
    else:
        for route in carrier.at("routes").items():
            yield from guarded(_narrow(route, "cidrBlock"))


def _narrow(route: Value, name: str) -> Iterator[Verdict]:
    if not given(route.at("vpcPeeringConnectionId")):
        return
    for destination in (route.at(name), route.at(DESTINATIONS[name])):
        if destination.present and is_world(destination.text() or ""):
            yield violation(destination.path, f"{destination}; it must be the range of the other network")


def _carries_own(endpoint: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in statements(endpoint.at("policy")):
        bound = statement.bound_by(OWNERS_OF_RESOURCES.__contains__)
        if statement.public and not bound and not _reads_named(statement):
            yield violation(statement.path, f"{statement.path} allows anybody's requests to any resource")


def _reads_named(statement: Statement) -> bool:
    """Check whether a statement only allows reading objects of buckets that it names, such as image layers."""
    return statement.only("s3:GetObject") and bool(statement.resources) and all(map(_names_one, statement.resources))


def _names_one(pattern: str) -> bool:
    # A pattern of all buckets or access points of an account has a known owner, but names no single bucket.
    name = pattern.rpartition(":")[2].partition("/")[0]
    return is_somebody(pattern) and not {"*", "?"} & set(name)


def _default(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield violation("id", f"{resource.name} takes over a network that AWS made, whose subnets are public")


def _named_principals(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == ALLOWED_PRINCIPAL:
        values = [resource.at("principalArn")]
    else:
        values = resource.at("allowedPrincipals").items()
    for value in values:
        if value.state is State.KNOWN and value.text() in {"*", "arn:aws:iam::*:root"}:
            yield violation(value.path, f"{value}; it must name who may connect")


def _address_used(graph: Graph, address: ResourceView, _config: Config) -> Iterator[Verdict]:
    own = any(given(address.at(name)) for name in ("instance", "networkInterface"))
    if not own and address.urn not in _depended_on(graph, ()):
        yield violation("id", "nothing in the stack uses the address")


def _group_used(graph: Graph, group: ResourceView, _config: Config) -> Iterator[Verdict]:
    if group.urn not in _depended_on(graph, RULES_OF_GROUPS):
        yield violation("id", "nothing in the stack uses the security group")


def _depended_on(graph: Graph, without: tuple[str, ...]) -> frozenset[str]:
    """Return the URNs that resources of the stack depend on, except resources of some types."""
    return graph.once(
        ("depended on", without),
        lambda: frozenset(
            urn
            for view in graph.resources
            if view.type not in without
            for urns in view.depends_on.values()
            for urn in urns
            if urn != view.urn
        ),
    )


RULES = (
    Rule(
        id="peering-routes-narrow",
        title="Routes to a peered network cover only the range of that network",
        problem="A route sends all traffic to the peered network",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV2_AWS_44",),
        prowler=("vpc_peering_routing_tables_with_least_privilege",),
        types=(ROUTE, ROUTE_TABLE, DEFAULT_ROUTE_TABLE),
        remediation="Set the destination to the range of the other network.",
        check=_narrow_peering,
    ),
    Rule(
        id="no-default-network",
        title="The program does not use the account's default network",
        problem="The program uses the account's default network",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_148",),
        trivy=("AWS-0101",),
        types=DEFAULTS,
        remediation="Make a VPC of your own.",
        check=_default,
    ),
    Rule(
        id="endpoint-policy-not-public",
        title="The policy of an endpoint, if it has one, allows only requests by the account or to its resources",
        problem="The endpoint's policy allows anybody's requests to any resource",
        severity=Severity.LOW,
        concern=Concern.EXPOSURE,
        prowler=("vpc_endpoint_connections_trust_boundaries",),
        types=(ENDPOINT, ENDPOINT_POLICY),
        remediation="Narrow it with aws:PrincipalAccount or aws:ResourceAccount, or name the principals.",
        check=_carries_own,
        note="Reading objects of named buckets, such as image layers, is allowed. Without a policy an endpoint has "
        "AWS's default one, which allows everything, so that only credentials decide.",
    ),
    Rule(
        id="endpoint-service-accepts",
        title="Connections to an endpoint service must be accepted first",
        problem="Connections to the endpoint service are accepted automatically",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_123",),
        types=(ENDPOINT_SERVICE,),
        remediation="Set acceptanceRequired to true.",
        check=is_true("acceptanceRequired"),
    ),
    Rule(
        id="endpoint-service-principals",
        title="An endpoint service names who may connect",
        problem="Anybody in the world may connect to the endpoint service",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        prowler=("vpc_endpoint_services_allowed_principals_trust_boundaries",),
        types=(ENDPOINT_SERVICE, ALLOWED_PRINCIPAL),
        remediation="Name the accounts or roles.",
        check=_named_principals,
    ),
    Rule(
        id="transit-gateway-attachments",
        title="Networks join a transit gateway only when somebody accepts them",
        problem="Any network that the gateway is shared with may join it",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.23",),
        checkov=("CKV_AWS_331",),
        prowler=("ec2_transitgateway_auto_accept_vpc_attachments",),
        types=(TRANSIT_GATEWAY,),
        remediation="Leave autoAcceptSharedAttachments disable.",
        check=is_none_of("autoAcceptSharedAttachments", "enable"),
    ),
    Rule(
        id="public-addresses-used",
        title="Every public address is used",
        problem="Nothing uses the public address, and it still costs money",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("EC2.12",),
        checkov=("CKV2_AWS_19",),
        prowler=("ec2_elastic_ip_unassigned",),
        types=(ELASTIC_IP,),
        remediation="Associate the address, or remove it.",
        check_graph=per_resource(_address_used, ELASTIC_IP),
    ),
    Rule(
        id="security-group-used",
        title="Every security group is used",
        problem="Nothing uses the security group, and somebody may choose it by mistake",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV2_AWS_5",),
        prowler=("ec2_securitygroup_not_used",),
        types=(SECURITY_GROUP,),
        remediation="Assign it to the resource that it is for, or remove it.",
        check_graph=per_resource(_group_used, SECURITY_GROUP),
    ),
    Rule(
        id="client-vpn-logged",
        title="Connections to a client VPN are logged",
        problem="Connections to the client VPN are not logged",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        fsbp=("EC2.51",),
        prowler=("ec2_client_vpn_endpoint_connection_logging_enabled",),
        types=(CLIENT_VPN,),
        remediation="Set connectionLogOptions.enabled to true.",
        check=is_true("connectionLogOptions.enabled"),
    ),
)
