"""Values that the stack makes up once, and how they lie in AWS Secrets Manager."""

import json
import string
from collections.abc import Mapping
from secrets import choice

from spot_planning.documents import canonical_json

ALPHABET = string.ascii_letters + string.digits
"""Letters and digits: nothing that a URL, a shell or a password rule of AWS would stumble over."""

MINIMUM_LENGTH = 32
"""With 62 letters and digits, 190 bits: more than any key it is compared with."""

MAXIMUM_LENGTH = 128

RECOVERY_WINDOW_DAYS = (0, *range(7, 31))
"""0 deletes at once (DeleteSecret, AWS Secrets Manager API Reference)."""


def check_generated_secret(
    *, length: int, recovery_window_days: int, value_key: str | None, fields: Mapping[str, str], generation: int
) -> None:
    """Refuse a secret that is too short or that AWS Secrets Manager would refuse.

    Args:
        length: Characters of the value.
        recovery_window_days: Days for which a deleted secret can be brought back.
        value_key: JSON key of the value; None for a secret that is the value alone.
        fields: Further keys of the JSON object.
        generation: How many values the secret has had, this one included.

    Raises:
        ValueError: For the first wrong value.
    """
    if not MINIMUM_LENGTH <= length <= MAXIMUM_LENGTH:
        raise ValueError(f"length={length} is not between {MINIMUM_LENGTH} and {MAXIMUM_LENGTH} characters")
    check_recovery_window("recovery_window_days", recovery_window_days)
    if generation < 1:
        raise ValueError(f"generation={generation} is less than 1")
    if value_key is None and fields:
        raise ValueError("fields needs value_key: a bare value has no room for others")
    if value_key is not None and value_key in fields:
        raise ValueError(f"fields has {value_key}, which is the value_key")


def check_recovery_window(key: str, days: int) -> None:
    """Check how long a deleted secret can be brought back.

    Args:
        key: The name of the value, for the error.
        days: The window in days.

    Raises:
        ValueError: If AWS Secrets Manager does not take it.
    """
    if days not in RECOVERY_WINDOW_DAYS:
        raise ValueError(f"{key}={days} is neither 0 nor between 7 and 30 days")


def generate(length: int) -> str:
    """A new random value of letters and digits."""
    return "".join(choice(ALPHABET) for _ in range(length))


def secret_string(value: str, value_key: str | None, fields: Mapping[str, str]) -> str:
    """What is stored: the value alone, or a JSON object with it."""
    return value if value_key is None else canonical_json({**fields, value_key: value})


def stored_value(text: str, value_key: str | None) -> str:
    """The value in what is stored.

    Raises:
        ValueError: If somebody stored something else under this secret; what it is, is not told.
    """
    if value_key is None:
        return text
    try:
        return str(json.loads(text)[value_key])
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"the stored secret is not a JSON object with the key {value_key}") from None
