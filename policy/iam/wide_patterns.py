"""Recognizes patterns of ARNs that match every resource of any kind, such as ``arn:aws:ec2:*:*:subnet/subnet-*``."""

import re
from functools import cache
from typing import Final, NamedTuple

from policy.iam.arns import ARN_PARTS, IDS, has_wildcard, matches, names_every

WITHOUT_KIND: Final = frozenset({"execute-api", "codecommit", "s3", "sns", "sqs"})
"""Services whose ARNs have a name where the ARNs of other services have a kind. Of S3, only the ARNs without a
Region."""
_KIND: Final = re.compile(r"/?(?P<kind>[A-Za-z][A-Za-z-]*)[/:](?P<names>.+)", re.DOTALL)
_POOL: Final = re.compile(r"[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d_")
"""The beginning of a user pool's id."""
_PARTS: Final = {
    "apigateway": frozenset({"stages"}),
    "autoscaling": frozenset({"autoscalinggroupname"}),
    "dynamodb": frozenset({"backup", "export", "import", "index", "stream"}),
    "elasticloadbalancing": frozenset({"app", "gwy", "net"}),
    "wafv2": frozenset({"ipset", "regexpatternset", "rulegroup", "webacl"}),
}
"""Service -> fixed words inside its ARNs, which are not names ("Actions, resources, and condition keys", Service
Authorization Reference)."""
_SEPARATORS: Final = re.compile(r"[/:]")
MAKING: Final = ("allocate", "copy", "create", "import", "register", "request", "restore", "run")
"""The beginnings of actions that create the resource in their name. It has no id before the action."""
_MADE_TOO: Final = {"runinstances": frozenset({"instance", "networkinterface", "spotinstancesrequest", "volume"})}
"""Action -> the kinds of resources that it creates, other than the kind in its name."""
_ALSO: Final = {
    "ebs": "ec2",
    "ec2-instance-connect": "ec2",
    "rds-data": "rds",
    "ssm": "ec2",
    "ssmmessages": "ec2",
}
"""Service -> another service to whose resources its actions apply."""


class Kind(NamedTuple):
    """A kind of resources, all of which a pattern matches.

    Attributes:
        service: The service as the pattern has it, perhaps with wildcards, such as ``ec2``.
        name: The kind, such as ``subnet``; empty for every kind of the service.
    """

    service: str
    name: str


@cache
def every_one(pattern: str) -> Kind | None:
    """Find the kind of which a pattern matches every resource, at least in one account or Region.

    Args:
        pattern: A pattern of ARNs.

    Returns:
        The kind; None for a pattern that does not match every resource of a kind.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    if len(parts) < 3 or parts[0] not in {"arn", "*", "arn*"}:  # noqa: PLR2004 - the third part is the service
        return None
    service = parts[2].strip("*?") and parts[2]
    name = parts[-1] if len(parts) > 3 else "*"  # noqa: PLR2004
    if not service or not has_wildcard(pattern):
        return None
    spans = len(parts) < ARN_PARTS and pattern.endswith("*")
    if _is_open(name) or (spans and not any(map(has_wildcard, parts[:-1])) and not _SEPARATORS.search(name)):
        return Kind(service, "")
    has_kind = service not in WITHOUT_KIND or (service == "s3" and len(parts) == ARN_PARTS and parts[3] != "")
    found = _KIND.fullmatch(name) if has_kind else None
    if found is None or not (_are_open(found["names"], service) or _is_every_id(pattern, service, found["kind"])):
        return None
    return Kind(service, found["kind"])


def _is_open(text: str) -> bool:
    return "*" in text and not text.strip("*?/:-")


def _are_open(names: str, service: str) -> bool:
    words = _PARTS.get(service, frozenset[str]())
    parts = [part for part in _SEPARATORS.split(_POOL.sub("", names, count=1)) if part.lower() not in words]
    return all(not part.strip("*?-") for part in parts) and has_wildcard(names)


def _is_every_id(pattern: str, service: str, kind: str) -> bool:
    return any(
        names_every(pattern, f"{begins}*") for mark in "/:" for begins in (f"{service}:{kind}{mark}",) if begins in IDS
    )


def is_about(action: str, kind: Kind) -> bool:
    """Check whether an action may apply to a kind of resources that exist before the action.

    Args:
        action: An action, such as ``ec2:RunInstances``, which creates instances and uses existing subnets.
        kind: A kind from `every_one`.
    """
    service, _, name = action.partition(":")
    services = {service, _ALSO.get(service, service)}
    return any(matches(kind.service, each) for each in services) and not _makes(name.lower(), kind.name)


def makes(action: str) -> bool:
    """Check whether an action creates something."""
    return action.partition(":")[2].lower().startswith(MAKING)


def _makes(action: str, kind: str) -> bool:
    plain = kind.replace("-", "").lower().removesuffix("s")
    if plain in _MADE_TOO.get(action, ()):
        return True
    return bool(plain) and action.startswith(MAKING) and plain in action
