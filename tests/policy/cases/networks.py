"""Cases of the rules on the VPC, security groups and instances."""

from tests.policy.cases.table import NO_OBJECT, OK, WRONG_TYPE, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Node, Ref

WORLD, WORLD6 = "0.0.0.0/0", "::/0"
SSH = {"protocol": "tcp", "fromPort": 22, "toPort": 22}


def _inline(**rule: object) -> Change:
    return Change("inline-group", "ingress", [{**SSH, **rule}])


def _ingress(**inputs: object) -> Change:
    base = {"securityGroupId": Ref("task-group"), "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    return Change("way-in", node=Node("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {**base, **inputs}))


def _egress(**inputs: object) -> Change:
    base = {
        "securityGroupId": Ref("task-group"),
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": WORLD,
    }
    return Change("way-out", node=Node("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", {**base, **inputs}))


def _older(**inputs: object) -> Change:
    return Change(
        "way-in", node=Node("aws:ec2/securityGroupRule:SecurityGroupRule", {"type": "ingress", **SSH, **inputs})
    )


def _acl_rule(**inputs: object) -> Change:
    base = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "ruleAction": "allow", "cidrBlock": WORLD}
    return Change("way-in", node=Node("aws:ec2/networkAclRule:NetworkAclRule", {**base, **inputs}))


ROWS = (
    Row("vpc-default-security-group", "default-group", "ingress", wrong=([{"protocol": "-1", "self": True}],), right=([],), absent=OK),
    Row("vpc-default-security-group", "default-group", "egress", wrong=([{"protocol": "-1"}],), right=([],), absent=OK),
    Row("vpc-flow-logs", "flow-log", "trafficType", wrong=("ACCEPT", ""), right=("REJECT",)),
    Row("subnet-public-addresses", "isolated", "mapPublicIpOnLaunch", wrong=(True, "true"), absent=OK),
    Row("vpc-block-public-access", "bpa", "internetGatewayBlockMode", wrong=("off",), right=("block-bidirectional",)),
    Row("security-group-world-ingress", "inline-group", "ingress[0].cidrBlocks", wrong=([WORLD], ["10.0.0.0/8", WORLD]),
        right=(["10.0.0.0/8"], []), absent=OK),
    Row("security-group-world-ingress", "ingress", "cidrIpv4", wrong=(WORLD,), absent=OK),
    Row("security-group-world-ingress", "old-ingress", "cidrBlocks", wrong=([WORLD],), absent=OK),
    Row("security-group-high-risk-ports", "inline-group", "ingress[0].cidrBlocks", wrong=([WORLD],), absent=OK),
    Row("network-acl-remote-administration", "acl-rule", "ruleAction", wrong=("allow",), absent=OK),
    Row("security-group-description", "task-group", "description", wrong=("", "Managed by Pulumi"), unknown=OK),
    Row("network-acl-used", "acl", "subnetIds", wrong=([],), right=(["subnet-1"],)),
    Row("vpc-interface-endpoints", "ecr.api-endpoint", "vpcId", unknown=V, at="vpc"),
    Row("security-group-remote-administration", "inline-group", "ingress", absent=OK, right=([],)),
    Row("security-group-egress", "task-group", "egress", absent=OK, right=([],)),
    Row("ec2-instance-metadata", "instance", "metadataOptions.httpTokens", wrong=("optional",)),
    Row("ec2-instance-metadata", "instance", "metadataOptions", wrong=({},), wrong_type=NO_OBJECT),
    Row("ec2-instance-volumes-encrypted", "instance", "rootBlockDevice.encrypted", wrong=(False,)),
    Row("ec2-instance-volumes-encrypted", "instance", "ebsBlockDevices", wrong=([{}], [{"encrypted": True}, {"encrypted": False}]),
        right=([{"encrypted": True}],), absent=OK),
    Row("ebs-volume-encrypted", "volume", "encrypted", wrong=(False, "false")),
)  # fmt: skip

