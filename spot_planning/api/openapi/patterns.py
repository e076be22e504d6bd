"""Regular expressions of schemas: which of them JSON Schema draft 4 knows."""

import re
from functools import lru_cache
from typing import Final

import jsonschema_rs

_NEWER: Final = re.compile(r"\\[pP]\{|\\u\{|\\k<|(?<!\\)\(\?(?![:=!])")
"""Properties of Unicode, looking behind, named groups and flags in the middle: not in the ECMA 262 (edition 5.1) of
draft 4, where ``\\p{L}`` means the text ``p{L}``. A model with it would refuse what the document allows."""
_OPTIONS: Final = jsonschema_rs.FancyRegexOptions(size_limit=1_000_000)
"""Keeps a hostile pattern such as ``(a{1000}){1000}`` from taking much time."""


@lru_cache(maxsize=4096)
def is_draft_4_pattern(pattern: str) -> bool:
    """Whether a pattern is one of draft 4, and means there what it means in OpenAPI.

    Args:
        pattern: The value of ``pattern``.

    Returns:
        False too for some that draft 4 would take; the backend then checks them alone.
    """
    if _NEWER.search(pattern.replace("\\\\", "__")):
        return False
    try:
        jsonschema_rs.Draft4Validator({"pattern": pattern}, pattern_options=_OPTIONS)
    except jsonschema_rs.ValidationError:
        return False
    return True
