"""Creates automatic names as the real provider does: the resource's name, a separator, seven random digits.

Source: pulumi-aws ``provider/autonaming.go`` and ``provider/resource_overrides.go``. A name is created once, at the
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
    """The rule for the automatic names of one resource type.

    Attributes:
        property: The input with the physical name.
        longest: The largest number of characters that AWS allows.
        lower: Whether the name must be in lower case.
        prefix: The required beginning of the name; empty for none.
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
"""Types whose ``name`` is not the name of the resource itself, but for example a domain."""

_FIFO_SWITCH = {"aws:sqs/queue:Queue": "fifoQueue", "aws:sns/topic:Topic": "fifoTopic"}


class NameTooLongError(ValueError):
    """The resource's name is too long to append the random digits."""


def rule(token: str) -> Rule | None:
    """Return the rule for automatic names of a type; None if the type has no automatic names."""
    if token in _RULES:
        return _RULES[token]
    resource = model.resource(token)
    name = resource.inputs.get("name") if resource is not None and token not in _NEVER else None
    return _ORDINARY if name is not None and not name.required else None


def automatic_name(token: str, resource_name: str, inputs: Mapping[str, Any], seed: bytes) -> str | None:
    """Create a new automatic name.

    Args:
        token: The resource's type.
        resource_name: The resource's name in the program.
        inputs: The resource's inputs: whether the program sets a name or prefix, and whether ``.fifo`` is appended.
        seed: The engine's random seed for this resource; the same seed gives the same name.

    Returns:
        The name; None if the type has no automatic names, or the program sets a name or a prefix.

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
    """Return the name in the format that AWS requires for the type: lower case, prefix and suffix."""
    naming = rule(token) or _ORDINARY
    name = name.lower() if naming.lower else name
    suffix = ".fifo" if inputs.get(_FIFO_SWITCH.get(token, "")) is True and not name.endswith(".fifo") else ""
    return ("" if name.startswith(naming.prefix) else naming.prefix) + name + suffix


def _given(naming: Rule) -> tuple[str, str]:
    return naming.property, f"{naming.property}Prefix"
