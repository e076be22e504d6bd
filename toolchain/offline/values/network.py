"""Outputs of VPCs, subnets, routing, gateways, endpoints, security groups and load balancers."""

from typing import Any

from . import regions
from .templates import Made, Recipe, Scope

_EC2 = "arn:{partition}:ec2:{region}:{account}"
_ELB = "arn:{partition}:elasticloadbalancing:{region}:{account}"

_LOAD_BALANCER_KINDS = {"application": "app", "network": "net", "gateway": "gwy"}


def _ec2(kind: str, prefix: str, **outputs: Recipe) -> Made:
    """Return recipes for an EC2 resource: the id is a prefix and 17 hexadecimal digits; the ARN contains the kind."""
    return Made(f"{prefix}-{{hex:17}}", {"arn": f"{_EC2}:{kind}/{{id}}", "ownerId": "{account}", **outputs})


def _is_regional(scope: Scope) -> bool:
    return scope.get("availabilityMode") == "regional"


def _of_zonal(template: str) -> Recipe:
    return lambda scope: "" if _is_regional(scope) else scope.render(template)


def _regional_addresses(scope: Scope) -> Any:
    """Return the addresses of a regional NAT gateway: one, because AWS begins with an address in one zone."""
    if not _is_regional(scope):
        return []
    return [
        {
            "allocationId": scope.render(f"eipalloc-{{hex:17-{zone}}}"),
            "associationId": scope.render(f"eipassoc-{{hex:17-{zone}}}"),
            "availabilityZone": zone,
            "availabilityZoneId": regions.zone_id(zone),
            "networkInterfaceId": scope.render(f"eni-{{hex:17-{zone}}}"),
            "publicIp": scope.render("{public_ip}"),
            "status": "succeeded",
        }
        for zone in regions.zone_names(scope.region)[:1]
    ]


def _subnet_zone_id(scope: Scope) -> str:
    return regions.zone_id(scope["availabilityZone"])


def _load_balancer_suffix(scope: Scope) -> Any:
    kind = _LOAD_BALANCER_KINDS[scope.get("loadBalancerType", "application")]
    return scope.render(f"{kind}/{{name}}/{{hex:16}}")


def _load_balancer_host(scope: Scope) -> Any:
    if scope.get("loadBalancerType") == "network":
        return scope.render("{name}-{hex:16}.elb.{region}.{domain}")
    internal = "internal-" if scope.get("internal") is True else ""
    return scope.render(f"{internal}{{name}}-{{digits:10}}.{{region}}.elb.{{domain}}")


def _load_balancer_zone(scope: Scope) -> Any:
    return scope.render("{nlb_zone}" if scope.get("loadBalancerType") == "network" else "{alb_zone}")


def _endpoint_host_names(scope: Scope) -> Any:
    if scope.get("vpcEndpointType", "Gateway") != "Interface":
        return []
    service = str(scope["serviceName"]).split(".", 3)[-1]
    return [
        {
            "dnsName": scope.render(f"{{id}}-{{lower:8}}.{service}.{{region}}.vpce.{{domain}}"),
            "hostedZoneId": scope.render("Z{upper:13}"),
        },
        {"dnsName": scope.render(f"{service}.{{region}}.{{domain}}"), "hostedZoneId": scope.render("Z{upper:20}")},
    ]


def _endpoint_prefix_list(scope: Scope) -> Any:
    return scope.render("pl-{hex:8}") if scope.get("vpcEndpointType", "Gateway") == "Gateway" else ""


_SECURITY_GROUP_RULE = Made(
    "sgr-{hex:17}", {"arn": f"{_EC2}:security-group-rule/{{id}}", "securityGroupRuleId": "{id}"}
)


def _listener_arn(scope: Scope) -> str:
    load_balancer = str(scope["loadBalancerArn"]).partition(":loadbalancer/")[2]
    return scope.render(f"{_ELB}:listener/{load_balancer or 'app/unknown'}/{{hex:16}}")


def _listener_rule_arn(scope: Scope) -> str:
    listener = str(scope["listenerArn"]).partition(":listener/")[2]
    return scope.render(f"{_ELB}:listener-rule/{listener or 'app/unknown'}/{{hex:16}}")


_LOAD_BALANCER = Made(
    "{arn}",
    {
        "arnSuffix": _load_balancer_suffix,
        "arn": _ELB + ":loadbalancer/{arnSuffix}",
        "dnsName": _load_balancer_host,
        "zoneId": _load_balancer_zone,
        "vpcId": "vpc-{hex:17}",
        "internal": False,
        "ipAddressType": "ipv4",
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic": lambda scope: (
            "on" if scope.get("loadBalancerType") == "network" and scope.get("securityGroups") else ""
        ),
    },
)
_TARGET_GROUP = Made(
    "{arn}",
    {
        "arnSuffix": "targetgroup/{name}/{hex:16}",
        "arn": _ELB + ":{arnSuffix}",
        "ipAddressType": "ipv4",
        "loadBalancingAlgorithmType": "round_robin",
        "loadBalancingAnomalyMitigation": "off",
        "loadBalancingCrossZoneEnabled": "use_load_balancer_configuration",
    },
)
_LISTENER = Made("{arn}", {"arn": _listener_arn, "protocol": "HTTP"})
_LISTENER_RULE = Made("{arn}", {"arn": _listener_rule_arn, "priority": 1})

