"""Iterates over the operations of a document."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.paths import Route
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.values import Json, JsonObject, as_object, list_in, string_in

ANY_METHOD: Final = "x-amazon-apigateway-any-method"
METHODS: Final = ("delete", "get", "head", "options", "patch", "post", "put")
"""The methods of OpenAPI that API Gateway has, which are all except TRACE."""


@dataclass(frozen=True, slots=True)
class OperationSource:
    """An operation of the document."""

    route: Route
    key: str
    """The operation's key in the path item: ``get``, or ``x-amazon-apigateway-any-method``."""
    path_item: JsonObject
    path_item_at: Location
    """Location of the path item's parameters."""
    operation: JsonObject
    at: Location
    added: bool = False
    """Whether the plan added it, for ``/{proxy+}``."""

    @property
    def http_method(self) -> str:
        """``GET``, or ``ANY``."""
        return "ANY" if self.key == ANY_METHOD else self.key.upper()


def proxy_operations() -> Iterator[OperationSource]:
    """Yield the operations for all paths that a document does not name: ``ANY /`` and ``ANY /{proxy+}``.

    Yields:
        The operations.
    """
    for route in (
        Route("/", "/", "/", {}, ()),
        Route("/{proxy+}", "/{proxy+}", "/{proxy}", {"proxy": "proxy"}, ("proxy",)),
    ):
        at: Location = ("paths", route.source)
        parameters: list[Json] = [{"name": name, "in": "path", "required": True} for name in route.variables]
        yield OperationSource(route, ANY_METHOD, {}, at, {"parameters": parameters}, (*at, ANY_METHOD), added=True)


def documentation_of(source: OperationSource) -> JsonObject:
    """Return the members of an operation that only describe it: id, summary, description, tags.

    Args:
        source: The operation.

    Returns:
        The members that the operation has.

    Raises:
        OpenApiError: A member has the wrong type.
    """
    out: JsonObject = {}
    for key in ("operationId", "summary", "description"):
        text = string_in(source.operation, key, source.at)
        if text:
            out[key] = text
    tags = list_in(source.operation, "tags", source.at)
    if tags:
        out["tags"] = tags
    return out


def operations_as_written(paths: JsonObject, references: References, report: Report) -> Iterator[OperationSource]:
    """Yield a document's operations with the paths of the document, without planning resources.

    Args:
        paths: The document's paths.
        references: The document's references.
        report: Gets the refusals.

    Yields:
        The operations.
    """
    return operations_of(paths, {path: Route(path, path, path, {}, ()) for path in paths}, references, report)


def operations_of(
    paths: JsonObject, routes: dict[str, Route], references: References, report: Report
) -> Iterator[OperationSource]:
    """Yield a document's operations in the order of their resources and methods.

    Args:
        paths: The document's paths.
        routes: Path -> route.
        references: The document's references.
        report: Gets the refusals.

    Yields:
        The operations.
    """
    for path, route in sorted(routes.items(), key=lambda entry: (entry[1].resource_path, entry[0])):
        item, item_at, own = _path_item(paths[path], ("paths", path), references, report)
        if "servers" in item:
            report.rewrite("servers", (*item_at, "servers"), "servers are left out")
        if "trace" in item:
            report.refuse("method", ("paths", path, "trace"), "API Gateway has no TRACE method")
        parameters_at: Location = ("paths", path) if "parameters" in own else item_at
        for key in sorted({*METHODS, ANY_METHOD} & item.keys()):
            at: Location = ("paths", path, key) if key in own else (*item_at, key)
            yield OperationSource(route, key, item, parameters_at, as_object(item[key], at), at)


def _path_item(
    given: Json, at: Location, references: References, report: Report
) -> tuple[JsonObject, Location, frozenset[str]]:
    """Return a path item merged with the keys next to its reference, the target's location, and these keys.

    OpenAPI 3.0 allows a path item to have both a reference and other keys. Only the behaviour in a conflict is
    undefined (Path Item Object, ``$ref``).
    """
    item, item_at = references.resolve(given, at)
    if item is given:
        return item, item_at, frozenset()
    beside = {key: value for key, value in as_object(given, at).items() if key != "$ref"}
    for key in sorted(beside.keys() & item.keys() & {*METHODS, ANY_METHOD, "parameters"}):
        report.refuse("path-item", (*at, key), "it is beside a $ref to a path item that has it too")
    return {**item, **beside}, item_at, frozenset(beside)
