"""Generates secret values, and defines how they are stored in AWS Secrets Manager."""

import json
import string
from collections.abc import Iterator, Mapping
from secrets import choice

from spot_planning.declarations import Allowed
from spot_planning.documents import canonical_json
from spot_planning.problems import Problem

ALPHABET = string.ascii_letters + string.digits
"""Letters and digits, which need no escaping in a URL or a shell and break no password rule of AWS."""

MINIMUM_LENGTH = 32
"""Shortest value. 32 of 62 letters and digits have 190 bits."""

MAXIMUM_LENGTH = 128

RECOVERY_WINDOW_DAYS = (0, *range(7, 31))
"""Allowed recovery windows; 0 deletes at once (DeleteSecret, AWS Secrets Manager API Reference)."""


RECOVERY_WINDOW = Allowed("0, or 7 to 30", lambda days: days in RECOVERY_WINDOW_DAYS)


def field_problems(value_key: str | None, fields: Mapping[str, str]) -> Iterator[Problem]:
    """Check the keys of a secret that is a JSON object.

    Args:
        value_key: JSON key of the value; None if the secret is the value alone.
        fields: Further keys of the JSON object.
    """
    if value_key is None and fields:
        yield Problem(("fields",), "needs value_key: a bare value has no room for others", shows_value=False)
    if value_key is not None and value_key in fields:
        yield Problem(("fields",), f"has {value_key}, which is the value_key", shows_value=False)


def generate(length: int) -> str:
    """Generate a random value of letters and digits."""
    return "".join(choice(ALPHABET) for _ in range(length))


def secret_string(value: str, value_key: str | None, fields: Mapping[str, str]) -> str:
    """Return the text to store: the value alone, or a JSON object that contains it."""
    return value if value_key is None else canonical_json({**fields, value_key: value})


def stored_value(text: str, value_key: str | None) -> str:
    """Return the value from the stored text.

    Raises:
        ValueError: Something else is stored in this secret. The message does not contain it.
    """
    if value_key is None:
        return text
    try:
        return str(json.loads(text)[value_key])
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"the stored secret is not a JSON object with the key {value_key}") from None
