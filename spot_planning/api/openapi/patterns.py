"""Checks which regular expressions of schemas are valid in JSON Schema draft 4."""

import re
from functools import lru_cache
from typing import Final

import jsonschema_rs

_NEWER: Final = re.compile(r"\\[pP]\{|\\u\{|\\k<|(?<!\\)\(\?(?![:=!])")
"""Unicode properties, lookbehind, named groups and inline flags. They are not in the ECMA 262 (edition 5.1) of draft 4,
where ``\\p{L}`` means the text ``p{L}``, so a model with such a pattern would refuse values that the document
allows."""
_OPTIONS: Final = jsonschema_rs.FancyRegexOptions(size_limit=1_000_000)
"""Limits the time for a hostile pattern such as ``(a{1000}){1000}``."""


@lru_cache(maxsize=4096)
def is_draft_4_pattern(pattern: str) -> bool:
    """Check whether a pattern is valid in draft 4 and has the same meaning there as in OpenAPI.

    Args:
        pattern: The value of ``pattern``.

    Returns:
        The result. It is also False for some patterns that are valid in draft 4; then only the backend checks them.
    """
    if _NEWER.search(pattern.replace("\\\\", "__")):
        return False
    try:
        jsonschema_rs.Draft4Validator({"pattern": pattern}, pattern_options=_OPTIONS)
    except jsonschema_rs.ValidationError:
        return False
    return True
