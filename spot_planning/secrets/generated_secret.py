"""Values that the stack makes up once, and how they lie in AWS Secrets Manager."""

import json
import string
from collections.abc import Iterator, Mapping
from secrets import choice

from spot_planning.declarations import Allowed
from spot_planning.documents import canonical_json
from spot_planning.problems import Problem

ALPHABET = string.ascii_letters + string.digits
"""Letters and digits: nothing that a URL, a shell or a password rule of AWS would stumble over."""

MINIMUM_LENGTH = 32
"""With 62 letters and digits, 190 bits: more than any key it is compared with."""

MAXIMUM_LENGTH = 128

RECOVERY_WINDOW_DAYS = (0, *range(7, 31))
"""0 deletes at once (DeleteSecret, AWS Secrets Manager API Reference)."""


RECOVERY_WINDOW = Allowed("0, or 7 to 30", lambda days: days in RECOVERY_WINDOW_DAYS)


def field_problems(value_key: str | None, fields: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong between the keys of a secret that is a JSON object.

    Args:
        value_key: JSON key of the value; None for a secret that is the value alone.
        fields: Further keys of the JSON object.
    """
    if value_key is None and fields:
        yield Problem(("fields",), "needs value_key: a bare value has no room for others", shows_value=False)
    if value_key is not None and value_key in fields:
        yield Problem(("fields",), f"has {value_key}, which is the value_key", shows_value=False)


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