EDGES = (
    edge("vpc-default-security-group", "none", V, "vpc", Change("default-group", value=REMOVED)),
    edge("vpc-default-security-group", "another VPC's", V, "vpc", Change("default-group", "vpcId", "vpc-1")),
    edge("vpc-flow-logs", "none", V, "vpc", Change("flow-log", value=REMOVED)),
    edge("vpc-flow-logs", "a subnet's only", V, "vpc", Change("flow-log", "vpcId", ABSENT), Change("flow-log", "subnetId", Ref("private"))),
    edge("vpc-interface-endpoints", "none is asked for", OK, "", Change("ecr.api-endpoint", value=REMOVED), services=[]),
    edge("vpc-interface-endpoints", "one of the controls' is missing", V, "vpc", Change("ssm-contacts-endpoint", value=REMOVED)),
    edge("vpc-interface-endpoints", "there", OK, "", services=["ecr.api"]),
    edge("vpc-interface-endpoints", "a service of a wrong type", V, "ecr.api-endpoint", Change("ecr.api-endpoint", "serviceName", WRONG_TYPE)),
    edge("vpc-interface-endpoints", "missing", V, "vpc", services=["ecr.api", "logs"]),
    edge("vpc-interface-endpoints", "of another VPC", V, "vpc", Change("ecr.api-endpoint", "vpcId", "vpc-1")),
    edge("vpc-interface-endpoints", "unknown service", U, "ecr.api-endpoint", Change("ecr.api-endpoint", "serviceName", UNKNOWN)),
    edge("vpc-interface-endpoints", "unknown, but not needed", OK, "",
         Change("second", node=Node("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcId": Ref("vpc"), "serviceName": UNKNOWN}))),
    *(edge("security-group-remote-administration", f"{form.__name__}: {name}", expected, at, form(**rule))
      for form, at, sources in ((_inline, "inline-group", "cidrBlocks"), (_older, "way-in", "cidrBlocks"))
      for name, rule, expected in (
          ("22", {sources: [WORLD]}, V), ("22 over IPv6", {"ipv6CidrBlocks": [WORLD6]}, V),
          ("3389", {sources: [WORLD], "fromPort": 3389, "toPort": 3389}, V), ("a range", {sources: [WORLD], "fromPort": 0, "toPort": 1024}, V),
          ("every protocol", {sources: [WORLD], "protocol": "-1", "fromPort": 0, "toPort": 0}, V),
          ("another port", {sources: [WORLD], "fromPort": 443, "toPort": 443}, OK), ("ICMP", {sources: [WORLD], "protocol": "icmp", "fromPort": -1, "toPort": -1}, OK),
          ("from inside", {sources: ["10.0.0.0/8"]}, OK), ("an unknown source", {sources: UNKNOWN}, U),
          ("a known and an unknown source", {sources: [UNKNOWN, WORLD]}, V))),
    edge("security-group-remote-administration", "a rule of its own", V, "way-in", _ingress(cidrIpv4=WORLD)),
    edge("security-group-remote-administration", "a rule of its own, IPv6", V, "way-in", _ingress(cidrIpv6=WORLD6)),
    edge("security-group-remote-administration", "a rule of its own, all protocols", V, "way-in",
         _ingress(cidrIpv4=WORLD, ipProtocol="-1", fromPort=ABSENT, toPort=ABSENT)),
    edge("security-group-remote-administration", "a rule for a security group", OK, "", _ingress(referencedSecurityGroupId=Ref("task-group"))),
    edge("security-group-remote-administration", "an unknown port", U, "way-in", _ingress(cidrIpv4=WORLD, fromPort=UNKNOWN)),
    edge("security-group-remote-administration", "an egress rule", OK, "", _older(type="egress", cidrBlocks=[WORLD])),
    edge("security-group-high-risk-ports", "PostgreSQL", V, "way-in", _ingress(cidrIpv4=WORLD, fromPort=5432, toPort=5432)),
    edge("security-group-high-risk-ports", "HTTPS", OK, "", _ingress(cidrIpv4=WORLD, fromPort=443, toPort=443)),
    edge("security-group-high-risk-ports", "a range with one of them", V, "way-in", _ingress(cidrIpv4=WORLD, fromPort=8000, toPort=9000)),
    edge("security-group-world-ingress", "HTTPS", V, "way-in", _ingress(cidrIpv4=WORLD, fromPort=443, toPort=443)),
    edge("security-group-world-ingress", "an authorised port", OK, "", _ingress(cidrIpv4=WORLD, fromPort=443, toPort=443), authorised_ports=["443"]),
    edge("security-group-world-ingress", "more than the authorised port", V, "way-in", _ingress(cidrIpv4=WORLD, fromPort=80, toPort=443), authorised_ports=["443"]),
    *(edge("security-group-world-ingress", f"from {range_} {ports}", expected, "way-in" if expected == V else "", _ingress(**range_, **ports), authorised_ports=["443"])
      for ports in ({"fromPort": 80, "toPort": 80}, {"ipProtocol": "icmp", "fromPort": 8, "toPort": -1}, {"ipProtocol": "-1", "fromPort": ABSENT})
      for range_, expected in (
          ({"cidrIpv4": "0.0.0.0/1"}, V), ({"cidrIpv4": "128.0.0.0/1"}, V), ({"cidrIpv6": "2000::/3"}, V), ({"cidrIpv6": "0::/0"}, V),
          ({"cidrIpv4": "10.0.0.0/8"}, OK), ({"cidrIpv6": "fc00::/7"}, OK), ({"prefixListId": "pl-1"}, OK))),
    edge("security-group-world-ingress", "the default group of another stack's VPC", V, "theirs", Change("theirs", node=Node(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [WORLD]}]}))),
    edge("security-group-world-ingress", "a prefix list of the world", V, "list", Change("list", node=Node(
        "aws:ec2/managedPrefixList:ManagedPrefixList", {"entries": [{"cidr": UNKNOWN}, {"cidr": WORLD}]}))),
    edge("security-group-world-ingress", "a prefix list's entry", V, "entry", Change("entry", node=Node(
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", {"cidr": WORLD6}))),
    edge("security-group-remote-administration", "every protocol in capitals", V, "inline-group", _inline(protocol="ALL", fromPort=0, toPort=0, cidrBlocks=[WORLD])),
    edge("security-group-remote-administration", "an unknown port, from inside", OK, "", _ingress(cidrIpv4="10.0.0.0/8", fromPort=UNKNOWN)),
    edge("security-group-egress", "an unknown port, inside", OK, "", _egress(cidrIpv4="10.0.0.0/8", fromPort=UNKNOWN)),
    edge("security-group-egress", "pings", OK, "", _egress(ipProtocol="icmp", fromPort=-1, toPort=-1)),
    edge("security-group-egress", "every protocol", V, "way-out", _egress(ipProtocol="-1", fromPort=ABSENT, toPort=ABSENT)),
    edge("security-group-egress", "every port", V, "way-out", _egress(fromPort=0, toPort=65535)),
    edge("security-group-egress", "over IPv6", V, "way-out", _egress(cidrIpv4=ABSENT, cidrIpv6=WORLD6, ipProtocol="-1")),
    edge("security-group-egress", "one port", OK, "", _egress()),
    edge("security-group-egress", "every port inside", OK, "", _egress(cidrIpv4="10.0.0.0/8", ipProtocol="-1")),
    edge("security-group-egress", "an unknown range", U, "way-out", _egress(cidrIpv4=UNKNOWN, ipProtocol="-1")),
    edge("security-group-egress", "an unknown protocol", U, "way-out", _egress(ipProtocol=UNKNOWN)),
    edge("security-group-egress", "inline", V, "task-group", Change("task-group", "egress", [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": [WORLD]}])),
    edge("security-group-egress", "the older rule", V, "way-in", _older(type="egress", protocol="-1", cidrBlocks=[WORLD])),
    edge("network-acl-remote-administration", "allowed", V, "way-in", _acl_rule()),
    edge("network-acl-remote-administration", "outbound", OK, "", _acl_rule(egress=True)),
    edge("network-acl-remote-administration", "IPv6", V, "way-in", _acl_rule(cidrBlock=ABSENT, ipv6CidrBlock=WORLD6)),
    edge("network-acl-remote-administration", "every protocol", V, "way-in", _acl_rule(protocol="-1")),
    edge("network-acl-remote-administration", "inline, after one that is not known", V, "acl", Change("acl", "ingress", [
        {**SSH, "action": "allow", "cidrBlock": range_} for range_ in (UNKNOWN, WORLD)])),
    edge("network-acl-remote-administration", "an unknown range is denied", OK, "", _acl_rule(cidrBlock=UNKNOWN, ruleAction="deny")),
    edge("network-acl-remote-administration", "inline", V, "acl", Change("acl", "ingress[1]", {**SSH, "action": "allow", "cidrBlock": WORLD})),
    edge("network-acl-remote-administration", "inline, denied", OK, "", Change("acl", "ingress[1]", {**SSH, "action": "deny", "cidrBlock": WORLD})),
    edge("network-acl-used", "associated by a resource of its own", OK, "", Change("acl", "subnetIds", ABSENT),
         Change("association", node=Node("aws:ec2/networkAclAssociation:NetworkAclAssociation", {"networkAclId": Ref("acl"), "subnetId": Ref("private")}))),
    edge("ebs-volume-encrypted", "an older snapshot's copy", V, "copy", Change("copy", node=Node("aws:ebs/volume:Volume", {"snapshotId": "snap-1"}))),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
