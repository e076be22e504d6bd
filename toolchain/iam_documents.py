"""Matches actions and resources against a statement of an IAM policy: wildcards, single values, negations.

Source: AWS Identity and Access Management User Guide, "IAM JSON policy elements reference".
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast


def listed(value: Any) -> list[Any]:
    """Return the values of an element, which may be one value or a list; an empty list for None, a missing element."""
    if value is None:
        return []
    return list(cast("Sequence[Any]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def like(pattern: str, value: str, *, fold: bool = False) -> bool:
    """Check whether a whole value matches a pattern with ``*`` and ``?``.

    Args:
        pattern: The pattern.
        value: The value.
        fold: Whether to ignore case, as for names of actions.
    """
    return _pattern(pattern, fold).fullmatch(value) is not None


def covers(statement: Mapping[str, Any], element: str, value: str, *, fold: bool = False) -> bool:
    """Check whether an element of a statement, or its negation such as ``NotAction``, includes a value.

    Args:
        statement: The statement.
        element: ``Action`` or ``Resource``.
        value: The action, or the resource's ARN.
        fold: As for `like`.
    """
    negation = f"Not{element}"
    if negation in statement:
        return not any(like(str(pattern), value, fold=fold) for pattern in listed(statement[negation]))
    return any(like(str(pattern), value, fold=fold) for pattern in listed(statement.get(element)))


@lru_cache(maxsize=1000)
def _pattern(text: str, fold: bool) -> "re.Pattern[str]":
    expression = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(expression, re.IGNORECASE | re.DOTALL if fold else re.DOTALL)
