"""Automatic names, as the real provider makes them: the resource's name, a separator, seven random digits.

Source: pulumi-aws ``provider/autonaming.go`` and ``provider/resource_overrides.go``. A name is made once, at the
first check, from the engine's random seed, and kept from then on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import model

DIGITS = 7


@dataclass(frozen=True, slots=True)
class Rule:
    """How one resource type is named.

    Attributes:
        property: The input that holds the physical name.
        longest: The most characters AWS allows.
        lower: Whether AWS wants lower case.
        prefix: What the name must begin with.
    """

    property: str = "name"
    longest: int = 255
    lower: bool = False
    prefix: str = ""


_ORDINARY = Rule()

_RULES = {
    "aws:alb/loadBalancer:LoadBalancer": Rule(longest=32),
    "aws:alb/targetGroup:TargetGroup": Rule(longest=32),
    "aws:cloudwatch/eventRule:EventRule": Rule(longest=64),
    "aws:cloudwatch/eventTarget:EventTarget": Rule("targetId"),
    "aws:ec2/keyPair:KeyPair": Rule("keyName"),
    "aws:efs/fileSystem:FileSystem": Rule("creationToken"),
    "aws:elasticache/cluster:Cluster": Rule("clusterId", 50, lower=True),
    "aws:elasticache/replicationGroup:ReplicationGroup": Rule("replicationGroupId", 40, lower=True),
    "aws:iam/role:Role": Rule(longest=64),
    "aws:kms/alias:Alias": Rule(longest=238, prefix="alias/"),
    "aws:lambda/function:Function": Rule(longest=64),
    "aws:lambda/permission:Permission": Rule("statementId", 100),
    "aws:lb/loadBalancer:LoadBalancer": Rule(longest=32),
    "aws:lb/targetGroup:TargetGroup": Rule(longest=32),
    "aws:rds/instance:Instance": Rule("identifier"),
    "aws:s3/bucket:Bucket": Rule("bucket", 63, lower=True),
    "aws:sns/topic:Topic": Rule(longest=80),
    "aws:sqs/queue:Queue": Rule(longest=80),
}

_NEVER = frozenset({"aws:route53/record:Record", "aws:directoryservice/directory:Directory"})
"""Types whose ``name`` is no physical name: it names what they are about, such as a domain."""

_FIFO_SWITCH = {"aws:sqs/queue:Queue": "fifoQueue", "aws:sns/topic:Topic": "fifoTopic"}


class NameTooLongError(ValueError):
    """The resource's name leaves no room for the random digits."""


def rule(token: str) -> Rule | None:
    """How resources of a type are named; None if they have no name of their own."""
    if token in _RULES:
        return _RULES[token]
    resource = model.resource(token)
    name = resource.inputs.get("name") if resource is not None and token not in _NEVER else None
    return _ORDINARY if name is not None and not name.required else None


def automatic_name(token: str, resource_name: str, inputs: Mapping[str, Any], seed: bytes) -> str | None:
    """A new physical name.

    Args:
        token: The resource's type.
        resource_name: The resource's name in the program.
        inputs: Its inputs, which decide about a suffix (``.fifo``) or a prefix of the program's own.
        seed: The engine's random seed for this resource; the same seed gives the same name.

    Returns:
        The name; None if the type has none or the program gives a name or a prefix for one.

    Raises:
        NameTooLongError: The name would be longer than AWS allows.
    """
    naming = rule(token)
    if naming is None or any(inputs.get(key) is not None for key in _given(naming)):
        return None
    stem = f"{resource_name}-"
    if len(stem) + DIGITS > naming.longest:
        raise NameTooLongError(
            f"{naming.property}: the automatic name, {stem!r} and {DIGITS} digits, is longer than"
            f" {naming.longest} characters; shorten the resource's name or set {naming.property}"
        )
    name = stem + hashlib.sha256(seed).hexdigest()[:DIGITS]
    return proposed_name(token, name, inputs)


def proposed_name(token: str, name: str, inputs: Mapping[str, Any]) -> str:
    """A name in the shape that AWS wants for the type."""
    naming = rule(token) or _ORDINARY
    name = name.lower() if naming.lower else name
    suffix = ".fifo" if inputs.get(_FIFO_SWITCH.get(token, "")) is True and not name.endswith(".fifo") else ""
    return ("" if name.startswith(naming.prefix) else naming.prefix) + name + suffix


def _given(naming: Rule) -> tuple[str, str]:
    return naming.property, f"{naming.property}Prefix"
