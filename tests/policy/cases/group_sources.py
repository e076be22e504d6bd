"""Cases of the rules on security groups and prefix lists from outside the stack."""

from typing import Any

from tests.policy.cases.table import OK, WRONG_TYPE, Case, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import UNKNOWN, Node, Ref

RULE = "security-group-sources-known"
STORE_RULE = "data-stores-private-ingress"
THEIRS = "999999999999/sg-0a1b2c3d4e5f60718"
OURS = "123456789012/sg-0a1b2c3d4e5f60718"
OWN_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLDER_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
LIST = Change("list", node=Node("aws:ec2/managedPrefixList:ManagedPrefixList", {"entries": [{"cidr": "10.0.0.0/16"}]}))
SSH = {"fromPort": 22, "toPort": 22, "protocol": "tcp"}


def _rule(
    name: str, expected: str, inputs: dict[str, Any], *more: Change, type_: str = OWN_RULE, **config: Any
) -> Case:
    made = Node(type_, {"securityGroupId": Ref("task-group"), **inputs})
    at = "new" if expected != OK else ""
    return edge(RULE, f"{type_.rpartition(':')[2]}: {name}", expected, at, Change("new", node=made), *more, **config)


def _inline(name: str, expected: str, inputs: dict[str, Any], *more: Change) -> Case:
    change = Change("inline-group", "ingress", [{**SSH, **inputs}])
    return edge(RULE, f"inline: {name}", expected, "inline-group" if expected != OK else "", change, *more)


ROWS = (
    Row(RULE, "ingress", "referencedSecurityGroupId", absent=OK, unknown=OK, wrong=(THEIRS,), right=(OURS, "sg-0a1b2c3d")),
    Row(RULE, "inline-group", "ingress", absent=OK, wrong_type=("text", V), wrong=([{**SSH, "securityGroups": [THEIRS]}],)),
    Row(STORE_RULE, "database", "vpcSecurityGroupIds", absent=OK, open=(["sg-0a1b2c3d"], ["sg-0a1b2c3d", Ref("inline-group")]), wrong_type=("text", V)),
)  # fmt: skip

EDGES = (
    _rule("a group of the stack", OK, {"referencedSecurityGroupId": Ref("inline-group")}),
    _rule("a group of an allowed account", OK, {"referencedSecurityGroupId": THEIRS}, allowed_accounts=["999999999999"]),
    _rule("a group of another account", V, {"sourceSecurityGroupId": THEIRS, "type": "ingress"}, type_=OLDER_RULE),
    _rule("a way out", OK, {"sourceSecurityGroupId": THEIRS, "type": "egress"}, type_=OLDER_RULE),
    _rule("of a wrong type", V, {"referencedSecurityGroupId": WRONG_TYPE}),
    _rule("a list by its id", U, {"prefixListId": "pl-0a1b2c3d"}),
    _rule("a list that is not known", U, {"prefixListId": UNKNOWN}),
    _rule("a list of the stack", OK, {"prefixListId": Ref("list")}, LIST),
    _rule("a list by its id", U, {"prefixListIds": ["pl-0a1b2c3d"], "type": "ingress"}, type_=OLDER_RULE),
    _inline("a list by its id", U, {"prefixListIds": ["pl-0a1b2c3d"]}),
    _inline("a list of the stack", OK, {"prefixListIds": [Ref("list")]}, LIST),
    _inline("one of each", U, {"prefixListIds": [Ref("list"), "pl-0a1b2c3d"]}, LIST),
    _inline("a group of the stack", OK, {"securityGroups": [Ref("task-group")]}),
    edge(STORE_RULE, "a domain with a group by its id", U, "new", Change("new", node=Node("aws:opensearch/domain:Domain", {"vpcOptions": {"subnetIds": [Ref("private")], "securityGroupIds": ["sg-1"]}}))),
    edge(STORE_RULE, "a domain with a group of the stack", OK, "", Change("new", node=Node("aws:opensearch/domain:Domain", {"vpcOptions": {"subnetIds": [Ref("private")], "securityGroupIds": [Ref("inline-group")]}}))),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
