"""Reads the entries of configurations in the responses of Amazon CloudFront's API."""

from collections.abc import Mapping
from typing import Any


def items(listed: Mapping[str, Any] | None) -> list[Any]:
    """Return the items of a list in an API's response."""
    return list((listed or {}).get("Items") or ())


def section(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a part of a configuration; empty if it is missing."""
    return config.get(key) or {}


def needs_signature(behaviour: Mapping[str, Any]) -> bool:
    """Check whether a cache behavior accepts only signed URLs and cookies ("Restrict viewer access")."""
    return any(section(behaviour, key).get("Enabled") for key in ("TrustedKeyGroups", "TrustedSigners"))
