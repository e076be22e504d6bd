"""Amazon VPC: the default security group, flow logs, endpoints, network ACLs and public access."""

from collections.abc import Callable, Iterator

from policy.checks import is_false, is_none_of, setting_texts, texts_setting
from policy.enforcement.exemptions import PortRange
from policy.graph import SUBNET, VPC, Graph
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, violation
from policy.rules.security_groups import ALL_PORTS, DEFAULT_SECURITY_GROUP, REMOTE_ADMINISTRATION, Way
from policy.values import UndecidableError, Value

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_NETWORK_ACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
NETWORK_ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
NETWORK_ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
BLOCK_PUBLIC_ACCESS = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"

CONTROLS_SERVICES = ["ec2", "ecr.api", "ecr.dkr", "ssm", "ssm-contacts", "ssm-incidents"]
"""Services of controls EC2.10, EC2.55, EC2.56, EC2.57, EC2.58 and EC2.60."""


def _default_group_empty(graph: Graph, vpc: ResourceView, _config: Config) -> Iterator[Verdict]:
    groups = graph.dependents(vpc, DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield violation("vpcId", "no DefaultSecurityGroup of the stack empties the VPC's default security group")
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
    yield from _each_entry(resource, _entry_open)


def _acl_every_port(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield from _each_entry(resource, _entry_every_port)


def _each_entry(resource: ResourceView, refuse: Callable[[Way, Value, str], Iterator[Verdict]]) -> Iterator[Verdict]:
    """Apply a check to each inbound entry of a network ACL: to its way in, its action and its path."""
    if resource.type != NETWORK_ACL_RULE:
        for entry in resource.at("ingress").items():
            yield from guarded(refuse(_way(entry), entry.at("action"), entry.path))
    elif not resource.flag("egress"):
        yield from refuse(_way(resource.whole), resource.at("ruleAction"), "cidrBlock")


def _way(entry: Value) -> Way:
    ranges = [entry.at("cidrBlock"), entry.at("ipv6CidrBlock")]
    return Way(entry, ranges, entry.at("protocol"), entry.at("fromPort"), entry.at("toPort"))


def _entry_open(way: Way, action: Value, path: str) -> Iterator[Verdict]:
    def lets_in(way: Way) -> bool:
        return action.text() == "allow" and any(map(way.admits, REMOTE_ADMINISTRATION))

    if way.opens(lets_in):
        admitted = [str(port) for port in REMOTE_ADMINISTRATION if way.admits(port)]
        text = f"{path} admits anybody to port {', '.join(admitted)}"
        yield violation(path, text, ports=PortRange(*way.ports()))


def _entry_every_port(way: Way, action: Value, path: str) -> Iterator[Verdict]:
    def lets_all_in(way: Way) -> bool:
        return action.text() == "allow" and way.ports() == ALL_PORTS

    if way.opens(lets_all_in):
        yield violation(path, f"{path} admits anybody to every port")


def _acl_used(graph: Graph, acl: ResourceView, _config: Config) -> Iterator[Verdict]:
    associated = graph.dependents(acl, NETWORK_ACL_ASSOCIATION, "networkAclId")
    if not associated and not graph.targets(acl, "subnetIds", SUBNET) and not acl.at("subnetIds").items():
        yield violation("subnetIds", "the network ACL is associated with no subnet")


RULES = (
    Rule(
        id="vpc-default-security-group",
        title="The VPC's default security group is empty",
        problem="The VPC's default security group has rules, which apply to every resource without a group of its own",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.2",),
        checkov=("CKV2_AWS_12",),
        prowler=("ec2_securitygroup_default_restrict_traffic",),
        trivy=("AWS-0173",),
        types=(VPC, DEFAULT_SECURITY_GROUP),
        remediation="Add a DefaultSecurityGroup without rules.",
        check_graph=per_resource(_default_group_empty, VPC),
    ),
    Rule(
        id="vpc-flow-logs",
        title="The VPC's traffic is logged",
        problem="The VPC's traffic is not logged",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("EC2.6",),
        checkov=("CKV2_AWS_11",),
        cdk_nag=("AwsSolutions-VPC7",),
        prowler=("vpc_flow_logs_enabled",),
        trivy=("AWS-0178",),
        types=(VPC, FLOW_LOG),
        remediation="Add a FlowLog of the VPC with trafficType ALL.",
        check_graph=per_resource(_flow_logs, VPC),
    ),
    Rule(
        id="vpc-interface-endpoints",
        title="The services that the workload calls are reached inside the VPC",
        problem="Calls of AWS services leave the VPC",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=(
            "EC2.10",
            "EC2.55",
            "EC2.56",
            "EC2.57",
            "EC2.58",
            "EC2.60",
        ),
        prowler=("vpc_endpoint_for_ec2_enabled",),
        types=(VPC, ENDPOINT),
        remediation="Add the services to the interface endpoints of the VPC.",
        settings=(Setting("vpc.interface_endpoints", "the services that the message names", "Vpc"),),
        check_graph=per_resource(_endpoints, VPC),
        asks_for="services",
        config={"services": texts_setting(CONTROLS_SERVICES, "Services that must have an endpoint.")},
        note=(
            "The default is what the controls require of every VPC: EC2, ECR and Systems Manager. An endpoint costs "
            "7.30 USD per month and zone. This platform's workload calls neither EC2 nor Systems Manager, and pulls "
            "images through NAT, so its profiles require no endpoint, and these six controls are not decided."
        ),
    ),
    Rule(
        id="network-acl-remote-administration",
        title="Network ACLs do not open ports 22 and 3389 to the whole world",
        problem="A network ACL opens port 22 or 3389 to the whole world",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.21",),
        checkov=(
            "CKV_AWS_231",
            "CKV_AWS_232",
        ),
        prowler=(
            "ec2_networkacl_allow_ingress_tcp_port_22",
            "ec2_networkacl_allow_ingress_tcp_port_3389",
        ),
        trivy=("AWS-0105",),
        types=(NETWORK_ACL, DEFAULT_NETWORK_ACL, NETWORK_ACL_RULE),
        remediation="Deny those ports, or name the ranges that may reach them.",
        check=_acl_open,
        about_ports=True,
    ),
    Rule(
        id="network-acl-every-port",
        title="Network ACLs do not open every port to the whole world",
        problem="A network ACL opens every port to the whole world",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        checkov=(
            "CKV_AWS_229",
            "CKV_AWS_230",
            "CKV_AWS_352",
        ),
        prowler=("ec2_networkacl_allow_ingress_any_port",),
        trivy=(
            "AWS-0102",
            "AWS-0105",
        ),
        types=(NETWORK_ACL, DEFAULT_NETWORK_ACL, NETWORK_ACL_RULE),
        remediation="Name the ports, or leave AWS's own network ACL alone.",
        check=_acl_every_port,
    ),
    Rule(
        id="network-acl-used",
        title="Every network ACL guards a subnet",
        problem="The network ACL guards no subnet",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        fsbp=("EC2.16",),
        checkov=("CKV2_AWS_1",),
        prowler=("ec2_networkacl_unused",),
        types=(NETWORK_ACL,),
        remediation="Associate the network ACL with subnets, or remove it.",
        check_graph=per_resource(_acl_used, NETWORK_ACL),
    ),
    Rule(
        id="subnet-public-addresses",
        title="Subnets give no public addresses",
        problem="The subnet gives public addresses",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.15",),
        checkov=("CKV_AWS_130",),
        prowler=("vpc_subnet_no_public_ip_by_default",),
        trivy=("AWS-0164",),
        types=(SUBNET,),
        remediation="Leave mapPublicIpOnLaunch false.",
        check=is_false("mapPublicIpOnLaunch"),
    ),
    Rule(
        id="vpc-block-public-access",
        title="VPC Block Public Access is on, where a stack sets it",
        problem="VPC Block Public Access is off",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.172",),
        types=(BLOCK_PUBLIC_ACCESS,),
        remediation="Set internetGatewayBlockMode to block-ingress or block-bidirectional.",
        check=is_none_of("internetGatewayBlockMode", "off"),
        note="This is a setting of the account: the rule checks only stacks that have it as a resource.",
    ),
)
