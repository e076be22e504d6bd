"""Decides whether a condition restricts a policy statement to somebody or something in particular.

AWS fills some condition keys with facts about the request, and others with what the caller sends. The entry of each key
in "AWS global condition context keys" of the IAM User Guide decides which it is. A key that the caller can choose
restricts nobody: aws:RequestTag, aws:TagKeys, aws:UserAgent, aws:Referer, aws:RequestedRegion, and aws:VpcSourceIp,
which is an address that may be in anybody's network. An operator that is true for a request without the key restricts
nobody either: one with ``IfExists``, ``ForAllValues:`` ("Multivalued context keys"), ``Null`` and each negation.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from typing import Final

from policy.iam.arns import ARN_PARTS, has_wildcard, matches
from policy.iam.wide_patterns import every_one

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
"""Keys that restrict the principal ``*`` to somebody in particular ("The meaning of public", S3 User Guide; control
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
"""Keys whose values are ARNs of the resources that an action is about, or of something that contains them."""
SENDER: Final = "ses:fromaddress"
"""The sender's address of an email, which tells the identity that sends it ("Controlling access to Amazon SES")."""
OF_RESOURCES: Final = (
    *NAMES_BY_ARN,
    "*:resourcetag/*",
    "kms:requestalias",
    "kms:resourcealiases",
    "kms:viaservice",
    SENDER,
)
"""Keys that select some of an account's resources. A key that the caller sends, such as aws:RequestTag, selects
none."""
OF_CIPHERTEXTS: Final = "kms:encryptioncontext:"
"""The beginning of the condition keys that select some of a KMS key's ciphertexts. A caller who decrypts must give the
same encryption context again; a caller who encrypts may give any ("Condition keys for AWS KMS")."""

_NARROWING: Final = re.compile(r"(?:ForAnyValue:)?(?:String|Arn)(?:Equals|Like|EqualsIgnoreCase)", re.IGNORECASE)
_ADDRESSES: Final = re.compile(r"(?:ForAnyValue:)?IpAddress", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_OF_THE_OWNER: Final = re.compile(r"aws:resource(?:account|orgid|orgpaths)")
"""Variables for the account or organization that owns the resource. They allow only callers of that one."""
_OF_THE_CALLER: Final = re.compile(r"aws:(?:principaltag/.*|username|userid)", re.DOTALL)
"""Variables whose value an administrator sets for a caller ("Define permissions based on attributes with ABAC")."""
_PREFIX: Final = {4: 8, 6: 32}
"""IP version -> a prefix length. A range with this prefix, or a shorter one, counts as everybody ("The meaning of
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
    """Read which values a request must have, from the operators that compare for equality or with a pattern.

    Args:
        conditions: The conditions of a statement.

    Yields:
        Pairs of a key and the allowed values. A request must have one of them.
    """
    for operator, keys in conditions.items():
        if _NARROWING.fullmatch(operator):
            yield from keys.items()


def bound_by(conditions: Conditions, is_narrowing: Callable[[str], bool]) -> bool:
    """Check whether a condition names somebody or something in particular, by one of the keys that narrow.

    Args:
        conditions: The conditions of a statement.
        is_narrowing: Decides whether a condition key, in lower case, is one that narrows.
    """
    return any(
        is_narrowing(key) and bool(values) and all(is_bound(key, value) for value in values)
        for key, values in demanded(conditions)
    )


def chooses_resources(conditions: Conditions) -> bool:
    """Check whether a condition selects some of the resources that a statement of an identity policy names."""
    return bound_by(conditions, _is_of_resources)


@cache
def _is_of_resources(key: str) -> bool:
    return any(matches(pattern, key) for pattern in OF_RESOURCES)


def is_bound(key: str, value: str) -> bool:
    """Check whether a key's value names somebody or something in particular.

    Args:
        key: The condition key in lower case.
        value: The value, perhaps with wildcards and variables.
    """
    if "resourcetag/" in key:
        # If any part of the tag's value is literal, other resources are excluded.
        return bool(_filled(value, _OF_THE_CALLER).strip("*?")) and "${" not in _filled(value, _OF_THE_CALLER)
    if key in NAMES_BY_ARN:
        return "${" not in value and bool(value.strip("*?")) and every_one(value) is None
    if key == SENDER:
        # The domain must be literal; the address in it may be a wildcard.
        return is_somebody(value.rpartition("@")[2])
    if key == "kms:viaservice":
        return is_somebody(value.partition(".")[0])  # the service must be literal; the Region may be a wildcard
    return is_somebody(_filled(value, _OF_THE_OWNER) if key.startswith(("aws:principal", "aws:source")) else value)


def _filled(value: str, known: re.Pattern[str]) -> str:
    """Replace each variable that matches a pattern with a word. The variable may have a default after a comma."""

    def word(variable: re.Match[str]) -> str:
        return "somebody" if known.fullmatch(variable[1].partition(",")[0].strip().lower()) else variable[0]

    return _VARIABLE.sub(word, value)


def is_somebody(value: str) -> bool:
    """Check whether a condition's value or a resource names somebody or something in particular, not a whole kind."""
    if "${" in value:
        return False  # AWS fills in a value of the request, which names nobody in particular
    named = value
    if value.startswith("arn:"):
        parts = value.split(":", ARN_PARTS - 1)
        # The ARN of a bucket has no account, but the bucket's name is unique.
        named = (parts[4] or parts[5]) if len(parts) == ARN_PARTS else ""
    head = named.split("/")[0].split(":")[0]
    return bool(head) and not has_wildcard(head)


def ranges(conditions: Conditions) -> Iterator[tuple[str, ...]]:
    """Read the ranges of internet addresses from which a request must come.

    Args:
        conditions: The conditions of a statement.

    Yields:
        The values of each condition on aws:SourceIp that excludes most of the internet.
    """
    for operator, keys in conditions.items():
        for key, values in keys.items():
            if key == "aws:sourceip" and _ADDRESSES.fullmatch(operator) and values and all(map(is_narrow, values)):
                yield values


def is_narrow(range_: str) -> bool:
    """Check whether a range of addresses excludes most of the internet.

    Args:
        range_: A CIDR block. A private range is not narrow, since every network may have the same addresses.
    """
    try:
        network = ip_network(range_.strip(), strict=False)
    except ValueError:
        return False
    private = (each for each in _PRIVATE if each.version == network.version)
    return network.prefixlen > _PREFIX[network.version] and not any(map(network.overlaps, private))  # pyright: ignore[reportArgumentType] - of one version
