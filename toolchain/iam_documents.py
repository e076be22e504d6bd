"""How a statement of an IAM policy names actions and resources: wildcards, single values, negations.

Source: AWS Identity and Access Management User Guide, "IAM JSON policy elements reference".
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast


def listed(value: Any) -> list[Any]:
    """The values of an element, which may be one value or a list; none for an element that is missing (None)."""
    if value is None:
        return []
    return list(cast("Sequence[Any]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def like(pattern: str, value: str, *, fold: bool = False) -> bool:
    """Whether a value matches a pattern with ``*`` and ``?``.

    Args:
        pattern: The pattern.
        value: The whole of it must match.
        fold: Whether upper and lower case are the same, as in names of actions.
    """
    return _pattern(pattern, fold).fullmatch(value) is not None


def covers(statement: Mapping[str, Any], element: str, value: str, *, fold: bool = False) -> bool:
    """Whether an element of a statement, or its negation such as ``NotAction``, takes a value in.

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
