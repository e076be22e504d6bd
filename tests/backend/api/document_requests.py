"""Generates valid and invalid requests from an OpenAPI document, and validates requests against that document."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from schemathesis import GenerationMode

from toolchain.datapath.edge.messages import Request

METHODS = ("get", "post", "put", "patch", "delete", "head")
KEY_HEADER = "X-Api-Key"
WRONG_BODIES = (b"", b"{", b"[]", b"null", b'{"unknown": NaN}')
FORMATS = FormatChecker(["date-time", "email", "ipv4", "ipv6"])
"""The formats of JSON Schema draft 4, which API Gateway's models use."""
JSON = "application/json"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")


@FORMATS.checks("uri")
def is_uri(value: object) -> bool:
    """Check whether text has the characters of a URI (RFC 3986); jsonschema itself does not check this format."""
    return not isinstance(value, str) or URI.fullmatch(value) is not None


@dataclass(frozen=True)
class Operation:
    """An operation of the document."""

    operation_id: str
    path: str
    method: str
    """In upper case."""
    key_required: bool
    parameters: tuple[Mapping[str, Any], ...]
    models: Mapping[str, Any]
    """Media type -> schema of the body."""
    body_required: bool
    """Whether the body is required. API Gateway does not validate an optional body."""
    statuses: frozenset[int]
    """Status codes that the document declares for the operation."""


@dataclass(frozen=True)
class Sent:
    """A request to an operation."""

    operation: Operation
    request: Request
    breaks: str = ""
    """The part that was made invalid on purpose: ``key``, ``method``, ``parameter``, ``body``, or ``something`` if
    schemathesis chose it; empty for a valid request."""

    @property
    def is_valid(self) -> bool:
        """Whether it was generated as a valid request."""
        return not self.breaks


