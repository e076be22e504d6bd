"""Parameters of an operation: which of them the gateway declares, maps and validates."""

import re
from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.integrations import FORWARDED
from spot_planning.api.openapi.paths import Route
from spot_planning.api.openapi.query_objects import query_object
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import JsonObject, as_string, list_in, object_in, string_in

_NAME: Final = re.compile(r"[a-zA-Z0-9._$-]+")
"""Names that API Gateway accepts for a parameter of a method request."""
_NOT_PARAMETERS: Final = frozenset({"accept", "authorization", "content-type"})
"""Header parameters that must be ignored according to OpenAPI (Parameter Object, ``name``)."""
_CHANGED: Final = frozenset(
    {
        "content-encoding", "content-md5", "expect", "host", "max-forwards", "proxy-authenticate", "server", "te",
        "trailer", "transfer-encoding", "upgrade", "via", "www-authenticate",
        *(name.removeprefix("integration.request.header.").lower() for name in FORWARDED),
    }
)  # fmt: skip
"""Headers that API Gateway drops or overwrites before an HTTP integration ("Amazon API Gateway important notes for REST
APIs", Developer Guide), and headers that the integration sets."""
_MAY_BE_NOTHING: Final = frozenset({"array", "object"})
"""Types whose empty value is not sent at all."""
_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "string"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one operation."""

    declared: tuple[JsonObject, ...]
    """Parameter objects for the import document, path parameters first."""
    headers: tuple[str, ...]
    """Names of header parameters, for CORS."""
    validated: bool
    """Whether the gateway validates a parameter: a required query parameter or header."""


def plan_parameters(source: OperationSource, references: References, report: Report) -> Parameters:
    """Plan the parameters of an operation, including those of its path item.

    Query and header parameters are declared, so that the validator and the cache can see them, but not mapped: a
    proxy integration passes all of them on, and a mapping would keep only the last of several values.

    Args:
        source: The operation.
        references: The document's references.
        report: Gets the rewrites.

    Returns:
        The parameters.

    Raises:
        OpenApiError: A parameter is not valid.
    """
    found: dict[tuple[str, str], tuple[JsonObject, Location]] = {}
    for holder, location in ((source.path_item, source.path_item_at), (source.operation, source.at)):
        for index, item in enumerate(list_in(holder, "parameters", location)):
            here: Location = (*location, "parameters", index)
            parameter, _ = references.resolve(item, here)
            name = as_string(parameter.get("name"), (*here, "name"))
            where = as_string(parameter.get("in"), (*here, "in"))
            found[where, name] = (parameter, here)
    planner = _Planner(source.route, report, references)
    declared = planner.path_parameters(found, source.at)
    headers: list[str] = []
    for (where, name), (parameter, here) in sorted(found.items(), key=lambda entry: entry[0]):
        if where == "path":
            continue
        declared += planner.others(where, name, parameter, here)
        if where == "header":
            # Also headers that are not parameters in OpenAPI: browsers need a preflight to send Authorization.
            headers.append(name)
    declared = _without_doubles(declared)
    return Parameters(
        tuple(declared),
        tuple(headers),
        any(parameter["in"] != "path" and parameter.get("required") is True for parameter in declared),
    )


def _without_doubles(declared: list[JsonObject]) -> list[JsonObject]:
    """Keep one declaration for each name: a property of an object may have the name of another parameter."""
    found: dict[tuple[str, str], JsonObject] = {}
    for parameter in declared:
        key = (str(parameter["in"]), str(parameter["name"]))
        if key not in found or parameter.get("required") is True:
            found[key] = parameter
    return list(found.values())


class _Planner:
    def __init__(self, route: Route, report: Report, references: References) -> None:
        self._route = route
        self._report = report
        self._references = references

    def path_parameters(
        self, found: dict[tuple[str, str], tuple[JsonObject, Location]], at: Location
    ) -> list[JsonObject]:
        """Return one declared parameter for each variable of the resource path."""
        declared: list[JsonObject] = []
        for variable in self._route.variables:
            sources = [name for name, renamed in self._route.renamed.items() if renamed == variable]
            out: JsonObject = {"in": "path", "name": variable, "required": True, "schema": {"type": "string"}}
            for name in sources:
                # Documents declare a greedy parameter with or without its plus.
                known = found.get(("path", name)) or found.get(("path", f"{name}+"))
                if known is None:
                    self._report.rewrite(
                        "path-parameter", at, f"{{{name}}} is not among the parameters; it is added and mapped"
                    )
                elif len(sources) == 1:
                    out.update(self._described(*known))
            declared.append(out)
        names = set(self._route.renamed)
        for (where, name), (_, here) in sorted(found.items(), key=lambda entry: entry[0]):
            if where == "path" and name.removesuffix("+") not in names:
                self._report.rewrite("path-parameter", here, f"{name} is not in the path; it is left out")
        return declared

    def others(self, where: str, name: str, parameter: JsonObject, at: Location) -> list[JsonObject]:
        """Return the declarations for a query or header parameter, under the names with which it is sent."""
        parts = query_object(parameter, at, self._references) if where == "query" else None
        if parts is None:
            out = self._other(where, name, parameter, at)
            return [] if out is None else [out]
        self._report.rewrite(
            "parameter", at, f"{name} is sent as a parameter for each of its properties, never under its own name"
        )
        declared: list[JsonObject] = []
        for each, schema, place_of_schema, required in parts.properties:
            if _NAME.fullmatch(each):
                kind = self._type({"schema": schema}, place_of_schema[:-1])
                made: JsonObject = {"in": where, "name": each, "schema": {"type": kind}}
                if required and parameter.get("required") is True and kind not in _MAY_BE_NOTHING:
                    made["required"] = True
                declared.append(made)
        return declared

    def _other(self, where: str, name: str, parameter: JsonObject, at: Location) -> JsonObject | None:
        if where not in {"query", "header"}:
            self._report.rewrite("parameter", at, f"a {where} parameter: the backend alone sees {name}")
            return None
        if where == "header" and name.lower() in _NOT_PARAMETERS:
            self._report.rewrite("parameter", at, f"OpenAPI says that the header {name} is no parameter")
            return None
        if where == "header" and name.lower() in _CHANGED:
            self._report.warn("header", at, f"the gateway drops or sets {name}: the backend never sees the caller's")
        if not _NAME.fullmatch(name):
            self._report.rewrite(
                "parameter-name", at, f"{name} cannot be named in a mapping; it is passed on and not validated"
            )
            return None
        out: JsonObject = {"in": where, "name": name, **self._described(parameter, at)}
        if parameter.get("required") is True:
            if parameter.get("allowEmptyValue") is True:
                # API Gateway refuses a required parameter that is blank.
                self._report.rewrite("parameter", at, f"{name} may be empty, so the backend checks that it is there")
            else:
                out["required"] = True
        return out

    def _described(self, parameter: JsonObject, at: Location) -> JsonObject:
        """Return type and description. API Gateway supports only these and name, in and required of a parameter."""
        out: JsonObject = {"schema": {"type": self._type(parameter, at)}}
        description = string_in(parameter, "description", at)
        if description:
            out["description"] = description
        return out

    def _type(self, parameter: JsonObject, at: Location) -> str:
        if "schema" not in parameter:
            if object_in(parameter, "content", at):
                self._report.rewrite(
                    "parameter", (*at, "content"), "a parameter with a media type is passed on as text"
                )
            return "string"
        schema, _ = self._references.resolve(
            {} if isinstance(parameter["schema"], bool) else parameter["schema"], (*at, "schema")
        )
        value = schema.get("type")
        names = [name for name in (value if isinstance(value, list) else [value]) if name != "null"]
        only = names[0] if len(names) == 1 else None
        return only if isinstance(only, str) and only in _TYPES else "string"
