"""What a condition binds a request to: AWS fills some keys from what is so, and others with what the caller sends.

Decided for each key by its entry in "AWS global condition context keys" of the IAM User Guide. What the caller chooses
binds nobody: aws:RequestTag, aws:TagKeys, aws:UserAgent, aws:Referer, aws:RequestedRegion, and aws:VpcSourceIp, which
is an address in anybody's network. What is true of a request that lacks the key binds nobody either: an operator with
``IfExists``, ``ForAllValues:`` ("Multivalued context keys"), ``Null`` and each negation.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from typing import Final

from policy.arns import ARN_PARTS, has_wildcard, matches
from policy.wide_patterns import every_one

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Operator -> key in lower case -> values."""

ACCOUNT_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
"""Condition keys whose values are account ids."""
ARN_KEYS: Final = frozenset({"aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn"})
"""Condition keys whose values are ARNs."""
USER_ID: Final = "aws:userid"
ORGANIZATION_KEYS: Final = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    }
)
NETWORK_KEYS: Final = frozenset({"aws:sourcevpc", "aws:sourcevpce"})
NARROWING_KEYS: Final = ACCOUNT_KEYS | ARN_KEYS | ORGANIZATION_KEYS | NETWORK_KEYS | {USER_ID}
"""Keys that bind an open principal to somebody in particular ("The meaning of public", S3 User Guide; control
KMS.5)."""

NAMES_BY_ARN: Final = (
    "bedrock:inferenceprofilearn",
    "ec2:subnet",
    "ec2:vpc",
    "ecs:cluster",
    "lambda:functionarn",
    "s3:dataaccesspointarn",
    "secretsmanager:secretid",
)
"""Keys whose values are ARNs of the resources that an action is about, or of what these are part of."""
SENDER: Final = "ses:fromaddress"
"""The address that a mail is from, which says of which identity it is ("Controlling access to Amazon SES")."""
OF_RESOURCES: Final = (
    *NAMES_BY_ARN,
    "*:resourcetag/*",
    "kms:requestalias",
    "kms:resourcealiases",
    "kms:viaservice",
    SENDER,
)
"""Keys that choose among the resources of an account. What the caller sends along, such as aws:RequestTag, chooses
none."""
OF_CIPHERTEXTS: Final = "kms:encryptioncontext:"
"""How the keys begin that choose among what a key has encrypted: whoever decrypts must give the same context again, and
whoever encrypts gives any ("Condition keys for AWS KMS")."""

_NARROWING: Final = re.compile(r"(?:ForAnyValue:)?(?:String|Arn)(?:Equals|Like|EqualsIgnoreCase)", re.IGNORECASE)
_ADDRESSES: Final = re.compile(r"(?:ForAnyValue:)?IpAddress", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_OF_THE_OWNER: Final = re.compile(r"aws:resource(?:account|orgid|orgpaths)")
"""Variables that stand for whose the resource is, so that only its own account or organization is let in."""
_OF_THE_CALLER: Final = re.compile(r"aws:(?:principaltag/.*|username|userid)", re.DOTALL)
"""Variables that an administrator gives a caller a value of ("Define permissions based on attributes with ABAC")."""
_PREFIX: Final = {4: 8, 6: 32}
"""Of addresses, by the version of the protocol: a range as wide as that, or wider, is everybody ("The meaning of
public")."""

_PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


def demanded(conditions: Conditions) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Read what a request must have, as far as equality says it.

    Args:
        conditions: Of a statement.

    Yields:
        Pairs of a key and the values, of which one is enough.
    """
    for operator, keys in conditions.items():
        if _NARROWING.fullmatch(operator):
            yield from keys.items()


def bound_by(conditions: Conditions, is_narrowing: Callable[[str], bool]) -> bool:
    """Check whether a condition names somebody, or something, by a key that is told to be one that narrows.

    Args:
        conditions: Of a statement.
        is_narrowing: Takes a condition key in lower case.
    """
    return any(
        is_narrowing(key) and bool(values) and all(is_bound(key, value) for value in values)
        for key, values in demanded(conditions)
    )


def chooses_resources(conditions: Conditions) -> bool:
    """Check whether a condition chooses among the resources that a statement of an identity policy names."""
    return bound_by(conditions, _is_of_resources)


@cache
def _is_of_resources(key: str) -> bool:
    return any(matches(pattern, key) for pattern in OF_RESOURCES)


def is_bound(key: str, value: str) -> bool:
    """Check whether a key's value names somebody or something.

    Args:
        key: In lower case.
        value: With wildcards and variables.
    """
    if "resourcetag/" in key:
        # Any part of a tag that is written down leaves other resources out.
        return bool(_filled(value, _OF_THE_CALLER).strip("*?")) and "${" not in _filled(value, _OF_THE_CALLER)
    if key in NAMES_BY_ARN:
        return "${" not in value and bool(value.strip("*?")) and every_one(value) is None
    if key == SENDER:
        # Any address of a domain that is written down.
        return is_somebody(value.rpartition("@")[2])
    if key == "kms:viaservice":
        return is_somebody(value.partition(".")[0])  # in whichever Region
    return is_somebody(_filled(value, _OF_THE_OWNER) if key.startswith(("aws:principal", "aws:source")) else value)


def _filled(value: str, known: re.Pattern[str]) -> str:
    """Put a word for each variable that is known to be somebody's; the default after a comma is one too."""

    def word(variable: re.Match[str]) -> str:
        return "somebody" if known.fullmatch(variable[1].partition(",")[0].strip().lower()) else variable[0]

    return _VARIABLE.sub(word, value)


def is_somebody(value: str) -> bool:
    """Check whether a condition's value or a resource names somebody or something, not only a kind of them."""
    if "${" in value:
        return False  # the request's own value, so that it says nothing
    named = value
    if value.startswith("arn:"):
        parts = value.split(":", ARN_PARTS - 1)
        # The ARN of a bucket has no account; its name is nobody else's.
        named = (parts[4] or parts[5]) if len(parts) == ARN_PARTS else ""
    head = named.split("/")[0].split(":")[0]
    return bool(head) and not has_wildcard(head)


def ranges(conditions: Conditions) -> Iterator[tuple[str, ...]]:
    """Read from which addresses of the internet a request must come.

    Args:
        conditions: Of a statement.

    Yields:
        The values of each condition on aws:SourceIp that leaves most of the internet out.
    """
    for operator, keys in conditions.items():
        for key, values in keys.items():
            if key == "aws:sourceip" and _ADDRESSES.fullmatch(operator) and values and all(map(is_narrow, values)):
                yield values


def is_narrow(range_: str) -> bool:
    """Check whether a range of addresses leaves most of the internet out.

    Args:
        range_: As CIDR. A private one is nobody's in particular: the same addresses are in every network.
    """
    try:
        network = ip_network(range_.strip(), strict=False)
    except ValueError:
        return False
    private = (each for each in _PRIVATE if each.version == network.version)
    return network.prefixlen > _PREFIX[network.version] and not any(map(network.overlaps, private))  # pyright: ignore[reportArgumentType] - of one version
