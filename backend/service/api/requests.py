"""Reads the parameters and the body of a request, and validates them against the document."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from service.api.contract import Operation, Parameter
from service.api.problems import Problem

MAX_BODY_BYTES: Final = 256 * 1024
"""Maximum bytes of a JSON body. The largest body that the document allows (200 products and 4,000 characters) has only
a tenth of this size."""
MAX_QUERY_BYTES: Final = 8 * 1024
MAX_DEPTH: Final = 100
"""Maximum depth of nested arrays and objects; orjson cannot write JSON deeper than 254."""
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUL: Final = "\0"
_REPLACEMENT: Final = "\ufffd"
"""Replaces U+0000, which PostgreSQL does not accept in text (PostgreSQL manual, "Character Types")."""


def read_parameters(request: Request, operation: Operation) -> dict[str, Any]:
    """Read and validate the parameters of a request.

    Args:
        request: The request.
        operation: The operation in the document.

    Returns:
        The values by name, with defaults; optional parameters without a value and a default are missing.

    Raises:
        Problem: 404 for a wrong path parameter, otherwise 400. It names every wrong parameter.
    """
    given = _given(request, operation)
    values: dict[str, Any] = {}
    faults: dict[str, list[tuple[str, str]]] = {"path": [], "query": [], "header": []}
    for parameter in operation.parameters:
        texts = given[parameter.place].get(parameter.name.lower() if parameter.place == "header" else parameter.name)
        if texts is None:
            if parameter.required:
                faults[parameter.place].append((parameter.name, "is missing"))
            elif parameter.default is not None:
                values[parameter.name] = parameter.default
            continue
        value, messages = _value(parameter, texts)
        faults[parameter.place] += [(parameter.name, message) for message in messages]
        values[parameter.name] = value
    if faults["path"]:
        raise Problem(operation.status(404, 400), "The path names nothing that there can be.", faults["path"])
    wrong = faults["query"] + faults["header"]
    if wrong:
        raise Problem(operation.status(400, 422, 404), "A parameter is wrong.", wrong)
    return values


async def read_body(request: Request, operation: Operation) -> Any:
    """Read and validate the body of a request.

    Args:
        request: The request.
        operation: The operation in the document.

    Returns:
        The body, with only the properties that the document names; None without a body, if it is not required.

    Raises:
        Problem: 413, 415 or 400, or the status that the operation declares instead. It names every wrong property.
    """
    if operation.body is None:
        return None
    raw = await raw_body(request, operation)
    if not raw and not operation.body_required:
        return None
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(operation.status(415, 400), "The body must be application/json.")
    try:
        value = orjson.loads(_ESCAPED_NUL.sub(rb"\1\\ufffd", raw))
    except orjson.JSONDecodeError as error:
        raise Problem(operation.status(400), f"The body is not JSON: {error.msg}.") from error
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise Problem(operation.status(400), f"The body is nested more than {MAX_DEPTH} deep.")
    faults = operation.body.faults(value)
    if faults:
        raise Problem(operation.status(400, 422), "The body is not what the document says.", faults)
    return operation.body.named(value)


async def raw_body(request: Request, operation: Operation) -> bytes:
    """Return the unparsed body. It is read once, and then kept in the request's state.

    Raises:
        Problem: The body has more than `MAX_BODY_BYTES`, or ended early.
    """
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is not None:
        return kept
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                # The remaining bytes are not read, so the connection cannot be used again
                headers = {"Connection": "close"}
                raise Problem(operation.status(413, 400), f"A body has at most {MAX_BODY_BYTES} bytes.", [], headers)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Problem(operation.status(400), "The body ended early.") from error
    request.state.body = b"".join(chunks)
    return request.state.body


def _given(request: Request, operation: Operation) -> Mapping[str, Mapping[str, list[str]]]:
    raw = request.scope.get("query_string", b"")
    if len(raw) > MAX_QUERY_BYTES:
        raise Problem(operation.status(400, 404), f"A query has at most {MAX_QUERY_BYTES} bytes.")
    query: dict[str, list[str]] = {}
    if raw:
        for name, text in parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace"):
            query.setdefault(name, []).append(text)
    path = {name: [str(text)] for name, text in request.path_params.items()}
    headers: dict[str, list[str]] = {}
    if any(parameter.place == "header" for parameter in operation.parameters):
        for name, text in request.headers.items():
            headers.setdefault(name, []).append(text)
    return {"path": path, "query": query, "header": headers}


def _value(parameter: Parameter, texts: list[str]) -> tuple[Any, list[str]]:
    if len(texts) > 1:
        return None, ["is given more than once"]
    text = texts[0].replace(_NUL, _REPLACEMENT)
    value: Any = text
    if parameter.kind == "integer" and _INTEGER.fullmatch(text):
        value = int(text)
    elif parameter.kind == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    elif parameter.kind == "array":
        value = text.split(",") if text else []
    return value, [message for _, message in parameter.body.faults(value)]


def _is_deeper(value: Any, limit: int) -> bool:
    """Return whether arrays and objects are nested deeper than a limit. It is a loop, as recursion has a limit too."""
    level = [value]
    for _ in range(limit + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += cast("dict[str, Any]", each).values()
            elif isinstance(each, list):
                inner += cast("list[Any]", each)
        if not inner:
            return False
        level = inner
    return True
