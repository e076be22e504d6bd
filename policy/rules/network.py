"""Amazon VPC: what can be reached from where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy.checks import is_false, is_none_of, setting_texts, texts_setting
from policy.graph import SUBNET, Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, violation
from policy.values import UndecidableError, Value, some

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"
NETWORK_ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
NETWORK_ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
BLOCK_PUBLIC_ACCESS = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"

INGRESS_CARRIERS = (SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE)
WORLD = frozenset({"0.0.0.0/0", "::/0"})
REMOTE_ADMINISTRATION = (22, 3389)
HIGH_RISK_PORTS = (
    20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601,
    8080, 8088, 8888, 9200, 9300,
)  # fmt: skip
"""Those of control EC2.19."""
ALL_PORTS = (0, 65535)


@dataclass(frozen=True)
class Ingress:
    """One way in, however it is written.

    Attributes:
        where: The value that it is written in, for messages.
        sources: Each value that names a range of addresses.
        protocol: Such as ``tcp``; ``-1`` is all.
        first_port: The range's lower end.
        last_port: The range's upper end.
    """

    where: Value
    sources: Sequence[Value]
    protocol: Value
    first_port: Value
    last_port: Value

    def open_to_world(self) -> bool:
        """Tell whether anybody may come this way.

        Raises:
            UndecidableError: A source is unknown and none of the known ones is the world.
        """
        return some(self.sources, _names_world)

    def ports(self) -> tuple[int, int]:
        """The range of ports, both ends included; all of them for all protocols."""
        if self.protocol.text() in {"-1", "all"}:
            return ALL_PORTS
        first, last = self.first_port.number(), self.last_port.number()
        if first is None or first < 0:
            return ALL_PORTS
        return int(first), int(first if last is None else last)

    def admits(self, port: int) -> bool:
        """Tell whether a TCP or UDP port is within its range."""
        first, last = self.ports()
        return self.protocol.text() not in {"icmp", "icmpv6", "1", "58"} and first <= port <= last


def _names_world(source: Value) -> bool:
    if source.content is None:
        return False
    if isinstance(source.content, str):
        return source.content in WORLD
    return some(source.items(), lambda item: item.text() in WORLD)


def ways_in(resource: ResourceView) -> Iterator[Ingress]:
    """Read the ways in that a security group, or a rule of one, opens.

    Args:
        resource: One of ``INGRESS_CARRIERS``.

    Yields:
        Each way in.

    Raises:
        UndecidableError: The list of them is unknown.
    """
    whole = Value(resource.type, "", "", resource.inputs)
    if resource.type == SECURITY_GROUP:
        for item in resource.at("ingress").items():
            yield _inline(item, item)
    elif resource.type == SECURITY_GROUP_RULE:
        if resource.text("type") == "ingress":
            yield _inline(whole, resource.at("cidrBlocks"))
    elif resource.type == INGRESS_RULE:
        source = resource.at("cidrIpv4") if resource.at("cidrIpv4").present else resource.at("cidrIpv6")
        yield Ingress(
            source,
            (resource.at("cidrIpv4"), resource.at("cidrIpv6")),
            resource.at("ipProtocol"),
            resource.at("fromPort"),
            resource.at("toPort"),
        )


def _inline(item: Value, where: Value) -> Ingress:
    return Ingress(
        where,
        (item.at("cidrBlocks"), item.at("ipv6CidrBlocks")),
        item.at("protocol"),
        item.at("fromPort"),
        item.at("toPort"),
    )


def _no_remote_administration(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for way in ways_in(resource):
        yield from guarded(_refuse_ports(way, REMOTE_ADMINISTRATION))


def _no_high_risk_ports(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for way in ways_in(resource):
        yield from guarded(_refuse_ports(way, HIGH_RISK_PORTS))


def _refuse_ports(way: Ingress, ports: Sequence[int]) -> Iterator[Verdict]:
    admitted = [port for port in ports if way.admits(port)]
    if admitted and way.open_to_world():
        yield violation(way.where.path, f"{way.where.path} admits anybody to port {', '.join(map(str, admitted))}")


def _no_world(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    authorised = {int(port) for port in setting_texts(config, "authorised-ports")}
    for way in ways_in(resource):
        yield from guarded(_refuse_world(way, authorised))


def _refuse_world(way: Ingress, authorised: set[int]) -> Iterator[Verdict]:
    if not way.open_to_world():
        return
    first, last = way.ports()
    if not set(range(first, last + 1)) <= authorised:
        yield violation(way.where.path, f"{way.where.path} admits anybody to ports {first}-{last}")


def _default_group_empty(graph: Graph, vpc: ResourceView, _config: Config) -> Iterator[Verdict]:
    groups = graph.dependents(vpc, DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield violation("vpcId", "no DefaultSecurityGroup of the stack empties the VPC's default one")
    for group in groups:
        for property_ in ("ingress", "egress"):
            rules = group.at(property_)
            if rules.items():
                yield violation(property_, f"{rules}; the default security group must have no rules", group)


def _flow_logs(graph: Graph, vpc: ResourceView, _config: Config) -> Iterator[Verdict]:
    logs = graph.dependents(vpc, FLOW_LOG, "vpcId")
    if not logs:
        yield violation("vpcId", "no FlowLog of the stack logs the VPC's traffic")
    for log in logs:
        kind = log.at("trafficType")
        if kind.text() not in {"ALL", "REJECT"}:
            yield violation(kind.path, f"{kind}; it must be ALL or REJECT", log)


def _endpoints(graph: Graph, vpc: ResourceView, config: Config) -> Iterator[Verdict]:
    services: set[str] = set()
    undecidable: UndecidableError | None = None
    for endpoint in graph.dependents(vpc, ENDPOINT, "vpcId"):
        try:
            services.add((endpoint.text("serviceName") or "").split(".", 3)[-1])
        except UndecidableError as error:
            undecidable = error
    missing = [service for service in setting_texts(config, "services") if service not in services]
    if missing and undecidable is not None:
        raise undecidable
    for service in missing:
        yield violation("serviceName", f"no interface endpoint for {service} in the VPC")


def _acl_open(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type == NETWORK_ACL:
        rules = resource.at("ingress").items()
        entries = [(r, [r.at("cidrBlock"), r.at("ipv6CidrBlock")], r.at("action"), "") for r in rules]
    else:
        if resource.flag("egress"):
            return
        whole = Value(resource.type, "", "", resource.inputs)
        ranges = [resource.at("cidrBlock"), resource.at("ipv6CidrBlock")]
        entries = [(whole, ranges, resource.at("ruleAction"), "cidrBlock")]
    for entry, ranges, action, fallback in entries:
        way = Ingress(entry, ranges, entry.at("protocol"), entry.at("fromPort"), entry.at("toPort"))
        admitted = [port for port in REMOTE_ADMINISTRATION if way.admits(port)]
        if action.text() == "allow" and admitted and way.open_to_world():
            path = entry.path or fallback
            yield violation(path, f"{path} admits anybody to port {', '.join(map(str, admitted))}")


def _acl_used(graph: Graph, acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    associated = graph.dependents(acl, NETWORK_ACL_ASSOCIATION, "networkAclId")
    if not associated and not graph.targets(acl, "subnetIds", SUBNET) and not acl.at("subnetIds").items():
        yield violation("subnetIds", "the network ACL is associated with no subnet")


RULES = (
    Rule(
        id="vpc-default-security-group",
        title="The VPC's default security group is empty",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.2",),
        checkov=("CKV2_AWS_12",),
        types=(VPC, DEFAULT_SECURITY_GROUP),
        remediation="Add a DefaultSecurityGroup without rules.",
        check_graph=per_resource(_default_group_empty, VPC),
    ),
    Rule(
        id="vpc-flow-logs",
        title="The VPC's traffic is logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("EC2.6",),
        checkov=("CKV2_AWS_11",),
        types=(VPC, FLOW_LOG),
        remediation="Add a FlowLog of the VPC with trafficType ALL.",
        check_graph=per_resource(_flow_logs, VPC),
    ),
    Rule(
        id="vpc-interface-endpoints",
        title="The services that the workload calls are reached inside the VPC",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("EC2.10", "EC2.55", "EC2.56", "EC2.57", "EC2.58", "EC2.60"),
        types=(VPC, ENDPOINT),
        remediation="Add the services to the interface endpoints of the VPC.",
        check_graph=per_resource(_endpoints, VPC),
        config={"services": texts_setting([], "Services that must have an endpoint, such as ecr.api or logs.")},
        note=(
            "The controls ask for endpoints of EC2, ECR and Systems Manager in every VPC. An endpoint costs "
            "7.30 USD a month and zone, and this platform's workload calls neither EC2 nor Systems Manager, so "
            "the profile names the services that it does call."
        ),
    ),
    Rule(
        id="security-group-remote-administration",
        title="Nobody in the world reaches ports 22 and 3389",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.13", "EC2.14"),
        checkov=("CKV_AWS_24", "CKV_AWS_25"),
        types=INGRESS_CARRIERS,
        remediation="Remove the rule; ECS Exec and Session Manager need no open port.",
        check=_no_remote_administration,
    ),
    Rule(
        id="security-group-world-ingress",
        title="Security groups admit nobody from the whole world",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.18",),
        checkov=("CKV_AWS_260", "CKV_AWS_277"),
        types=INGRESS_CARRIERS,
        remediation="Name a security group or the VPC's range as the source.",
        check=_no_world,
        config={"authorised-ports": texts_setting([], "Ports that may be open to the world, as decimal strings.")},
        note="The control authorises 80 and 443; here API Gateway and CloudFront are the only front doors.",
    ),
    Rule(
        id="security-group-high-risk-ports",
        title="Nobody in the world reaches a port of high risk",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.19",),
        types=INGRESS_CARRIERS,
        remediation="Name a security group or the VPC's range as the source.",
        check=_no_high_risk_ports,
    ),
    Rule(
        id="network-acl-remote-administration",
        title="Network ACLs let nobody in the world to ports 22 and 3389",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.21",),
        checkov=("CKV_AWS_231", "CKV_AWS_232"),
        types=(NETWORK_ACL, NETWORK_ACL_RULE),
        remediation="Deny those ports, or name the ranges that may reach them.",
        check=_acl_open,
    ),
    Rule(
        id="network-acl-used",
        title="Every network ACL guards a subnet",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("EC2.16",),
        checkov=("CKV2_AWS_1",),
        types=(NETWORK_ACL,),
        remediation="Associate the network ACL with subnets, or remove it.",
        check_graph=per_resource(_acl_used, NETWORK_ACL),
    ),
    Rule(
        id="subnet-public-addresses",
        title="Subnets give no public addresses",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.15",),
        checkov=("CKV_AWS_130",),
        types=(SUBNET,),
        remediation="Leave mapPublicIpOnLaunch false.",
        check=is_false("mapPublicIpOnLaunch"),
    ),
    Rule(
        id="vpc-block-public-access",
        title="Block Public Access of the VPC, where a stack sets it, blocks",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.172",),
        types=(BLOCK_PUBLIC_ACCESS,),
        remediation="Set internetGatewayBlockMode to block-ingress or block-bidirectional.",
        check=is_none_of("internetGatewayBlockMode", "off"),
        note="An account's setting, not a stack's: the rule is about stacks that have it as a resource.",
    ),
)
