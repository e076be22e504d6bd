"""Amazon VPC: the sources that security groups admit."""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy.enforcement.exemptions import PortRange
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.values import Value, some

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"

GROUPS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
INGRESS_CARRIERS = (*GROUPS, SECURITY_GROUP_RULE, INGRESS_RULE)
WIDEST_PRIVATE_BITS = {4: 8, 6: 7}
"""IP version -> the prefix length of the widest private range: 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193)."""
WIDEST_PUBLIC_BITS = {4: 16, 6: 32}
"""IP version -> the prefix length of the widest public range that counts as one owner's. A wider range, such as
52.0.0.0/8, contains strangers: anybody can rent a machine in that cloud."""
WITHOUT_PORTS = frozenset({"icmp", "icmpv6", "1", "58"})
REMOTE_ADMINISTRATION = (22, 3389)
HIGH_RISK_PORTS = (
    20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601,
    8080, 8088, 8888, 9200, 9300,
)  # fmt: skip
"""The ports of control EC2.19."""
ALL_PORTS = (0, 65535)


@dataclass(frozen=True)
class Way:
    """One way in or out: an inline rule, a rule that is a resource, or an entry of a network ACL.

    Attributes:
        where: The value that contains it, for messages.
        sources: Each value that names a range of addresses.
        protocol: A name such as ``tcp``; ``-1`` means all protocols.
        first_port: The lower end of the port range.
        last_port: The upper end of the port range.
    """

    where: Value
    sources: Sequence[Value]
    protocol: Value
    first_port: Value
    last_port: Value

    def open_to_world(self) -> bool:
        """Check whether any address in the world may use this way.

        Raises:
            UndecidableError: A source is unknown and none of the known ones is the world.
        """
        return some(self.sources, names_world)

    def ports(self) -> tuple[int, int]:
        """Return the port range, both ends included: all ports for all protocols, and for protocols without ports."""
        if self._protocol() in {"-1", "all", *WITHOUT_PORTS}:
            return ALL_PORTS
        first, last = self.first_port.number(), self.last_port.number()
        if first is None or first < 0:
            return ALL_PORTS
        return int(first), int(first if last is None else last)

    def has_ports(self) -> bool:
        """Check whether its protocol has ports; ICMP has none."""
        return self._protocol() not in WITHOUT_PORTS

    def admits(self, port: int) -> bool:
        """Check whether a TCP or UDP port is within its range."""
        first, last = self.ports()
        return self.has_ports() and first <= port <= last

    def opens(self, is_wide: Callable[["Way"], bool]) -> bool:
        """Check whether it is open to the world and also wide. If one of the two is false, the other may be unknown.

        Args:
            is_wide: Checks for what must not be open to the world, such as a port.

        Raises:
            UndecidableError: One of the two is unknown, and the other is not false.
        """
        return not some((Way.open_to_world, is_wide), lambda holds: not holds(self))

    def _protocol(self) -> str:
        # The provider accepts names in upper and lower case.
        return (self.protocol.text() or "").lower()


def names_world(source: Value) -> bool:
    """Check whether a property is a range that is open to the world, or a list with such a range.

    Raises:
        UndecidableError: A range is unknown, and no known range is open to the world.
    """
    if source.content is None:
        return False
    if isinstance(source.content, str):
        return is_world(source.content)
    return some(source.items(), lambda item: item.present and is_world(item.text() or ""))


def is_world(cidr: str) -> bool:
    """Check whether a range of addresses is the whole world, or a part of it that is too wide for one owner.

    Args:
        cidr: A range such as ``0.0.0.0/0``. An invalid range is not the world; AWS accepts it nowhere.
    """
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    widest = WIDEST_PRIVATE_BITS if network.is_private else WIDEST_PUBLIC_BITS
    return network.prefixlen < widest[network.version]


def ways_in(resource: ResourceView) -> Iterator[Way]:
    """Read the inbound rules of a security group, or of a resource that is one rule.

    Args:
        resource: One of ``INGRESS_CARRIERS``.

    Yields:
        Each rule as a way in.

    Raises:
        UndecidableError: The list of rules is unknown.
    """
    whole = resource.whole
    if resource.type in GROUPS:
        for item in resource.at("ingress").items():
            yield inline_way(item, item)
    elif resource.type == SECURITY_GROUP_RULE:
        if resource.text("type") == "ingress":
            yield inline_way(whole, resource.at("cidrBlocks"))
    elif resource.type == INGRESS_RULE:
        yield own_way(resource)


def own_way(resource: ResourceView) -> Way:
    """Read a rule that is a separate resource (``INGRESS_RULE`` or ``EGRESS_RULE``)."""
    range_ = resource.at("cidrIpv4") if resource.at("cidrIpv4").present else resource.at("cidrIpv6")
    return Way(
        range_,
        (resource.at("cidrIpv4"), resource.at("cidrIpv6")),
        resource.at("ipProtocol"),
        resource.at("fromPort"),
        resource.at("toPort"),
    )


