"""Converts requests and responses to the events of CloudFront Functions, and back.

Source: Amazon CloudFront Developer Guide, "CloudFront Functions event structure".
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

from toolchain.datapath.edge.cloudfront.model import Distribution
from toolchain.datapath.edge.messages import HeaderList, Request, Response

VIEWER_REQUEST = "viewer-request"
VIEWER_RESPONSE = "viewer-response"

_READ_ONLY_IN_REQUESTS = frozenset({"content-length", "host", "transfer-encoding", "via"})
_READ_ONLY_IN_RESPONSES = frozenset({"content-encoding", "content-length", "transfer-encoding", "warning", "via"})
"""Amazon CloudFront Developer Guide, "Restrictions on edge functions", "Read-only headers"."""
GENERATED_BODY_LIMIT_BYTES = 40 * 1024
"""Amazon CloudFront Developer Guide, "Quotas on CloudFront Functions"."""


def event(
    event_type: str, distribution: Distribution, request: Request, request_id: str, response: Response | None = None
) -> dict[str, Any]:
    """Make the event for a function.

    Args:
        event_type: `VIEWER_REQUEST` or `VIEWER_RESPONSE`.
        distribution: The distribution.
        request: The viewer's request.
        request_id: The request's id.
        response: The response, for `VIEWER_RESPONSE`; else None.
    """
    made: dict[str, Any] = {
        "version": "1.0",
        "context": {
            "distributionDomainName": distribution.domain_name,
            "distributionId": distribution.identifier,
            "eventType": event_type,
            "requestId": request_id,
        },
        "viewer": {"ip": request.client_address},
        "request": {
            "method": request.method,
            "uri": request.path,
            "querystring": _values(_query_pairs(request.query)),
            "headers": _values((name.lower(), value) for name, value in request.headers if name.lower() != "cookie"),
            "cookies": _values(cookie_pairs(request)),
        },
    }
    if response is not None:
        made["response"] = {
            "statusCode": response.status,
            "statusDescription": _phrase(response.status),
            "headers": _values(
                (name.lower(), value) for name, value in response.headers if name.lower() != "set-cookie"
            ),
            "cookies": _set_cookies(response),
        }
    return made


def cookie_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the names and values of a request's cookies."""
    texts = (part.strip() for name, value in request.headers if name.lower() == "cookie" for part in value.split(";"))
    return [(name, value) for name, _, value in (text.partition("=") for text in texts if text)]


def _query_pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]


def _values(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return name -> last value; with ``multiValue``, if there are several values."""
    found: dict[str, list[dict[str, str]]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append({"value": value})
    return {
        name: {**values[-1], "multiValue": values} if len(values) > 1 else values[0] for name, values in found.items()
    }


def _set_cookies(response: Response) -> dict[str, Any]:
    cookies: dict[str, Any] = {}
    for name, value in response.headers:
        if name.lower() == "set-cookie":
            pair, _, attributes = value.partition(";")
            cookie, _, content = pair.strip().partition("=")
            cookies[cookie] = {"value": content, **({"attributes": attributes.strip()} if attributes else {})}
    return cookies


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def changed_request(request: Request, returned: Mapping[str, Any]) -> Request:
    """Return the request as a viewer-request function has changed it.

    Args:
        request: The request before the function.
        returned: The function's return value.

    Raises:
        ValueError: The return value is not a request, or changes a part that must not change.
    """
    uri = returned.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/"):
        raise ValueError(f"uri={uri!r} does not begin with a slash")
    if returned.get("method") != request.method:
        raise ValueError("the method cannot be changed")
    headers = _header_list(returned.get("headers", {}))
    _check_read_only(_without_cookies(request.headers), headers, _READ_ONLY_IN_REQUESTS)
    cookies = [f"{name}={value}" for name, value in _pairs(returned.get("cookies", {}))]
    if cookies:
        headers = (*headers, ("cookie", "; ".join(cookies)))
    query = "&".join(
        name if value == "" else f"{name}={value}" for name, value in _pairs(returned.get("querystring", {}))
    )
    path, question_mark, in_uri = uri.partition("?")
    return replace(request, path=path, query=in_uri if question_mark else query, headers=headers)


def changed_response(returned: Mapping[str, Any], before: Response | None = None) -> Response:
    """Return the response that a function has returned.

    Args:
        returned: The function's return value.
        before: The response before a viewer-response function; None for a viewer-request function.

    Raises:
        ValueError: The return value is not a response, or changes a part that must not change.
    """
    status = returned.get("statusCode")
    if not isinstance(status, (int, float)) or not 100 <= int(status) <= 599:  # noqa: PLR2004 - HTTP's status codes
        raise ValueError(f"statusCode={status!r} is no status")
    headers = _header_list(returned.get("headers", {}))
    if before is not None:
        _check_read_only(before.headers, headers, _READ_ONLY_IN_RESPONSES)
    cookies: Mapping[str, Any] = returned.get("cookies", {})
    for name, cookie in cookies.items():
        for one in cookie.get("multiValue") or [cookie]:
            attributes = f"; {one['attributes']}" if one.get("attributes") else ""
            headers = (*headers, ("set-cookie", f"{name}={one['value']}{attributes}"))
    body = _body(returned["body"]) if "body" in returned else before.body if before else b""
    return Response(int(status), headers, body)


def _body(given: Any) -> bytes:
    content: Any = cast("Mapping[str, Any]", given).get("data", "") if isinstance(given, Mapping) else given
    encoding: Any = cast("Mapping[str, Any]", given).get("encoding", "text") if isinstance(given, Mapping) else "text"
    if not isinstance(content, str) or encoding not in {"text", "base64"}:
        raise ValueError("a body is text, or {encoding: 'text' or 'base64', data: ...}")
    try:
        body = base64.b64decode(content, validate=True) if encoding == "base64" else content.encode()
    except binascii.Error:
        raise ValueError("the body is not base64") from None
    if len(body) > GENERATED_BODY_LIMIT_BYTES:
        raise ValueError(f"the body has {len(body)} bytes; allowed are {GENERATED_BODY_LIMIT_BYTES}")
    return body


def _header_list(headers: Mapping[str, Any]) -> HeaderList:
    for name in headers:
        if name != name.lower():
            raise ValueError(f"the header {name!r} is not in lower case")
    return tuple(_pairs(headers))


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, entry in values.items():
        one_or_more: Mapping[str, Any] = cast("Mapping[str, Any]", entry) if isinstance(entry, Mapping) else {}
        several: list[Any] = one_or_more.get("multiValue") or [one_or_more]
        pairs.extend((name, _text(name, one.get("value"))) for one in several)
    return pairs


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{name!r} has no value that is text")


def _without_cookies(headers: HeaderList) -> HeaderList:
    return tuple((name, value) for name, value in headers if name.lower() != "cookie")


def _check_read_only(before: HeaderList, after: HeaderList, names: frozenset[str]) -> None:
    for name in names:
        old = [value for key, value in before if key.lower() == name]
        new = [value for key, value in after if key == name]
        if old != new:
            raise ValueError(f"the header {name!r} is read-only")
