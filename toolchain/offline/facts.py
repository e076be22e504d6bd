"""Facts about the real provider that the pulumi-aws package does not state, from two generated tables.

``immutable_properties.json``: the inputs whose change replaces a resource.
``observed.json``: the defaults that the real provider sets, the closed lists of values that it accepts, and the ranges
of its numbers.

`generate` writes both; each states the version and the digest of the pulumi-aws package that it was made for.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from . import package

TABLES = Path(__file__).parent
IMMUTABLE = TABLES / "immutable_properties.json"
OBSERVED = TABLES / "observed.json"

ORIGIN = "made_from"
"""The key in a table with its origin: the version and digests. Every other key is a resource token."""

_NOTHING: Mapping[str, Any] = {}


@cache
def _table(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))


@cache
def immutable_paths(token: str) -> frozenset[str]:
    """Return the paths of the inputs whose change replaces the resource, without list indices (``ebs.encrypted``)."""
    return frozenset({*_table(IMMUTABLE).get(token, ()), "region"})


def defaults(token: str) -> Mapping[str, Any]:
    """Return the defaults of a resource's inputs by path, without list indices (``origins.connectionTimeout``)."""
    return _observed(token, "defaults")


def allowed_values(token: str) -> Mapping[str, list[Any]]:
    """Return the allowed values of inputs with a closed list, by path without list indices."""
    return _observed(token, "allowed")


def ranges(token: str) -> Mapping[str, list[float]]:
    """Return the smallest and the largest value of numbers with a range, by path without list indices."""
    return _observed(token, "ranges")


def _observed(token: str, fact: str) -> Mapping[str, Any]:
    return _table(OBSERVED).get(token, _NOTHING).get(fact, _NOTHING)


def table_text(rows: Mapping[str, Any]) -> str:
    """Return the text of a table: its origin, then one line for each resource token, sorted."""
    lines = [f"{json.dumps(key)}: {_compact(row)}" for key, row in sorted(rows.items())]
    origin = f"{json.dumps(ORIGIN)}: {_compact(_origin(rows))}"
    return "{\n" + ",\n".join([origin, *lines]) + "\n}\n"


def why_stale(text: str) -> str | None:
    """Return why a table must be generated again; None if it fits the installed package and was not edited.

    Args:
        text: The text of the table.
    """
    rows = cast("dict[str, Any]", json.loads(text))
    found = rows.pop(ORIGIN, None)
    if not isinstance(found, dict):
        return "it does not say what it was made from"
    expected, stated = _origin(rows), cast("dict[str, Any]", found)
    if stated.get("version") != expected["version"]:
        return f"made from pulumi-aws {stated.get('version')}, and {expected['version']} is installed"
    if stated.get("package_sha256") != expected["package_sha256"]:
        return f"made from another build of pulumi-aws {expected['version']} than the installed one"
    if stated.get("rows_sha256") != expected["rows_sha256"]:
        return "edited by hand"
    return None


def _origin(rows: Mapping[str, Any]) -> dict[str, str]:
    content = _compact(dict(sorted(rows.items())))
    return {
        "version": package.version(),
        "package_sha256": package.digest(),
        "rows_sha256": hashlib.sha256(content.encode()).hexdigest(),
    }


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
