"""Amazon VPC: what joins networks, and which of AWS's own defaults a program takes over."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_none_of, is_true
from policy.graph import ROUTE
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.rules.network import ENDPOINT
from policy.rules.resource_policies import not_public
from policy.rules.security_groups import is_world
from policy.values import State, Value

DEFAULTS: Final = ("aws:ec2/defaultVpc:DefaultVpc", "aws:ec2/defaultSubnet:DefaultSubnet")
ENDPOINT_SERVICE: Final = "aws:ec2/vpcEndpointService:VpcEndpointService"
ALLOWED_PRINCIPAL: Final = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
TRANSIT_GATEWAY: Final = "aws:ec2transitgateway/transitGateway:TransitGateway"
CLIENT_VPN: Final = "aws:ec2clientvpn/endpoint:Endpoint"
ROUTE_TABLES: Final = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
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


RULES = (
    Rule(
        id="peering-routes-narrow",
        title="A peered network gets its own range only",
        problem="All traffic goes to the peered network",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(ROUTE, *ROUTE_TABLES),
        remediation="Set the destination to the range of the other network.",
        check=_narrow_peering,
    ),
    Rule(
        id="no-default-network",
        title="No program uses the network that AWS made",
        problem="The program uses the account's default network",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=DEFAULTS,
        remediation="Make a VPC of your own.",
        check=_default,
    ),
    Rule(
        id="endpoint-policy-not-public",
        title="Endpoints carry requests of the account only, where they have a policy",
        problem="The endpoint carries requests of anybody to anything",
        severity=Severity.LOW,
        concern=Concern.EXPOSURE,
        types=(ENDPOINT,),
        remediation="Narrow the principal with aws:PrincipalAccount, or name the principals.",
        check=not_public("policy"),
        note="Without a policy an endpoint has AWS's own, which allows all; only credentials decide then.",
    ),
    Rule(
        id="endpoint-service-accepts",
        title="Who connects to an endpoint service is asked first",
        problem="Whoever is allowed connects to the endpoint service without being asked",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
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
        types=(TRANSIT_GATEWAY,),
        remediation="Leave autoAcceptSharedAttachments disable.",
        check=is_none_of("autoAcceptSharedAttachments", "enable"),
    ),
    Rule(
        id="client-vpn-logged",
        title="Connections to a client VPN are logged",
        problem="Nobody can tell who connected to the client VPN",
        severity=Severity.LOW,
        concern=Concern.AUDIT,
        types=(CLIENT_VPN,),
        remediation="Set connectionLogOptions.enabled to true.",
        check=is_true("connectionLogOptions.enabled"),
    ),
)