def inline_way(item: Value, where: Value) -> Way:
    """Read a rule from the list in a security group, or from a ``SECURITY_GROUP_RULE``.

    Args:
        item: The rule.
        where: The value that messages name.
    """
    return Way(
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


def _refuse_ports(way: Way, ports: Sequence[int]) -> Iterator[Verdict]:
    if way.opens(lambda way: any(map(way.admits, ports))):
        admitted = [port for port in ports if way.admits(port)]
        text = f"{way.where.path} admits anybody to port {', '.join(map(str, admitted))}"
        yield violation(way.where.path, text, ports=PortRange(*way.ports()))


def _no_world(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    if resource.type in (PREFIX_LIST, PREFIX_LIST_ENTRY):
        yield from _refuse_list(resource)
        return
    for way in ways_in(resource):
        yield from guarded(_refuse_world(way))


def _refuse_list(resource: ResourceView) -> Iterator[Verdict]:
    entries = resource.at("entries").items() if resource.type == PREFIX_LIST else [resource.whole]
    for entry in entries:
        yield from guarded(_refuse_entry(entry.at("cidr")))


def _refuse_entry(cidr: Value) -> Iterator[Verdict]:
    if names_world(cidr):
        yield violation(cidr.path, f"{cidr}; a rule with this list would admit anybody")


def _refuse_world(way: Way) -> Iterator[Verdict]:
    if way.opens(lambda way: bool(way.ports())):
        ports = PortRange(*way.ports())
        text = f"{way.where.path} admits anybody to {ports}"
        yield violation(way.where.path, text, ports=ports)


RULES = (
    Rule(
        id="security-group-remote-administration",
        title="Nobody in the world reaches ports 22 and 3389",
        problem="The whole world reaches port 22 or 3389",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=(
            "EC2.13",
            "EC2.14",
        ),
        checkov=(
            "CKV_AWS_24",
            "CKV_AWS_25",
        ),
        prowler=(
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
        ),
        types=INGRESS_CARRIERS,
        remediation="Remove the rule; ECS Exec and Session Manager need no open port.",
        check=_no_remote_administration,
        about_ports=True,
    ),
    Rule(
        id="security-group-world-ingress",
        about_ports=True,
        title="Security groups admit nobody from the whole world",
        problem="The security group admits the whole world",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.18",),
        checkov=(
            "CKV_AWS_260",
            "CKV_AWS_277",
        ),
        cdk_nag=(
            "AwsSolutions-EC23",
            "AwsSolutions-RDS8",
        ),
        prowler=(
            "ec2_instance_port_cassandra_exposed_to_internet",
            "ec2_instance_port_cifs_exposed_to_internet",
            "ec2_instance_port_elasticsearch_kibana_exposed_to_internet",
            "ec2_instance_port_ftp_exposed_to_internet",
            "ec2_instance_port_kafka_exposed_to_internet",
            "ec2_instance_port_kerberos_exposed_to_internet",
            "ec2_instance_port_ldap_exposed_to_internet",
            "ec2_instance_port_memcached_exposed_to_internet",
            "ec2_instance_port_mongodb_exposed_to_internet",
            "ec2_instance_port_mysql_exposed_to_internet",
            "ec2_instance_port_oracle_exposed_to_internet",
            "ec2_instance_port_postgresql_exposed_to_internet",
            "ec2_instance_port_rdp_exposed_to_internet",
            "ec2_instance_port_redis_exposed_to_internet",
            "ec2_instance_port_sqlserver_exposed_to_internet",
            "ec2_instance_port_ssh_exposed_to_internet",
            "ec2_instance_port_telnet_exposed_to_internet",
            "ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
            "ec2_securitygroup_allow_ingress_from_internet_to_any_port",
            "ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_cassandra_7199_9160_8888",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_elasticsearch_kibana_9200_9300_5601",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_ftp_20_21",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_kafka_9092",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_memcached_11211",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mongodb_27017_27018",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_oracle_1521_2483",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_redis_6379",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_sql_server_1433_1434",
            "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_telnet_23",
            "ec2_securitygroup_allow_wide_open_public_ipv4",
        ),
        trivy=("AWS-0107",),
        types=(*INGRESS_CARRIERS, PREFIX_LIST, PREFIX_LIST_ENTRY),
        remediation="Name a security group or the VPC's range as the source.",
        check=_no_world,
        note="The control permits 80 and 443; on this platform only API Gateway and CloudFront are public. "
        "A range that is too wide for one owner counts as the world too: 0.0.0.0/1, 52.0.0.0/8 or 2000::/3.",
    ),
    Rule(
        id="security-group-high-risk-ports",
        title="Nobody in the world reaches a port of high risk",
        problem="The whole world reaches a port of high risk",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("EC2.19",),
        checkov=(
            "CKV_AWS_229",
            "CKV_AWS_230",
        ),
        types=INGRESS_CARRIERS,
        remediation="Name a security group or the VPC's range as the source.",
        check=_no_high_risk_ports,
        about_ports=True,
    ),
)
