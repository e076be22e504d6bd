"""Reads patterns of names as IAM does: which ARNs and actions a pattern with wildcards is about."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import takewhile
from typing import Final

NOBODYS: Final = "\0" * 9
"""Part of no name, and longer than a few ``?``: what matches it matches every name."""
ARN_PARTS: Final = 6
ACCESS_POINT: Final = "accesspoint/"
"""How the only kind of resource of S3 begins that has a Region in its ARN."""
_WILDCARDS: Final = frozenset("*?")


@cache
def _pattern(text: str) -> re.Pattern[str]:
    first, *parts = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", text))
    if parts:
        # The first place where a part fits leaves most room for the others, so that no other place is tried again:
        # with `.*` for each wildcard, some patterns take longer than anybody waits.
        *between, last = parts
        first += "".join(f"(?>.*?{part})" for part in between) + f".*{last}"
    return re.compile(first, re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Match as IAM does: ``*`` and ``?``, without regard to case.

    Args:
        pattern: With wildcards.
        text: What it may match.
    """
    return _pattern(pattern).fullmatch(text) is not None


def has_wildcard(text: str) -> bool:
    """Check whether a part of a pattern has ``*`` or ``?`` in it."""
    return not _WILDCARDS.isdisjoint(text)


IDS: Final[Mapping[str, str]] = {
    "cloudfront:distribution/": "E*",
    "ec2:capacity-reservation/": "cr-0*",
    "ec2:dhcp-options/": "dopt-0*",
    "ec2:elastic-ip/": "eipalloc-0*",
    "ec2:fleet/": "fleet-*",
    "ec2:image/": "ami-0*",
    "ec2:instance/": "i-0*",
    "ec2:internet-gateway/": "igw-0*",
    "ec2:launch-template/": "lt-0*",
    "ec2:natgateway/": "nat-0*",
    "ec2:network-acl/": "acl-0*",
    "ec2:network-interface/": "eni-0*",
    "ec2:prefix-list/": "pl-0*",
    "ec2:route-table/": "rtb-0*",
    "ec2:security-group-rule/": "sgr-0*",
    "ec2:security-group/": "sg-0*",
    "ec2:snapshot/": "snap-0*",
    "ec2:subnet/": "subnet-0*",
    "ec2:transit-gateway/": "tgw-0*",
    "ec2:volume/": "vol-0*",
    "ec2:vpc-endpoint/": "vpce-0*",
    "ec2:vpc-flow-log/": "fl-0*",
    "ec2:vpc-peering-connection/": "pcx-0*",
    "ec2:vpc/": "vpc-0*",
    "elasticfilesystem:access-point/": "fsap-0*",
    "elasticfilesystem:file-system/": "fs-0*",
    "fsx:backup/": "backup-0*",
    "fsx:file-system/": "fs-0*",
    "fsx:volume/": "fsvol-0*",
    "kms:key/": "????????-????-????-????-????????????",
    "route53:hostedzone/": "Z*",
    "secretsmanager:secret:": "*-??????",
    "ssm:managed-instance/": "mi-0*",
}
"""How the ARNs of a kind begin -> the form of every id that AWS gives one ("Resource IDs" of the Amazon EC2 User
Guide, "Key identifiers (KeyId)" of the AWS KMS Developer Guide, "What's in a Secrets Manager secret?"). A pattern that
fits the form is every one of them, such as ``instance/i-*``."""


def names_every(pattern: str, kind: str) -> bool:
    """Check whether a pattern of ARNs is every resource of a kind, at least in one account or Region.

    Args:
        pattern: With wildcards, which may stand for several parts of an ARN at once.
        kind: The service and the last part of such an ARN, with ``*`` for each name in it: ``kms:key/*``, or
            ``s3:*/*`` for objects.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    exact = [*takewhile(lambda part: not has_wildcard(part), parts)]
    readings = [[*exact, *parts[len(exact) : len(exact) + 1]]]
    if len(parts) == ARN_PARTS:
        readings.append(parts)
    return any(matches(pattern, _somebodys(parts, kind)) for parts in readings)


def _somebodys(parts: Iterable[str], kind: str) -> str:
    """Write an ARN of a kind that nobody has, in the partition, Region and account that a pattern names."""
    places = [*parts, *[NOBODYS] * ARN_PARTS]
    partition, region, account = (nobodys(places[at]) for at in (1, 3, 4))
    service, _, name = kind.partition(":")
    if name.startswith(ACCESS_POINT):
        region = region or NOBODYS
    return ":".join(("arn", partition, nobodys(service), region, account, nobodys(with_id(kind).partition(":")[2])))


def nobodys(pattern: str) -> str:
    """Write a name that a pattern matches, and that no name which is written down matches."""
    return pattern.replace("*", NOBODYS).replace("?", "\0")


def with_id(kind: str) -> str:
    """Write a kind with the form of the ids that AWS gives, where it does: ``ec2:instance/i-0*``."""
    begins = next((begins for begins in IDS if kind == f"{begins}*"), None)
    return kind if begins is None else begins + IDS[begins]
