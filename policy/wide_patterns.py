"""Patterns of ARNs that are every resource of a kind, whatever the kind is: ``arn:aws:ec2:*:*:subnet/subnet-*``."""

import re
from functools import cache
from typing import Final, NamedTuple

from policy.arns import ARN_PARTS, IDS, has_wildcard, matches, names_every

WITHOUT_KIND: Final = frozenset({"execute-api", "codecommit", "s3", "sns", "sqs"})
"""Services whose ARNs have a name where those of others have a kind; of S3, those without a Region."""
_KIND: Final = re.compile(r"/?(?P<kind>[A-Za-z][A-Za-z-]*)[/:](?P<names>.+)", re.DOTALL)
_POOL: Final = re.compile(r"[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d_")
"""How the id of a user pool begins."""
_PARTS: Final = {
    "apigateway": frozenset({"stages"}),
    "autoscaling": frozenset({"autoscalinggroupname"}),
    "dynamodb": frozenset({"backup", "export", "import", "index", "stream"}),
    "elasticloadbalancing": frozenset({"app", "gwy", "net"}),
    "wafv2": frozenset({"ipset", "regexpatternset", "rulegroup", "webacl"}),
}
"""Service -> words inside its ARNs that are no names ("Actions, resources, and condition keys", Service Authorization
Reference)."""
_SEPARATORS: Final = re.compile(r"[/:]")
MAKING: Final = ("allocate", "copy", "create", "import", "register", "request", "restore", "run")
"""How the actions begin that make what they name, which has no name before."""
_MADE_TOO: Final = {"runinstances": frozenset({"instance", "networkinterface", "spotinstancesrequest", "volume"})}
"""What an action makes beside what it is called after."""
_ALSO: Final = {
    "ebs": "ec2",
    "ec2-instance-connect": "ec2",
    "rds-data": "rds",
    "ssm": "ec2",
    "ssmmessages": "ec2",
}
"""Service -> another one whose resources its actions are about."""


class Kind(NamedTuple):
    """Every resource of a kind.

    Attributes:
        service: A pattern, such as ``ec2``.
        name: Such as ``subnet``; empty for every kind.
    """

    service: str
    name: str


@cache
def every_one(pattern: str) -> Kind | None:
    """Tell of which kind a pattern is every resource, at least in one account or Region.

    Args:
        pattern: Of ARNs.

    Returns:
        The kind; None for a pattern that leaves some out.
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
    """Check whether an action may be about a kind of resources that are there before it.

    Args:
        action: Such as ``ec2:RunInstances``, which makes instances and uses subnets.
        kind: From `every_one`.
    """
    service, _, name = action.partition(":")
    services = {service, _ALSO.get(service, service)}
    return any(matches(kind.service, each) for each in services) and not _makes(name.lower(), kind.name)


def makes(action: str) -> bool:
    """Check whether an action makes something."""
    return action.partition(":")[2].lower().startswith(MAKING)


def _makes(action: str, kind: str) -> bool:
    plain = kind.replace("-", "").lower().removesuffix("s")
    if plain in _MADE_TOO.get(action, ()):
        return True
    return bool(plain) and action.startswith(MAKING) and plain in action
