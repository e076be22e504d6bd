"""Compares the open operations of an OpenAPI document with the paths that a stack's configuration allows to be open."""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, cast

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


def asks_for_keys(project: str, configuration: Mapping[str, str]) -> bool:
    """Read whether a stack's API requires an API key; the default is yes."""
    return bool(json.loads(configuration.get(f"{project}:api", "{}")).get("api_key_required", True))


def is_on_site(project: str, configuration: Mapping[str, str]) -> bool:
    """Read whether a stack's API is below a path of its site; every operation then requires the API key."""
    return json.loads(configuration.get(f"{project}:api", "{}")).get("path_on_site") is not None


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
