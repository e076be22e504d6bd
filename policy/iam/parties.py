"""Finds the accounts, organizations and networks that a policy statement allows.

It also finds the names that do not reveal to which account they belong.
"""

import re
from collections.abc import Collection, Iterator
from enum import Enum
from ipaddress import ip_network
from typing import Final, NamedTuple

from policy.checks import setting_texts
from policy.documents import OUTPUT, Statement
from policy.graph import VPC, Graph
from policy.iam.conditions import (
    ACCOUNT_KEYS,
    ARN_KEYS,
    NETWORK_KEYS,
    ORGANIZATION_KEYS,
    USER_ID,
    demanded,
    is_bound,
    ranges,
)
from policy.iam.principals import ACCOUNT, account_in_arn, account_of, knows_own_accounts, own_accounts
from policy.resources import ResourceView
from policy.rule import Addition, Config, Verdict, undecided, violation


class Kind(Enum):
    """The kind of thing that a name identifies."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"
    NETWORK = "network"
    ANYBODYS = "anybody's"
    """A name that does not reveal to which account it belongs."""


class Party(NamedTuple):
    """An account, an organization, a network or another name that a statement allows.

    Attributes:
        name: The name in the statement, for messages.
        kind: The kind of thing that the name identifies.
        id: The id of the account, the organization or the network; empty for a name that does not reveal its account.
    """

    name: str
    kind: Kind
    id: str = ""


_ORGANIZATION: Final = re.compile(
    r"(?:arn:[\w-]+:organizations::\d{12}:(?:organization|ou)/)?(o-[a-z0-9]+)(?:/.*)?", re.DOTALL
)
_UNIQUE_ID: Final = re.compile(r"A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{6,}(?::.*)?", re.DOTALL)
"""Unique ids that IAM assigns ("IAM identifiers", IAM User Guide). After a role's id a session's name may follow."""
_ORIGIN_IDENTITY: Final = re.compile(r"arn:[\w-]+:iam::cloudfront:user/.*", re.DOTALL)
"""An origin access identity of CloudFront, of any account."""

STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
MAKERS: Final = {
    Kind.NETWORK: frozenset({VPC, "aws:ec2/vpcEndpoint:VpcEndpoint", STACK_REFERENCE}),
    Kind.ANYBODYS: frozenset(
        {
            "aws:cloudfront/originAccessIdentity:OriginAccessIdentity",
            "aws:iam/role:Role",
            "aws:iam/user:User",
            STACK_REFERENCE,
        }
    ),
}
"""Kind of name -> the types of resources that have such names. A document that depends on such a resource has the name
from there."""


def made(graph: Graph, resource: ResourceView, property_: str) -> frozenset[Kind]:
    """Find the kinds of names in a document that come from resources of the stack.

    Args:
        graph: The stack.
        resource: The resource with the document.
        property_: The top-level property that contains the document.
    """
    types = {target.type for target in graph.targets(resource, property_)}
    return frozenset(kind for kind, makers in MAKERS.items() if types & makers)


def parties(statement: Statement, of_the_stack: Collection[Kind], *, arns: bool) -> Iterator[Party]:
    """Find the parties that a statement allows by name.

    Args:
        statement: A statement of a resource policy or a trust policy.
        of_the_stack: The kinds of names that come from the stack's own resources (see `made`). They are left out.
        arns: Whether to read conditions on ARNs, and the conditions that name for whom a service acts.

    Yields:
        The principals, and the parties to which conditions restrict an open principal or a service. If conditions name
        accounts, the conditions on organizations and networks are ignored, since all conditions must be true.
    """
    found = [*_of_principals(statement)]
    is_service = any(kind == "Service" for kind, _identity in statement.principals)
    if statement.everybody or (is_service and arns):
        found += _of_conditions(statement, arns=arns)
    yield from (party for party in found if party.kind not in of_the_stack and OUTPUT not in party.name)


def _of_principals(statement: Statement) -> Iterator[Party]:
    for kind, identity in statement.principals:
        account = account_of(identity) if kind in {"AWS", "*", "Federated"} else ""
        if account:
            yield Party(identity, Kind.ACCOUNT, account)
        elif kind == "CanonicalUser" or _ORIGIN_IDENTITY.fullmatch(identity) or _UNIQUE_ID.fullmatch(identity):
            yield Party(identity, Kind.ANYBODYS)


def _of_conditions(statement: Statement, *, arns: bool) -> list[Party]:
    bound = [
        (key, value)
        for key, values in demanded(statement.conditions)
        if values and all(is_bound(key, value) for value in values)
        for value in values
    ]
    keys = {key for key, _value in bound}
    if keys & (ACCOUNT_KEYS | ARN_KEYS | {USER_ID}):
        return [party for key, value in bound for party in _of_account(key, value, arns=arns)]
    if keys & ORGANIZATION_KEYS:
        return [
            Party(f"{key} {value}", Kind.ORGANIZATION, organization)
            for key, value in bound
            if key in ORGANIZATION_KEYS and (organization := organization_of(value))
        ]
    if keys & NETWORK_KEYS:
        return [Party(f"{key} {value}", Kind.NETWORK, value) for key, value in bound if key in NETWORK_KEYS]
    return [Party(value, Kind.NETWORK, value) for values in ranges(statement.conditions) for value in values]


def _of_account(key: str, value: str, *, arns: bool) -> Iterator[Party]:
    if key == USER_ID and _UNIQUE_ID.fullmatch(value):
        yield Party(f"{key} {value}", Kind.ANYBODYS)
    account = ""
    if key in ACCOUNT_KEYS or key == USER_ID:
        account = value if ACCOUNT.fullmatch(value) else ""
    elif key in ARN_KEYS and arns:
        account = account_in_arn(value)
    if account:
        yield Party(f"{key} {value}", Kind.ACCOUNT, account)


def organization_of(text: str) -> str:
    """Read the organization that an id, a path or an ARN names.

    Args:
        text: Such as ``o-a1b2c3d4e5``, ``o-a1b2c3d4e5/r-x/*`` or the ARN of an organizational unit.

    Returns:
        The organization's id; empty if the text names no organization.
    """
    found = _ORGANIZATION.fullmatch(text)
    return found[1] if found else ""


def party_of(name: str) -> Party | None:
    """Read the party with whom something is shared.

    Args:
        name: An account, a principal's ARN, an organization, or any other text.

    Returns:
        The party; None for a name that belongs to no account or organization, such as a service.
    """
    if account := account_of(name):
        return Party(name, Kind.ACCOUNT, account)
    if organization := organization_of(name):
        return Party(name, Kind.ORGANIZATION, organization)
    return Party(name, Kind.ANYBODYS) if _UNIQUE_ID.fullmatch(name) or _ORIGIN_IDENTITY.fullmatch(name) else None


class Known(NamedTuple):
    """The parties that a stack's policies may allow.

    Attributes:
        accounts: The stack's own accounts, and the accounts that its configuration allows.
        organizations: The organizations that its configuration allows.
        networks: The VPCs, VPC endpoints and ranges of addresses that its configuration allows.
        is_bound: Whether all of the stack's own accounts are known.
    """

    accounts: frozenset[str]
    organizations: frozenset[str]
    networks: tuple[str, ...]
    is_bound: bool

    def lets_in(self, party: Party) -> bool:
        """Check whether a party is among them."""
        if party.kind is Kind.ACCOUNT:
            return party.id in self.accounts
        if party.kind is Kind.ORGANIZATION:
            return party.id in self.organizations
        return party.kind is Kind.NETWORK and any(_is_within(party.id, network) for network in self.networks)


def _is_within(id_: str, network: str) -> bool:
    if id_ == network:
        return True
    try:
        inner, outer = ip_network(id_, strict=False), ip_network(network, strict=False)
    except ValueError:
        return False
    return inner.version == outer.version and inner.subnet_of(outer)  # pyright: ignore[reportArgumentType] - of one version


def known(graph: Graph, config: Config) -> Known:
    """Find the parties that a stack's policies may allow.

    Args:
        graph: The stack.
        config: The configuration of a rule with ``allowed-accounts``, and perhaps ``allowed-organizations`` and
            ``allowed-networks``.
    """
    listed = {name: setting_texts(config, name) if name in config else [] for name in ALLOWED}
    accounts, organizations, networks = (listed[name] for name in ALLOWED)
    return Known(
        frozenset(own_accounts(graph) | set(accounts)),
        frozenset(organizations),
        tuple(networks),
        knows_own_accounts(graph),
    )


ALLOWED: Final = ("allowed-accounts", "allowed-organizations", "allowed-networks")
ALLOWING: Final = {
    Kind.ACCOUNT: "policy.allowed_accounts",
    Kind.ORGANIZATION: "policy.allowed_organizations",
    Kind.NETWORK: "policy.allowed_networks",
}
"""Kind of name -> the list of the stack file that allows it."""
_NOT_KNOWN: Final = (
    "whose account it names is not known: the stack file names no aws.account_id, and no provider has "
    "allowedAccountIds, or not all of them are known"
)


def strangers(path: str, found: Collection[Party], whom: Known, *, does: str = "lets in") -> Iterator[Verdict]:
    """Report the parties that a property allows, but that the stack's policies may not allow.

    Args:
        path: The property's path.
        found: The parties that the property names.
        whom: The parties that the stack's policies may allow.
        does: The verb of the message: what the property does with the parties.

    Yields:
        A violation for each kind of party. For accounts an undecided verdict, if the stack's own are not all known.
    """
    unknown = [party for party in found if not whom.lets_in(party)]
    names = {kind: ", ".join(party.name for party in unknown if party.kind is kind) for kind in Kind}
    account, organization, network, anybodys = (names[kind] for kind in Kind)
    allowing = {
        kind: [Addition(key, party.id) for party in unknown if party.kind is kind] for kind, key in ALLOWING.items()
    }
    if account and whom.is_bound:
        text = f"{path} {does} {account}, which is not of this stack's account"
        yield violation(path, text, additions=allowing[Kind.ACCOUNT])
    elif account:
        yield undecided(path, _NOT_KNOWN)
    if organization:
        text = f"{path} {does} every account of an organization that is not allowed: {organization}"
        yield violation(path, text, additions=allowing[Kind.ORGANIZATION])
    if network:
        text = f"{path} {does} anybody from a network that is not allowed: {network}"
        yield violation(path, text, additions=allowing[Kind.NETWORK])
    if anybodys:
        yield violation(path, f"{path} {does} {anybodys}, and nobody can tell of which account; name an ARN")
