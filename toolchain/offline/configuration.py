"""Checks the provider's own configuration against the package, and reads Region, account and tags from it."""

import json
import os
from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown

from . import model, structs
from .checks import Provider
from .schema import Failure, check_provider
from .values import ACCOUNT, REGION, Place

ACCOUNT_VARIABLE = "PULUMI_AWS_OFFLINE_ACCOUNT"
REGION_VARIABLE = "PULUMI_AWS_OFFLINE_REGION"
"""Environment variables with the account id and the Region of a provider without its own. The launcher sets them."""

_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "parameterization"})


def decoded(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration without the engine's own keys, and with its JSON strings parsed."""
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
    """Check a provider's configuration, as the engine sends it; return the failures."""
    return check_provider(decoded(configuration))


def provider(configuration: Mapping[str, Any]) -> Provider:
    """Return the settings of a provider with this configuration.

    The Region comes from the configuration, else from AWS's environment variables, else from the launcher. The account
    is the only one in ``allowedAccountIds``, else it comes from the launcher.
    """
    values = decoded(configuration)
    default_tags = _part(values.get("defaultTags"), "tags", {})
    ignored: dict[str, Any] = structs.revealed(values.get("ignoreTags")) or {}
    return Provider(
        place=Place(_region(values.get("region")), _account(values.get("allowedAccountIds"))),
        default_tags=default_tags,
        ignored_tags=tuple(ignored.get("keys") or ()),
        ignored_prefixes=tuple(ignored.get("keyPrefixes") or ()),
    )


def _region(configured: Any) -> str:
    plain = structs.revealed(configured)
    if isinstance(plain, str) and plain:
        return plain
    variables = ("AWS_REGION", "AWS_DEFAULT_REGION", REGION_VARIABLE)
    return next((value for name in variables if (value := os.environ.get(name))), REGION)


def _account(allowed: Any) -> str:
    plain = structs.revealed(allowed)
    if structs.is_list(plain) and len(plain) == 1 and isinstance(plain[0], str):
        return plain[0]
    return os.environ.get(ACCOUNT_VARIABLE) or ACCOUNT


def _part(value: Any, key: str, default: Any) -> Any:
    if isinstance(value, structs.Secret):
        return structs.Secret(_part(value.value, key, default))
    if isinstance(value, Unknown):
        return value
    return default if value is None else value.get(key) or default
