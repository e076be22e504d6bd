"""Parses JSON that a viewer has sent."""

import json
from collections.abc import Callable
from typing import Any


def parsed(text: str | bytes, *, constant: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON from an untrusted source.

    Args:
        text: The text.
        constant: Function that converts ``NaN`` and the infinities, which are not standard JSON; None to accept them as
            Python does.

    Raises:
        ValueError: The text is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
