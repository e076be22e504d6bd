"""Decides where a provider sends its requests: to AWS, to an emulator on this machine, or to another server."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from policy.resources import ResourceView
from policy.values import Value

FILE: Final = Path(__file__).parent / "provider_services.txt"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_AMAZON: Final = re.compile(r"https://(([\w.-]+)\.)?(amazonaws\.com(\.cn)?|api\.aws)(:443)?/?", re.IGNORECASE)
"""The domains of AWS's own endpoints. Hosts of customers' resources are in these domains too."""
_OF_CUSTOMERS: Final = re.compile(
    r".\.(aoss|appsync-api|cache|compute|compute-1|docdb|elb|es|execute-api|kafka|lambda-url|memorydb|mq|neptune|rds"
    r"|redshift|redshift-serverless|s3|s3-accesspoint|s3-object-lambda|s3-website[\w-]*)(\.|$)|(^|\.)s3-website",
    re.IGNORECASE,
)
"""What follows the name of a customer's resource in its host. The owner of the resource decides what it answers."""
_PRIVATE_LINK: Final = re.compile(r"(.+\.)?vpce-[\w-]+\..+\.vpce", re.IGNORECASE)
"""A VPC endpoint for a service of AWS, not for a customer's endpoint service."""


@cache
def services() -> frozenset[str]:
    """Return the services that a provider needs an endpoint for, so that no request of it reaches AWS."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def endpoints(provider: ResourceView) -> Iterator[tuple[str, Value]]:
    """Read the endpoints in a provider's configuration.

    Args:
        provider: An AWS provider.

    Yields:
        Pairs of a service and a URL.

    Raises:
        UndecidableError: The endpoints are unknown.
        WrongTypeError: The endpoints are not a list of objects.
    """
    for block in provider.at("endpoints").document().items():
        yield from block.members().items()


def is_emulated(provider: ResourceView) -> bool:
    """Check whether every service of a provider has an endpoint on this machine, where access keys open nothing.

    If one service has no endpoint, or an endpoint elsewhere, the provider counts as one that sends requests to AWS.

    Args:
        provider: An AWS provider.

    Raises:
        UndecidableError: The endpoints are unknown.
        WrongTypeError: The endpoints are not a list of objects.
    """
    given = list(endpoints(provider))
    return all(is_loopback(url.text() or "") for _name, url in given) and services() <= {name for name, _url in given}


def is_loopback(url: str) -> bool:
    """Check whether a URL points to this machine."""
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False  # not a URL, so nothing answers there


def is_of_aws(url: str) -> bool:
    """Check whether a URL is one of AWS's own endpoints, with TLS.

    Args:
        url: Any text.
    """
    found = _AMAZON.fullmatch(url)
    if found is None:
        return False
    host = found[2] or ""
    is_services_own = _PRIVATE_LINK.fullmatch(host) is not None or _OF_CUSTOMERS.search(host) is None
    return is_services_own and "vpce-svc-" not in host.lower()
