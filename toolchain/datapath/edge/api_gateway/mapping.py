"""Evaluates parameter mappings, for the request to the integration and for the response to the client.

Rules: "Parameter mapping source reference for REST APIs in API Gateway" and "Amazon API Gateway important notes"
(Amazon API Gateway Developer Guide).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import unquote_plus

from toolchain.datapath.edge.api_gateway.context import Context
from toolchain.datapath.edge.json_text import parsed
from toolchain.datapath.edge.messages import HeaderList, Request, first

_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_SEPARATORS: Final = re.compile(r"[&;]")
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The decoded parameters of a request, and its body."""

    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: HeaderList
    body: bytes

    def value(self, place: str, name: str) -> str | None:
        """Return a parameter: of several values, the last of a query parameter, the first of a header.

        Args:
            place: ``path``, ``querystring`` or ``header``.
            name: The parameter's name; the letter case of a header's name is ignored.
        """
        if place == "path":
            return self.path.get(name)
        if place == "querystring":
            return dict(self.query).get(name)
        return first(self.headers, name)


def parameters_of(request: Request, path_parameters: Mapping[str, str]) -> Parameters:
    """Decode the parameters of a request.

    Args:
        request: The request.
        path_parameters: Decoded path parameters of the matching resource.
    """
    return Parameters(path_parameters, query_parameters(request.query), request.headers, request.body)


def query_parameters(query: str) -> tuple[tuple[str, str], ...]:
    """Return the decoded names and values of a query. A semicolon is a separator, as ``&`` is ("important notes").

    Args:
        query: The encoded query.
    """
    pairs = (each.partition("=") for each in _SEPARATORS.split(query) if each)
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)


@dataclass(frozen=True, slots=True)
class Sources:
    """The values that expressions of a parameter mapping can refer to."""

    parameters: Parameters
    context: Context
    stage_variables: Mapping[str, str]
    response_headers: HeaderList = ()
    response_body: bytes = b""

    def value(self, expression: str) -> str | None:
        """Return the value of an expression; None if it has no value.

        Args:
            expression: Expression such as ``method.request.path.id``, ``context.requestId``, ``stageVariables.x`` or
                ``'text'``.
        """
        if expression.startswith("'") and expression.endswith("'"):
            return expression[1:-1]
        kind, _, name = expression.partition(".")
        if kind == "context":
            return self.context.get(name)
        if kind == "stageVariables":
            return self.stage_variables.get(name)
        if kind == "method":
            return self._of_the_request(name.removeprefix("request."))
        if kind == "integration":
            return self._of_the_response(name.removeprefix("response."))
        return None

    def _of_the_request(self, name: str) -> str | None:
        place, _, rest = name.partition(".")
        if place in {"multivaluequerystring", "multivalueheader"}:
            place = place.removeprefix("multivalue")
        if place == "body":
            return _of_body(self.parameters.body, rest)
        return self.parameters.value(place, rest)

    def _of_the_response(self, name: str) -> str | None:
        place, _, rest = name.partition(".")
        if place == "body":
            return _of_body(self.response_body, rest)
        return first(self.response_headers, rest)


def mapped_parameters(mapping: Mapping[str, str], sources: Sources, prefix: str) -> dict[str, dict[str, str]]:
    """Evaluate a parameter mapping.

    Args:
        mapping: Destination -> expression.
        sources: Values that expressions can refer to.
        prefix: Prefix of the destinations: ``integration.request.`` or ``method.response.``.

    Returns:
        Place -> name -> value; parameters without a value are left out.
    """
    mapped: dict[str, dict[str, str]] = {}
    for destination, expression in mapping.items():
        place, _, name = destination.removeprefix(prefix).partition(".")
        value = sources.value(expression)
        if destination.startswith(prefix) and value is not None:
            mapped.setdefault(place, {})[name] = value
    return mapped


def with_stage_variables(text: str, stage_variables: Mapping[str, str]) -> str:
    """Replace ``${stageVariables.name}`` in a URI or an id; a variable that the stage does not have becomes empty."""
    return _STAGE_VARIABLE.sub(lambda found: stage_variables.get(found[1], ""), text)


def json_path(value: Any, path: str) -> Any:
    """Return the part of a JSON value at a simple JSONPath of names and indexes; None if it does not exist.

    Args:
        value: Parsed JSON.
        path: The path, such as ``$.pets[0].name``, with or without ``$``.
    """
    for name, index, quoted in _STEP.findall(path.removeprefix("$")):
        if index and isinstance(value, list):
            items = cast("list[Any]", value)
            value = items[int(index)] if int(index) < len(items) else None
        elif isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(name or quoted)
        else:
            return None
    return value


def _of_body(body: bytes, path: str) -> str | None:
    if not path:
        return body.decode("utf-8", errors="replace")
    try:
        found = json_path(parsed(body), path)
    except ValueError:
        return None
    return found if found is None or isinstance(found, str) else json.dumps(found)
