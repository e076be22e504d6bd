"""Reads patterns of names as IAM does: which ARNs and actions a pattern with wildcards is about."""

import re
from collections.abc import Iterable
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
    """Tell whether a part of a pattern has ``*`` or ``?`` in it."""
    return not _WILDCARDS.isdisjoint(text)


def names_every(pattern: str, kind: str) -> bool:
    """Tell whether a pattern of ARNs is every resource of a kind, at least in one account or Region.

    Args:
        pattern: With wildcards, which may stand for several parts of an ARN at once.
        kind: The service and the last part of such an ARN, with ``*`` for each name in it: ``kms:key/*``, or
            ``s3:*/*`` for objects.
    """
    parts = pattern.split(":", ARN_PARTS - 1)
    readings = [list(takewhile(lambda part: not has_wildcard(part), parts))]
    if len(parts) == ARN_PARTS:
        readings.append(parts)
    return any(matches(pattern, _somebodys(parts, kind)) for parts in readings)


def _somebodys(parts: Iterable[str], kind: str) -> str:
    """Write an ARN of a kind that nobody has, in the partition, Region and account that a pattern names."""
    places = [*parts, *[NOBODYS] * ARN_PARTS]
    partition, region, account = (NOBODYS if has_wildcard(places[at]) else places[at] for at in (1, 3, 4))
    service, _, name = kind.replace("*", NOBODYS).partition(":")
    if name.startswith(ACCESS_POINT):
        region = region or NOBODYS
    return ":".join(("arn", partition, service, region, account, name))
