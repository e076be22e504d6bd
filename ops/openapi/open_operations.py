"""Compares the operations that a document leaves open with the paths that a stack allows to be open."""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final, cast

from spot_planning.api.openapi_import import Finding, PlannedOperation, Severity

OPEN: Final = "open-operation"
UNLISTED: Final = "open-path"


def open_paths(project: str, configuration: Mapping[str, str]) -> list[str]:
    """Read the paths that a stack allows to be open.

    Args:
        project: The project's name.
        configuration: The stack's keys; objects are JSON.
    """
    return cast("list[str]", json.loads(configuration.get(f"{project}:policy", "{}")).get("open_paths", []))


def asks_for_keys(project: str, configuration: Mapping[str, str]) -> bool:
    """Read whether a stack's API asks for an API key; it does unless its file says otherwise."""
    return bool(json.loads(configuration.get(f"{project}:api", "{}")).get("api_key_required", True))


def is_on_site(project: str, configuration: Mapping[str, str]) -> bool:
    """Read whether a stack's API is below a path of its site, where every operation asks for the key."""
    return json.loads(configuration.get(f"{project}:api", "{}")).get("path_on_site") is not None


def settled(findings: Iterable[Finding], allowed: Iterable[str]) -> list[Finding]:
    """Leave out the warnings about operations that the stack leaves open on purpose.

    Args:
        findings: Of the document.
        allowed: The patterns of the stack.
    """
    patterns = tuple(allowed)
    return [finding for finding in findings if finding.code != OPEN or not _is_listed(_path(finding), patterns)]


def _path(finding: Finding) -> str:
    """Take the path out of ``paths./health.get``."""
    return finding.location.removeprefix("paths.").rpartition(".")[0]


def unlisted(operations: Iterable[PlannedOperation], allowed: Iterable[str], key: str) -> Iterator[Finding]:
    """Find the operations that the policy pack would refuse.

    Args:
        operations: As planned.
        allowed: The patterns of the stack.
        key: The key of the stack file, for messages.

    Yields:
        A refusal for each operation that asks for nothing and whose path the stack does not list.
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