def operations_of(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a document, with references to its components resolved."""

    def resolved(item: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in item:
            _, _, kind, name = item["$ref"].split("/")
            item = document["components"][kind][name]
        return item

    return tuple(
        Operation(
            operation_id=operation["operationId"],
            path=path,
            method=method.upper(),
            key_required=any("apiKey" in each for each in operation.get("security", document.get("security", ()))),
            parameters=tuple(map(resolved, [*item.get("parameters", ()), *operation.get("parameters", ())])),
            models={
                kind: media["schema"]
                for kind, media in resolved(operation.get("requestBody", {})).get("content", {}).items()
            },
            body_required=bool(resolved(operation.get("requestBody", {})).get("required")),
            statuses=frozenset(map(int, operation["responses"])),
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    )


def generated(document: Mapping[str, Any], mode: GenerationMode, examples: int, seed: int) -> Iterator[Sent]:
    """Yield requests of schemathesis; none for an operation for which it cannot make a request in this mode."""
    operations = {(each.path, each.method): each for each in operations_of(document)}
    few = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    breaks = "" if mode is GenerationMode.POSITIVE else "something"
    for result in schemathesis.openapi.from_dict(dict(document)).get_all_operations():
        found: list[requests.PreparedRequest] = []
        with suppress(Unsatisfiable):
            seeded(seed)(few(given(result.ok().as_strategy(generation_mode=mode))(_collecting(found))))()
        operation = operations[result.ok().path, result.ok().method.upper()]
        for prepared in found[:examples]:
            yield Sent(operation, _request(prepared), breaks)


def _collecting(found: list[requests.PreparedRequest]) -> Any:
    def collect(case: Any) -> None:
        arguments = case.as_transport_kwargs(base_url="http://h")
        arguments.pop("cookies", None)
        found.append(requests.Request(**arguments).prepare())

    return collect


def _request(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(str(prepared.url))
    body = prepared.body or b""
    # Leave out schemathesis's own headers, and the keys and tokens that it makes up.
    left_out = {"user-agent", "content-length", "x-schemathesis-testcaseid", KEY_HEADER.lower(), "authorization"}
    headers = tuple((name, str(value)) for name, value in prepared.headers.items() if name.lower() not in left_out)
    return Request(
        str(prepared.method), "", url.path, url.query, headers, body.encode() if isinstance(body, str) else body
    )


def broken(right: Sent) -> Iterator[Sent]:
    """Yield a valid request made invalid in every way that API Gateway should find."""
    operation, request = right.operation, right.request
    undeclared = "TRACE" if operation.method == "HEAD" else "HEAD"
    yield Sent(operation, replace(request, method=undeclared), "method")
    if operation.key_required:
        yield Sent(operation, request, "key")
    for parameter in operation.parameters:
        if parameter.get("required") and parameter["in"] == "header":
            yield Sent(operation, request.with_headers(without=[parameter["name"]]), "parameter")
        if parameter.get("required") and parameter["in"] == "query":
            pairs = [pair for pair in request.query.split("&") if not pair.startswith(f"{parameter['name']}=")]
            yield Sent(operation, replace(request, query="&".join(pairs)), "parameter")
    if operation.models:
        typed = request.with_headers(("Content-Type", JSON), without=["content-type"])
        for body in WRONG_BODIES:
            yield Sent(operation, replace(typed, body=body), "body")


class Judge:
    """Validates requests against the document, with another JSON Schema validator than the local API Gateway's.

    Args:
        document: The document, OpenAPI 3.0.
        key: The valid API key.
    """

    def __init__(self, document: Mapping[str, Any], key: str) -> None:
        components = {"components": {"schemas": document["components"]["schemas"]}}
        self._whole = components
        self._seen = _as_seen(components)
        self._key = key

    def faults(self, sent: Sent) -> set[str]:
        """Return what API Gateway should find wrong: ``size``, ``method``, ``key``, ``parameter``, ``body``."""
        operation, request = sent.operation, sent.request
        return {
            *(["size"] if _is_too_large(request) else []),
            *(["method"] if request.method != operation.method else []),
            *(["key"] if operation.key_required and request.header(KEY_HEADER) != self._key else []),
            *(["parameter"] if _lacks_parameter(operation, request) else []),
            *(["body"] if operation.body_required and _is_body_wrong(self._seen, operation, request) else []),
        }

    def is_body_wrong(self, sent: Sent) -> bool:
        """Check whether the document forbids a body, also where API Gateway does not validate it."""
        return bool(sent.request.body) and _is_body_wrong(self._whole, sent.operation, sent.request)


def _is_body_wrong(whole: Mapping[str, Any], operation: Operation, request: Request) -> bool:
    media_type = (request.header("Content-Type") or JSON).partition(";")[0].strip().lower()
    if media_type not in operation.models:
        return False  # no model for this media type
    try:
        value = json.loads(request.body or b"{}", parse_constant=_refuse)
    except ValueError:
        return True
    schema = {**whole, "allOf": [operation.models[media_type]]}
    return not OAS30Validator(schema, format_checker=FORMATS).is_valid(value)


def _as_seen(schema: Any) -> Any:
    """Return a schema without what draft 4 cannot express: a nullable type or a nullable choice of schemas."""
    if isinstance(schema, list):
        return [_as_seen(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    unsaid = {"type", "allOf", "anyOf", "oneOf"} if schema.get("nullable") is True else set()
    return {name: _as_seen(value) for name, value in schema.items() if name not in unsaid}


def _is_too_large(request: Request) -> bool:
    """Check whether a request is too large. No request here has a size near the quotas: their limits have own tests."""
    return (
        len(request.path) > 1500
        or len(request.query) > 10_000
        or sum(len(value) for _, value in request.headers) > 9_000
    )


def _lacks_parameter(operation: Operation, request: Request) -> bool:
    """Check whether a required parameter is missing. To API Gateway a blank parameter is missing too."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    return any(
        not ((request.header(each["name"]) if each["in"] == "header" else query.get(each["name"])) or "").strip()
        for each in operation.parameters
        if each.get("required") and each["in"] in {"header", "query"}
    )


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def with_known(request: Request, operation: Operation, known: Mapping[str, str]) -> Request:
    """Return a request with existing ids in place of generated ids, in its path and in its body.

    Args:
        request: A valid request.
        operation: Its operation.
        known: Name of a parameter or a property -> id that exists.
    """
    segments = [
        quote(known.get(name.strip("{}"), ""), safe="") or value if name.startswith("{") else value
        for name, value in zip(operation.path.split("/"), request.path.split("/"), strict=True)
    ]
    body = request.body
    if body and JSON in (request.header("Content-Type") or ""):
        value = json.loads(body)
        if isinstance(value, dict):
            body = json.dumps(value | {name: known[name] for name in value if name in known}).encode()
    return replace(request, path="/".join(segments), body=body)


def made_by(operation: Operation, operations: Iterable[Operation]) -> str | None:
    """Return the parameter with the id of the object that a POST creates: ``productId`` for ``POST /products``.

    Returns None if the operation is no POST or no path has the id.
    """
    beginning = f"{operation.path}/{{"
    rests = [each.path.removeprefix(beginning) for each in operations if each.path.startswith(beginning)]
    return next((rest.partition("}")[0] for rest in rests), None) if operation.method == "POST" else None
