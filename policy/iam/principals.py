"""Reads the accounts of principals and providers, and decides which accounts are the stack's own."""

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
        The account that the stack file names. If it names none, the ``allowedAccountIds`` of the AWS providers that
        make a resource; empty when these have none.
    """
    if graph.account:
        return {graph.account}
    return graph.once(
        own_accounts, lambda: {account for provider in _used(graph) for account in bound_accounts(provider)}
    )


def knows_own_accounts(graph: Graph) -> bool:
    """Check whether `own_accounts` are all accounts that the stack deploys into.

    Args:
        graph: The stack.

    Returns:
        True when the stack file names an account. Also True when a provider that makes a resource has
        ``allowedAccountIds``, and all ids of all such providers are known.
    """
    return bool(graph.account) or graph.once(
        knows_own_accounts,
        lambda: (
            bool(own_accounts(graph))
            and not any(item is UNKNOWN for provider in _used(graph) for item in _allowed(provider))
        ),
    )


def _used(graph: Graph) -> list[ResourceView]:
    """Find the providers that make a resource. A provider that is only declared deploys nothing into its account.

    If it is not known which provider makes which resource (recordings of unit tests), return all providers.
    """
    users = {view.provider.urn for view in graph.resources if view.provider is not None}
    return [provider for provider in graph.of_type(AWS_PROVIDER) if not users or provider.urn in users]


def bound_accounts(provider: ResourceView) -> list[str]:
    """Read the accounts that a provider may deploy into.

    Args:
        provider: Of type ``AWS_PROVIDER``.

    Returns:
        The known ids in its ``allowedAccountIds``; none when these are absent, unknown or malformed.
    """
    return [str(item) for item in _allowed(provider) if item is not UNKNOWN]


ASSUMING: Final = ("assumeRoles", "assumeRoleWithWebIdentity")
"""Inputs of a provider that name the role that it assumes, or several roles that it assumes one after the other."""


def reached_accounts(provider: ResourceView) -> list[str]:
    """Read the accounts that a provider deploys into, as far as its inputs say.

    Args:
        provider: Of type ``AWS_PROVIDER``.

    Returns:
        Its ``allowedAccountIds``, and the accounts of the roles that it assumes.
    """
    roles: list[object] = []
    for name in ASSUMING:
        given = _read(provider.at(name).content)
        roles += cast("list[object]", given) if isinstance(given, list) else [given]
    arns = [cast("dict[str, object]", role).get("roleArn") for role in roles if isinstance(role, dict)]
    return [*bound_accounts(provider), *filter(None, (account_of(arn) for arn in arns if isinstance(arn, str)))]


def is_bound(provider: ResourceView) -> bool:
    """Check whether a provider may deploy only into certain accounts, even if their ids are not known yet.

    Args:
        provider: Of type ``AWS_PROVIDER``.
    """
    return bool(_allowed(provider))


def _allowed(provider: ResourceView) -> list[object]:
    """Read a provider's ``allowedAccountIds``, with ``UNKNOWN`` for each unknown id, or once for an unknown list."""
    content = _read(provider.at("allowedAccountIds").content)
    if isinstance(content, str) or content is UNKNOWN:
        return [content]
    return cast("list[object]", content) if isinstance(content, list) else []


def _read(content: object) -> object:
    """Read an input of a provider. The engine stores an input that is not a string as JSON."""
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def account_of(identity: str) -> str:
    """Read the account of a principal.

    Args:
        identity: An account id, an ARN, or any other text.

    Returns:
        Twelve digits; empty for a text that names no account, such as ``*`` or an output that is not known yet.
    """
    if ACCOUNT.fullmatch(identity):
        return identity
    found = _ARN.fullmatch(identity)
    return found["account"] if found and OUTPUT not in identity else ""


def account_in_arn(arn: str) -> str:
    """Read the account in an ARN.

    Args:
        arn: The ARN of a resource of any service.

    Returns:
        Twelve digits; empty for a text that is not an ARN, or that contains no account.
    """
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and ACCOUNT.fullmatch(parts[4]) else ""  # noqa: PLR2004 - an ARN has six parts
