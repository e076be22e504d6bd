"""Amazon VPC: sources of inbound rules that are groups of other accounts, or prefix lists outside the stack."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import texts_setting
from policy.graph import Graph, names_more
from policy.iam.parties import Kind, Known, Party, known, strangers
from policy.paths import each
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided
from policy.rules.security_groups import GROUPS, INGRESS_CARRIERS, INGRESS_RULE, PREFIX_LIST, SECURITY_GROUP_RULE
from policy.secrets.in_text import top_of
from policy.values import State, Value

_OF_AN_ACCOUNT: Final = re.compile(r"(?P<account>\d{12})/sg-.*", re.DOTALL)
"""A group in another account ("Update your security groups to reference peer security groups", VPC Peering Guide)."""
GROUPS_NAMED: Final[dict[str, str]] = {
    **dict.fromkeys(GROUPS, "ingress[].securityGroups[]"),
    SECURITY_GROUP_RULE: "sourceSecurityGroupId",
    INGRESS_RULE: "referencedSecurityGroupId",
}
LISTS_NAMED: Final[dict[str, str]] = {
    **dict.fromkeys(GROUPS, "ingress[].prefixListIds[]"),
    SECURITY_GROUP_RULE: "prefixListIds[]",
    INGRESS_RULE: "prefixListId",
}


def _sources_known(graph: Graph, carrier: ResourceView, config: Config) -> Iterator[Verdict]:
    if carrier.type == SECURITY_GROUP_RULE and carrier.text("type") != "ingress":
        return
    whom = known(graph, config)
    for group in each(carrier.whole, GROUPS_NAMED[carrier.type]):
        yield from guarded(_is_ours(group, whom))
    path = LISTS_NAMED[carrier.type]
    lists = [*each(carrier.whole, path)]
    if lists and names_more(graph, carrier, top_of(path.replace("[]", "")), lists, PREFIX_LIST):
        yield undecided(
            lists[0].path, "the prefix list is not part of this stack, and its id does not say who is in it"
        )


def _is_ours(group: Value, whom: Known) -> Iterator[Verdict]:
    found = None if group.state is State.UNKNOWN else _OF_AN_ACCOUNT.fullmatch(group.text() or "")
    if found:
        yield from strangers(group.path, [Party(found[0], Kind.ACCOUNT, found["account"])], whom)


RULES = (
    Rule(
        id="security-group-sources-known",
        title="Security groups admit only groups of accounts that are allowed",
        problem="The security group admits a group of another account",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=INGRESS_CARRIERS,
        remediation="Name a group of the stack, or allow its account: policy.allowed_accounts of the stack file.",
        check_graph=per_resource(_sources_known, *INGRESS_CARRIERS),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts whose groups may be let in.")},
        note="security-group-world-ingress checks prefix lists of the stack; one that is given by its id is undecided.",
    ),
)
