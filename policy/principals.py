"""Who a policy is about: the accounts behind its principals, and which of them are the stack's own."""

import json
import re
from typing import Final, cast

from policy.documents import OUTPUT
from policy.graph import Graph
from policy.resources import ResourceView
from policy.values import UNKNOWN

AWS_PROVIDER: Final = "pulumi:providers:aws"
ACCOUNT: Final = re.compile(r"\d{12}")
_ARN: Final = re.compile(r"arn:[\w-]+:(iam|sts)::(?P<account>\d{12}):.*", re.DOTALL)


def own_accounts(graph: Graph) -> set[str]:
    """Find the accounts that the stack deploys into.

    Args:
        graph: The stack.

    Returns:
        The account that the stack file names. Without one, what the AWS providers that make something are bound to with
        ``allowedAccountIds``; nothing when they are bound to none.
    """
    if graph.account:
        return {graph.account}
    return graph.once(
        own_accounts, lambda: {account for provider in _used(graph) for account in bound_accounts(provider)}
    )


def knows_own_accounts(graph: Graph) -> bool:
    """Check whether `own_accounts` are all that the stack deploys into.

    Args:
        graph: The stack.

    Returns:
        False when the stack file names no account, and no provider that makes something is bound to one, or one of them
        is bound to an account that is not known yet.
    """
    return bool(graph.account) or graph.once(
        knows_own_accounts,
        lambda: (
            bool(own_accounts(graph))
            and not any(item is UNKNOWN for provider in _used(graph) for item in _allowed(provider))
        ),
    )


def _used(graph: Graph) -> list[ResourceView]:
    """Find the providers that make something: whoever declares another does not deploy into its account.

    Where nobody says which provider makes what (recordings of unit tests), all of them.
    """
    users = {view.provider.urn for view in graph.resources if view.provider is not None}
    return [provider for provider in graph.of_type(AWS_PROVIDER) if not users or provider.urn in users]


def bound_accounts(provider: ResourceView) -> list[str]:
    """Read the accounts that a provider may deploy into.

    Args:
        provider: Of type ``AWS_PROVIDER``.

    Returns:
        What is known of its ``allowedAccountIds``; nothing when they are absent, unknown or malformed.
    """
    return [str(item) for item in _allowed(provider) if item is not UNKNOWN]


ASSUMING: Final = ("assumeRoles", "assumeRoleWithWebIdentity")
"""Inputs of a provider that say which role it takes, one or several one after the other."""


def reached_accounts(provider: ResourceView) -> list[str]:
    """Read the accounts that a provider deploys into, as far as its inputs say.

    Args:
        provider: Of type ``AWS_PROVIDER``.

    Returns:
        What it is bound to, and the accounts of the roles that it takes.
    """
    roles: list[object] = []
    for name in ASSUMING:
        given = _read(provider.at(name).content)
        roles += cast("list[object]", given) if isinstance(given, list) else [given]
    arns = [cast("dict[str, object]", role).get("roleArn") for role in roles if isinstance(role, dict)]
    return [*bound_accounts(provider), *filter(None, (account_of(arn) for arn in arns if isinstance(arn, str)))]


def is_bound(provider: ResourceView) -> bool:
    """Check whether a provider may deploy into some accounts only, even if nobody knows yet into which.

    Args:
        provider: Of type ``AWS_PROVIDER``.
    """
    return bool(_allowed(provider))


def _allowed(provider: ResourceView) -> list[object]:
    """Read a provider's accounts, with ``UNKNOWN`` for each that is not known, or for all of them."""
    content = _read(provider.at("allowedAccountIds").content)
    if isinstance(content, str) or content is UNKNOWN:
        return [content]
    return cast("list[object]", content) if isinstance(content, list) else []


def _read(content: object) -> object:
    """Read an input of a provider: the engine keeps there what is no string as JSON."""
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def account_of(identity: str) -> str:
    """Read the account of a principal.

    Args:
        identity: An account id, an ARN, or anything else.

    Returns:
        Twelve digits; empty for what names no account, such as ``*`` and an output that is not known yet.
    """
    if ACCOUNT.fullmatch(identity):
        return identity
    found = _ARN.fullmatch(identity)
    return found["account"] if found and OUTPUT not in identity else ""


def account_in_arn(arn: str) -> str:
    """Read the account of what an ARN names.

    Args:
        arn: Of any service.

    Returns:
        Twelve digits; empty for what is no ARN, or has no account in it.
    """
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and ACCOUNT.fullmatch(parts[4]) else ""  # noqa: PLR2004 - an ARN has six parts
