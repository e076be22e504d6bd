"""Amazon VPC: outbound rules, inbound rules of data stores, and descriptions of security groups."""

import ipaddress
from collections.abc import Iterator

from policy.checks import given
from policy.enforcement.exemptions import PortRange
from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.security_groups import (
    EGRESS_RULE,
    GROUPS,
    INGRESS_RULE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    Way,
    inline_way,
    own_way,
    ways_in,
)
from policy.values import State

MOST_PORTS = 100
"""A way out to the world whose first and last port are at least this far apart does not name its ports."""


def is_public(cidr: str) -> bool:
    """Check whether a range contains addresses of the internet.

    Args:
        cidr: A range such as ``52.0.0.0/8``. An invalid range contains none.
    """
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    shared = network.version == 4 and network.subnet_of(CARRIERS_OWN)  # noqa: PLR2004 - the IP version
    return not network.is_private and not shared


CARRIERS_OWN = ipaddress.IPv4Network("100.64.0.0/10")
"""The shared address space of carriers (RFC 6598); AWS accepts it for VPCs too."""


def _described(group: ResourceView, _config: Config) -> Iterator[Verdict]:
    description = group.at("description")
    if description.state is not State.UNKNOWN and description.text() in {"", "Managed by Pulumi"}:
        yield violation(description.path, f"{description}; it must say what the group is for")


def _narrow_egress(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for way in _ways_out(resource):
        yield from guarded(_refuse_every_port(way))


def _ways_out(resource: ResourceView) -> Iterator[Way]:
    if resource.type in GROUPS:
        for item in resource.at("egress").items():
            yield inline_way(item, item)
    elif resource.type == EGRESS_RULE:
        yield own_way(resource)
    elif resource.text("type") == "egress":
        yield inline_way(resource.whole, resource.at("cidrBlocks"))


def _refuse_every_port(way: Way) -> Iterator[Verdict]:
    def names_none(way: Way) -> bool:
        first, last = way.ports()
        return way.has_ports() and last - first >= MOST_PORTS

    if way.opens(names_none):
        yield violation(way.where.path, f"{way.where.path} opens {PortRange(*way.ports())} to the whole world")


def _rule_described(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    rules = [resource.whole]
    if resource.type in GROUPS:
        rules = [rule for name in ("ingress", "egress") for rule in resource.at(name).items()]
    for rule in rules:
        description = rule.at("description")
        if not given(description):
            yield violation(description.path, f"{description}; it must say what the rule is for")


def _data_private(graph: Graph, group: ResourceView, _config: Config) -> Iterator[Verdict]:
    if group.type != SECURITY_GROUP:
        yield from _groups_known(graph, group)
        return
    users = [owner for type_, property_ in STORES.items() for owner in graph.dependents(group, type_, property_)]
    if not users:
        return
    rules = [*graph.dependents(group, INGRESS_RULE, "securityGroupId")]
    rules += graph.dependents(group, SECURITY_GROUP_RULE, "securityGroupId")
    for carrier in (group, *rules):
        for way in ways_in(carrier):
            yield from guarded(_refuse_public(way, carrier, users[0]))


def _groups_known(graph: Graph, store: ResourceView) -> Iterator[Verdict]:
    path = STORES[store.type]
    groups = store.at(GROUPS_INSIDE.get(store.type, path))
    if not groups.present:
        return  # then it has the VPC's default group, for which there is vpc-default-security-group
    named = [groups] if groups.state is State.UNKNOWN else groups.items()
    if named and names_more(graph, store, path, named, SECURITY_GROUP):
        yield undecided(groups.path, "it names security groups that are not part of this stack")


def _refuse_public(way: Way, carrier: ResourceView, store: ResourceView) -> Iterator[Verdict]:
    for source in way.sources:
        values = source.items() if source.state is State.KNOWN and not isinstance(source.content, str) else [source]
        for value in values:
            if value.present and is_public(value.text() or ""):
                yield violation(
                    way.where.path, f"{value}, which are addresses of the internet, for {store.name}", carrier
                )


STORES = {
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
    "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:rds/proxy:Proxy": "vpcSecurityGroupIds",
    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
    "aws:opensearch/domain:Domain": "vpcOptions",
    "aws:efs/mountTarget:MountTarget": "securityGroups",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "securityGroupIds",
}
"""Type of a data store or endpoint inside the VPC -> the top-level property with its security groups."""
GROUPS_INSIDE = {"aws:opensearch/domain:Domain": "vpcOptions.securityGroupIds"}
"""Type -> the path of the security groups, if they are inside the top-level property."""


RULES = (
    Rule(
        id="security-group-description",
        title="Security groups say what they are for",
        problem="The security group or a rule of it does not say what it is for",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_23",),
        cdk_nag=("AwsSolutions-EC27",),
        trivy=("AWS-0099",),
        types=(SECURITY_GROUP,),
        remediation="Give description; it cannot be changed later without a new group.",
        check=_described,
    ),
    Rule(
        id="security-group-rule-description",
        title="Rules of security groups say what they are for",
        problem="A rule of a security group does not say what it is for",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_23",),
        trivy=("AWS-0124",),
        types=(*GROUPS, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE),
        remediation="Give every rule a description.",
        check=_rule_described,
    ),
    Rule(
        id="data-stores-private-ingress",
        title="Databases and caches are reached from private addresses only",
        problem="A database or a cache may be reached from addresses of the internet",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        cdk_nag=("AwsSolutions-RDS8",),
        prowler=("ec2_securitygroup_allow_ingress_from_internet_to_any_port_from_ip",),
        types=(SECURITY_GROUP, INGRESS_RULE, SECURITY_GROUP_RULE, *STORES),
        remediation="Name the security group of the client as the source.",
        check_graph=per_resource(_data_private, SECURITY_GROUP, *STORES),
    ),
    Rule(
        id="security-group-egress",
        title="Outbound rules to the whole world name their ports",
        problem="An outbound rule opens a wide range of ports to the whole world",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        checkov=("CKV_AWS_382",),
        prowler=("ec2_securitygroup_allow_wide_open_public_ipv4",),
        trivy=("AWS-0104",),
        types=(*GROUPS, SECURITY_GROUP_RULE, EGRESS_RULE),
        remediation="Name the ports that are needed, such as 443.",
        settings=(Setting("vpc.nat", "per-az, which needs no instance", "NatInstance"),),
        check=_narrow_egress,
    ),
)
