"""Matches patterns of ARNs and actions with wildcards, as IAM does."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import takewhile
from typing import Final

NOBODYS: Final = "\0" * 9
"""Stands for any name: no real name contains it, and it is longer than a few ``?``. A pattern that matches it matches
every name."""
ARN_PARTS: Final = 6
ACCESS_POINT: Final = "accesspoint/"
"""The beginning of the last part of an access point's ARN. Of S3's ARNs, only these contain a Region."""
_WILDCARDS: Final = frozenset("*?")


@cache
def _pattern(text: str) -> re.Pattern[str]:
    first, *parts = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", text))
    if parts:
        # The first place where a part fits leaves most room for the other parts, so no other place has to be tried.
        # With `.*` for each wildcard, some patterns would backtrack for longer than anybody waits.
        *between, last = parts
        first += "".join(f"(?>.*?{part})" for part in between) + f".*{last}"
    return re.compile(first, re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Check whether a pattern matches a text as in IAM: with ``*`` and ``?``, case-insensitively.

    Args:
        pattern: A pattern, perhaps with wildcards.
        text: The text to compare.
    """
    return _pattern(pattern).fullmatch(text) is not None


def has_wildcard(text: str) -> bool:
    """Check whether a pattern, or a part of one, contains ``*`` or ``?``."""
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
"""Beginning of the ARNs of a kind of resource -> the form of all ids that AWS assigns to them ("Resource IDs" of the
Amazon EC2 User Guide, "Key identifiers (KeyId)" of the AWS KMS Developer Guide, "What's in a Secrets Manager secret?").
A pattern that matches this form matches every resource of the kind, such as ``instance/i-*``."""


def names_every(pattern: str, kind: str) -> bool:
    """Check whether a pattern of ARNs matches every resource of a kind, at least in one account or Region.

    Args:
        pattern: A pattern. A wildcard in it may stand for several parts of an ARN at once.
        kind: The service and the last part of the kind's ARNs, with ``*`` for each name: ``kms:key/*``, or ``s3:*/*``
            for objects.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    exact = [*takewhile(lambda part: not has_wildcard(part), parts)]
    readings = [[*exact, *parts[len(exact) : len(exact) + 1]]]
    if len(parts) == ARN_PARTS:
        readings.append(parts)
    return any(matches(pattern, _somebodys(parts, kind)) for parts in readings)


def _somebodys(parts: Iterable[str], kind: str) -> str:
    """Write an ARN of a kind that no resource has, in the partition, Region and account that a pattern names."""
    places = [*parts, *[NOBODYS] * ARN_PARTS]
    partition, region, account = (nobodys(places[at]) for at in (1, 3, 4))
    service, _, name = kind.partition(":")
    if name.startswith(ACCESS_POINT):
        region = region or NOBODYS
    return ":".join(("arn", partition, nobodys(service), region, account, nobodys(with_id(kind).partition(":")[2])))


def nobodys(pattern: str) -> str:
    """Write a name that matches a pattern. It has characters that no real name contains in place of the wildcards."""
    return pattern.replace("*", NOBODYS).replace("?", "\0")


def with_id(kind: str) -> str:
    """Write a kind with the form of its ids if AWS assigns them, such as ``ec2:instance/i-0*``."""
    begins = next((begins for begins in IDS if kind == f"{begins}*"), None)
    return kind if begins is None else begins + IDS[begins]
