"""Compares the open operations of an OpenAPI document with the paths that a stack's configuration allows to be open."""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from spot_planning.api.openapi_import import Finding, PlannedOperation, Severity

OPEN: Final = "open-operation"
UNLISTED: Final = "open-path"


def open_paths(project: str, configuration: Mapping[str, str]) -> list[str]:
    """Read the patterns of the paths that a stack allows to be open, ``policy.open_paths``.

    Args:
        project: The project's name.
        configuration: The stack's configuration, key with namespace -> text; objects are JSON.
    """
    return cast("list[str]", json.loads(configuration.get(f"{project}:policy", "{}")).get("open_paths", []))


def key_settings(project: str, configuration: Mapping[str, str]) -> dict[str, Any]:
    """Read the settings of a stack's API that decide which operations require the API key.

    Args:
        project: The project's name.
        configuration: The stack's configuration, key with namespace -> text; objects are JSON.

    Returns:
        The stack's values of ``api_key_required`` and ``path_on_site``. An API below a path of its site has no CORS.
    """
    given = cast("dict[str, Any]", json.loads(configuration.get(f"{project}:api", "{}")))
    settings = {name: given[name] for name in ("api_key_required", "path_on_site") if name in given}
    return settings if settings.get("path_on_site") is None else {**settings, "cors_allowed_origins": []}


def settled(findings: Iterable[Finding], allowed: Iterable[str]) -> list[Finding]:
    """Remove the warnings about open operations that the stack allows.

    Args:
        findings: The findings of the document.
        allowed: The stack's patterns of open paths.
    """
    patterns = tuple(allowed)
    return [finding for finding in findings if finding.code != OPEN or not _is_listed(_path(finding), patterns)]


def _path(finding: Finding) -> str:
    """Return the path of a finding's location, such as ``/health`` of ``paths./health.get``."""
    return finding.location.removeprefix("paths.").rpartition(".")[0]


def unlisted(operations: Iterable[PlannedOperation], allowed: Iterable[str], key: str) -> Iterator[Finding]:
    """Find the open operations that the policy pack would refuse.

    Args:
        operations: The operations of the import plan.
        allowed: The stack's patterns of open paths.
        key: Name of the configuration key with the patterns, for messages.

    Yields:
        A refusal for each operation that requires neither an API key nor an authorizer, and whose path the stack does
        not list.
    """
    patterns = tuple(allowed)
    for operation in operations:
        path = operation.source_path
        if path is None or operation.http_method == "OPTIONS" or operation.api_key_required or operation.authorizer:
            continue
        if not _is_listed(path, patterns):
            yield Finding(
                Severity.REFUSAL,
                UNLISTED,
                f"paths.{path}.{operation.http_method.lower()}",
                f"anybody may call this operation, which the policy api-gateway-operations-authorized refuses: "
                f"give it a security that API Gateway enforces, or add its path to {key}",
            )


def _is_listed(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
