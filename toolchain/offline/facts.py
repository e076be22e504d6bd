"""Facts about the real provider that the pulumi-aws package does not tell, from two committed tables.

``immutable_properties.json`` (made by `toolchain.offline.immutable`): the inputs whose change replaces a resource.
``observed.json`` (made by `toolchain.offline.observe`): the defaults that the real provider fills in, the closed
lists of values it accepts, and the ranges of its numbers.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

TABLES = Path(__file__).parent
IMMUTABLE = TABLES / "immutable_properties.json"
OBSERVED = TABLES / "observed.json"

_NOTHING: Mapping[str, Any] = {}


@cache
def _table(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))


@cache
def immutable_paths(token: str) -> frozenset[str]:
    """Paths of the inputs whose change replaces the resource, list indices left out (``ebs.encrypted``)."""
    return frozenset({*_table(IMMUTABLE).get(token, ()), "region"})


def defaults(token: str) -> Mapping[str, Any]:
    """The defaults of a resource's inputs by path, list indices left out (``origins.connectionTimeout``)."""
    return _observed(token, "defaults")


def allowed_values(token: str) -> Mapping[str, list[Any]]:
    """The only values of some inputs by path, list indices left out."""
    return _observed(token, "allowed")


def ranges(token: str) -> Mapping[str, list[float]]:
    """The smallest and the largest value of some numbers by path, list indices left out."""
    return _observed(token, "ranges")


def _observed(token: str, fact: str) -> Mapping[str, Any]:
    return _table(OBSERVED).get(token, _NOTHING).get(fact, _NOTHING)
