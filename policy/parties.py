"""Whom a statement lets in by name: accounts, organizations, networks, and those whose account nobody can tell."""

import re
from collections.abc import Collection, Iterator
from enum import Enum
from ipaddress import ip_network
from typing import Final, NamedTuple

from policy.checks import setting_texts
from policy.conditions import (
    ACCOUNT_KEYS,
    ARN_KEYS,
    NETWORK_KEYS,
    ORGANIZATION_KEYS,
    USER_ID,
    demanded,
    is_bound,
    ranges,
)
from policy.documents import OUTPUT, Statement
from policy.graph import VPC, Graph
from policy.principals import ACCOUNT, account_in_arn, account_of, knows_own_accounts, own_accounts
from policy.resources import ResourceView
from policy.rule import Addition, Config, Verdict, undecided, violation


class Kind(Enum):
    """What a name is of."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"
    NETWORK = "network"
    ANYBODYS = "anybody's"
    """A name that does not say of which account it is."""


class Party(NamedTuple):
    """Somebody who is let in.

    Attributes:
        name: As the statement has it, for messages.
        kind: What it names.
        id: Of the account, the organization or the network.
    """

    name: str
    kind: Kind
    id: str = ""


_ORGANIZATION: Final = re.compile(
    r"(?:arn:[\w-]+:organizations::\d{12}:(?:organization|ou)/)?(o-[a-z0-9]+)(?:/.*)?", re.DOTALL
)
_UNIQUE_ID: Final = re.compile(r"A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[A-Z0-9]{6,}(?::.*)?", re.DOTALL)
"""Ids that IAM gives ("IAM identifiers", IAM User Guide); with a session's name behind that of a role."""
_ORIGIN_IDENTITY: Final = re.compile(r"arn:[\w-]+:iam::cloudfront:user/.*", re.DOTALL)
"""An origin access identity of CloudFront, of whichever account."""

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
"""Kind of name -> the types of resources that have such names: a document that depends on one has it from there."""


def made(graph: Graph, resource: ResourceView, property_: str) -> frozenset[Kind]:
    """Tell which names in a document come from resources of the stack.

    Args:
        graph: The stack.
        resource: With the document.
        property_: A top-level property.
    """
    types = {target.type for target in graph.targets(resource, property_)}
    return frozenset(kind for kind, makers in MAKERS.items() if types & makers)


def parties(statement: Statement, of_the_stack: Collection[Kind], *, arns: bool) -> Iterator[Party]:
    """Find whom a statement lets in by name.

    Args:
        statement: Of a resource policy or a trust policy.
        of_the_stack: Kinds of names that come from the stack's own resources, from `made`.
        arns: Whether to look at conditions on ARNs, and on whom a service acts for.

    Yields:
        Its principals, and whom conditions bind an open principal or a service to. Where conditions name accounts, what
        they say of organizations and networks is no matter, since all must hold.
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
        Its id; empty for what names none.
    """
    found = _ORGANIZATION.fullmatch(text)
    return found[1] if found else ""


def party_of(name: str) -> Party | None:
    """Read with whom something is shared.

    Args:
        name: An account, a principal's ARN, an organization, or anything else.

    Returns:
        Nobody for what names no account and no organization, such as a service.
    """
    if account := account_of(name):
        return Party(name, Kind.ACCOUNT, account)
    if organization := organization_of(name):
        return Party(name, Kind.ORGANIZATION, organization)
    return Party(name, Kind.ANYBODYS) if _UNIQUE_ID.fullmatch(name) or _ORIGIN_IDENTITY.fullmatch(name) else None


class Known(NamedTuple):
    """Whom a stack lets in.

    Attributes:
        accounts: Its own, and those that it allows.
        organizations: Those that it allows.
        networks: VPCs, endpoints of VPCs and ranges of addresses that it allows.
        is_bound: Whether all accounts of its own are known.
    """

    accounts: frozenset[str]
    organizations: frozenset[str]
    networks: tuple[str, ...]
    is_bound: bool

    def lets_in(self, party: Party) -> bool:
        """Check whether somebody is known."""
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
    """Find whom a stack lets in.

    Args:
        graph: The stack.
        config: Of a rule with ``allowed-accounts``, and perhaps ``allowed-organizations`` and ``allowed-networks``.
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
    """Judge whom something lets in.

    Args:
        path: Where it stands.
        found: Those that it names.
        whom: Those that the stack knows.
        does: What it does with them, for the message.

    Yields:
        A violation for each kind of them that is not known; undecided for accounts while the stack's own are not known.
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