TABLE: dict[str, Made] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc",
        "vpc",
        cidrBlock="10.0.0.0/16",
        defaultNetworkAclId="acl-{hex:17-acl}",
        defaultRouteTableId="rtb-{hex:17-rtb}",
        mainRouteTableId="rtb-{hex:17-rtb}",
        defaultSecurityGroupId="sg-{hex:17-sg}",
        dhcpOptionsId="dopt-{hex:17-dopt}",
        enableDnsHostnames=False,
        enableNetworkAddressUsageMetrics=False,
        ipv6AssociationId=lambda scope: (
            scope.render("vpc-cidr-assoc-{hex:17}") if scope.get("assignGeneratedIpv6CidrBlock") else ""
        ),
        ipv6CidrBlock=lambda scope: (
            scope.render("2001:db8:{hex:4}:{hex:2}00::/56") if scope.get("assignGeneratedIpv6CidrBlock") else ""
        ),
    ),
    "aws:ec2/subnet:Subnet": _ec2(
        "subnet",
        "subnet",
        availabilityZone="{zone}",
        availabilityZoneId=_subnet_zone_id,
        privateDnsHostnameTypeOnLaunch="ip-name",
        ipv6CidrBlockAssociationId=lambda scope: (
            scope.render("subnet-cidr-assoc-{hex:17}") if scope.get("ipv6CidrBlock") else ""
        ),
    ),
    "aws:ec2/routeTable:RouteTable": _ec2("route-table", "rtb"),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": Made(
        "{defaultRouteTableId}",
        {"arn": f"{_EC2}:route-table/{{id}}", "ownerId": "{account}", "vpcId": "vpc-{hex:17}"},
    ),
    "aws:ec2/route:Route": Made("r-{routeTableId}{digits:10}", {"origin": "CreateRoute", "state": "active"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Made("rtbassoc-{hex:17}"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("internet-gateway", "igw"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Made("eigw-{hex:17}"),
    "aws:ec2/natGateway:NatGateway": Made(
        "nat-{hex:17}",
        {
            "associationId": _of_zonal("eipassoc-{hex:17}"),
            "networkInterfaceId": _of_zonal("eni-{hex:17}"),
            "privateIp": _of_zonal("{private_ip}"),
            "publicIp": _of_zonal("{public_ip}"),
            "availabilityMode": "zonal",
            "connectivityType": "public",
            "regionalNatGatewayAddresses": _regional_addresses,
            "regionalNatGatewayAutoMode": lambda scope: "enabled" if _is_regional(scope) else "",
            "routeTableId": lambda scope: scope.render("rtb-{hex:17}") if _is_regional(scope) else "",
        },
    ),
    "aws:ec2/eip:Eip": Made(
        "eipalloc-{hex:17}",
        {
            "allocationId": "{id}",
            "arn": f"{_EC2}:elastic-ip/{{id}}",
            "domain": "vpc",
            "networkBorderGroup": "{region}",
            "publicIp": "{public_ip}",
            "publicDns": "ec2-{hex:8}.{region}.compute.{domain}",
            "publicIpv4Pool": "amazon",
        },
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "vpc-endpoint",
        "vpce",
        dnsEntries=_endpoint_host_names,
        networkInterfaceIds=lambda scope: [
            scope.render(f"eni-{{hex:17-{subnet}}}") for subnet in scope.get("subnetIds", [])
        ],
        prefixListId=_endpoint_prefix_list,
        ipAddressType="ipv4",
        serviceRegion="{region}",
        state="available",
    ),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("security-group", "sg", vpcId="vpc-{hex:17}"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "security-group", "sg", name="default", description="default VPC security group"
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Made("sgrule-{digits:10}", {"securityGroupRuleId": "sgr-{hex:17}"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _SECURITY_GROUP_RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _SECURITY_GROUP_RULE,
    "aws:ec2/networkAcl:NetworkAcl": _ec2("network-acl", "acl"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Made(
        "{defaultNetworkAclId}",
        {"arn": f"{_EC2}:network-acl/{{id}}", "ownerId": "{account}", "vpcId": "vpc-{hex:17}"},
    ),
    "aws:ec2/networkInterface:NetworkInterface": _ec2(
        "network-interface",
        "eni",
        interfaceType="interface",
        macAddress="02:00:00:{hex:2-a}:{hex:2-b}:{hex:2-c}",
        privateIp="{private_ip}",
        privateDnsName="ip-{hex:8}.{region}.compute.internal",
    ),
    "aws:ec2/flowLog:FlowLog": Made(
        "fl-{hex:17}",
        {
            "arn": f"{_EC2}:vpc-flow-log/{{id}}",
            "logFormat": (
                "${{version}} ${{account-id}} ${{interface-id}} ${{srcaddr}} ${{dstaddr}} ${{srcport}} ${{dstport}}"
                " ${{protocol}} ${{packets}} ${{bytes}} ${{start}} ${{end}} ${{action}} ${{log-status}}"
            ),
        },
    ),
    **dict.fromkeys(("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"), _LOAD_BALANCER),
    **dict.fromkeys(("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"), _TARGET_GROUP),
    **dict.fromkeys(("aws:lb/listener:Listener", "aws:alb/listener:Listener"), _LISTENER),
    **dict.fromkeys(("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"), _LISTENER_RULE),
}
