"""The provider's own configuration: checked against the package, and what a run needs of it."""

import json
import os
from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown

from toolchain.offline import model, structs
from toolchain.offline.checks import Provider
from toolchain.offline.schema import Failure, check_provider
from toolchain.offline.values import ACCOUNT, REGION, Place

_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "parameterization"})


def decoded(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without the engine's own keys, everything but strings out of its JSON."""
    return {
        key: _decoded(key, value)
        for key, value in configuration.items()
        if key not in _ENGINE_KEYS and not key.startswith("__")
    }


def _decoded(key: str, value: Any) -> Any:
    if isinstance(value, structs.Secret):
        return structs.Secret(_decoded(key, value.value))
    declared = model.provider().get(key)
    if not isinstance(value, str) or declared is None or declared.type == model.Scalar("string"):
        return value
    try:
        return structs.from_json(value)
    except json.JSONDecodeError:
        return value


def configuration_failures(configuration: Mapping[str, Any]) -> list[Failure]:
    """What is wrong with a provider's configuration, as the engine sends it."""
    return check_provider(decoded(configuration))


def provider(configuration: Mapping[str, Any]) -> Provider:
    """What a configured provider contributes to its resources.

    The region is that of the configuration, else of the environment as for every AWS tool, else us-east-1.
    """
    values = decoded(configuration)
    default_tags = _part(values.get("defaultTags"), "tags", {})
    ignored: dict[str, Any] = structs.revealed(values.get("ignoreTags")) or {}
    return Provider(
        place=Place(_region(values.get("region")), ACCOUNT),
        default_tags=default_tags,
        ignored_tags=tuple(ignored.get("keys") or ()),
        ignored_prefixes=tuple(ignored.get("keyPrefixes") or ()),
    )


def _region(configured: Any) -> str:
    plain = structs.revealed(configured)
    if isinstance(plain, str) and plain:
        return plain
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION


def _part(value: Any, key: str, default: Any) -> Any:
    if isinstance(value, structs.Secret):
        return structs.Secret(_part(value.value, key, default))
    if isinstance(value, Unknown):
        return value
    return default if value is None else value.get(key) or default
