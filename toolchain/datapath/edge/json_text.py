"""JSON that a viewer has sent."""

import json
from collections.abc import Callable
from typing import Any


def parsed(text: str | bytes, *, constant: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON, whatever it is.

    Args:
        text: The text.
        constant: Makes a value of ``NaN`` and the infinities, which no standard knows; None: as Python takes them.

    Raises:
        ValueError: It is no JSON, or nested more deeply than this program reads.
    """
    try:
        return json.loads(text, parse_constant=constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
