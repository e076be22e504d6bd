"""Finds the API, the stage, the resource and the method for a request.

Rules: "Amazon API Gateway important notes", "Set up a proxy integration with a proxy resource", "Custom domain name for
public REST APIs" and "Gateway response types" (Amazon API Gateway Developer Guide): an exact segment wins over
``{name}``, which wins over ``{name+}``; a resource's own method wins over ``ANY``; a slash at the end is ignored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from toolchain.datapath.edge.api_gateway.document import ANY

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Match:
    """A resource that matches a path."""

    resource_path: str
    path_parameters: Mapping[str, str]
    """Name -> decoded value."""


@dataclass(slots=True)
class _Node:
    """A node in the tree of resources."""

    resource_path: str | None = None
    exact: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])
    parameter: "tuple[str, _Node] | None" = None
    greedy: tuple[str, str] | None = None
    """Name of the greedy parameter, and path of its resource; None for none."""


class Routes:
    """The resources of an API that have methods.

    Args:
        resource_paths: Resource paths, such as ``/companies/{companyId}`` and ``/{proxy+}``.
    """

    def __init__(self, resource_paths: Iterable[str]) -> None:
        self._root = _Node()
        for path in resource_paths:
            self._add(path)

    def match(self, path: str) -> Match | None:
        """Return the resource for a path; None if there is none.

        Args:
            path: The encoded path without stage and base path, such as ``/companies/a%20b``.
        """
        parameters: dict[str, str] = {}
        segments = path.rstrip("/").split("/")[1:]
        found = _found(self._root, segments, parameters)
        return None if found is None else Match(found, parameters)

    def _add(self, path: str) -> None:
        node = self._root
        for segment in path.rstrip("/").split("/")[1:]:
            name = segment.strip("{}")
            if segment.startswith("{") and name.endswith("+"):
                node.greedy = (name.removesuffix("+"), path)
                return
            if segment.startswith("{"):
                # A sibling with another parameter name cannot exist: API Gateway refuses it.
                node.parameter = node.parameter or (name, _Node())
                node = node.parameter[1]
            else:
                node = node.exact.setdefault(segment, _Node())
        node.resource_path = path


def _found(node: _Node, segments: list[str], parameters: dict[str, str]) -> str | None:
    if not segments:
        return node.resource_path
    first, rest = unquote(segments[0]), segments[1:]
    child = node.exact.get(first)
    if child is not None and (found := _found(child, rest, parameters)):
        return found
    if node.parameter is not None and first:
        name, child = node.parameter
        if found := _found(child, rest, parameters):
            parameters[name] = first
            return found
    if node.greedy is not None:
        name, path = node.greedy
        parameters[name] = unquote("/".join(segments))
        return path
    return None


def method_for(methods: Mapping[str, Value], http_method: str) -> Value | None:
    """Return a resource's method for an HTTP method, else its ``ANY`` method; None if it has neither."""
    return methods.get(http_method.upper(), methods.get(ANY))


@dataclass(frozen=True, slots=True)
class BasePathMapping:
    """A base path mapping of a custom domain name."""

    base_path: str
    """Base path without slashes at its ends; empty for all paths that no other mapping matches."""
    rest_api_id: str
    stage: str
    """Name of the stage; empty if the next segment of the path is the stage's name."""


@dataclass(frozen=True, slots=True)
class Target:
    """The API and stage of a request."""

    rest_api_id: str
    stage: str
    path: str
    """The encoded path without base path and stage."""


def mapped(mappings: Iterable[BasePathMapping], path: str) -> Target | None:
    """Find the stage for a path on a custom domain name; None if no mapping matches.

    The longest matching base path wins; only whole segments match.

    Args:
        mappings: Base path mappings of the domain name.
        path: The encoded path of the request.
    """
    for mapping in sorted(mappings, key=lambda each: len(each.base_path), reverse=True):
        rest = _without_prefix(path, mapping.base_path)
        if rest is None:
            continue
        if mapping.stage:
            return Target(mapping.rest_api_id, mapping.stage, rest)
        return staged(mapping.rest_api_id, rest)
    return None


def staged(rest_api_id: str, path: str) -> Target:
    """Return the stage that is named by the first segment of a path, as on ``execute-api``.

    Args:
        rest_api_id: Id of the API.
        path: The encoded path of the request, such as ``/prod/companies``.
    """
    stage, _, rest = path.removeprefix("/").partition("/")
    return Target(rest_api_id, unquote(stage), f"/{rest}")


def _without_prefix(path: str, base_path: str) -> str | None:
    if not base_path:
        return path or "/"
    prefix = f"/{base_path}"
    if path == prefix:
        return "/"
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else None
