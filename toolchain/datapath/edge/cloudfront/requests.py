"""Makes the request for an origin.

Source: Amazon CloudFront Developer Guide, "Request and response behavior for custom origins".
"""

from dataclasses import replace

from toolchain.datapath.edge.cloudfront.events import cookie_pairs
from toolchain.datapath.edge.cloudfront.model import Behaviour, Origin, OriginRequestPolicy
from toolchain.datapath.edge.fields import accepts_gzip
from toolchain.datapath.edge.messages import HeaderList, Request

EDGE_ADDRESS = "130.176.0.1"
"""Address of an edge location, from CloudFront's published range 130.176.0.0/17: the client address for all origins."""
_OWN = frozenset({"cookie", "accept-encoding", "host", "via", "x-forwarded-for", "x-amz-cf-id", "connection", "expect"})
_WITH_A_BODY = frozenset({"content-type", "content-length", "content-encoding"})


def origin_request(request: Request, behaviour: Behaviour, origin: Origin, request_id: str) -> Request:
    """Make the request for the origin.

    Args:
        request: The viewer's request, after changes by the viewer-request function.
        behaviour: The cache behavior that matches it.
        origin: The origin.
        request_id: Value of ``X-Amz-Cf-Id``.
    """
    policy = behaviour.origin_request_policy or OriginRequestPolicy()
    cached = behaviour.cache_policy
    kept = [
        (name, value)
        for name, value in request.headers
        if name.lower() not in _OWN
        and (cached.headers.has(name.lower()) or policy.headers.has(name.lower()) or name.lower() in _WITH_A_BODY)
    ]
    forwards_host = cached.headers.has("host") or policy.headers.has("host")
    host = request.host if forwards_host else origin.domain_name
    headers: HeaderList = (("host", host), *kept, *_own_headers(request, behaviour, request_id))
    cookies = [
        f"{name}={value}"
        for name, value in cookie_pairs(request)
        if cached.cookies.has(name) or policy.cookies.has(name)
    ]
    if cookies:
        headers = (*headers, ("cookie", "; ".join(cookies)))
    custom = {name.lower() for name, _ in origin.custom_headers}
    sent = Request(
        method=request.method,
        host=host,
        path=f"{origin.path}{request.path}",
        query=_query(request, behaviour),
        headers=tuple((name, value) for name, value in headers if name.lower() not in custom),
        body=request.body,
        client_address=EDGE_ADDRESS,
        scheme=request.scheme,
    )
    return replace(sent, headers=(*sent.headers, *origin.custom_headers))


def _own_headers(request: Request, behaviour: Behaviour, request_id: str) -> HeaderList:
    before = request.header("x-forwarded-for")
    forwarded_for = f"{before}, {request.client_address}" if before else request.client_address
    policy = behaviour.origin_request_policy or OriginRequestPolicy()
    names_agent = behaviour.cache_policy.headers.has("user-agent") or policy.headers.has("user-agent")
    return (
        ("x-forwarded-for", forwarded_for),
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-amz-cf-id", request_id),
        *(() if names_agent else (("user-agent", "Amazon CloudFront"),)),
        *((("accept-encoding", "gzip"),) if behaviour.cache_policy.gzip and accepts_gzip(request) else ()),
    )


def _query(request: Request, behaviour: Behaviour) -> str:
    policy = behaviour.origin_request_policy or OriginRequestPolicy()
    return "&".join(
        part
        for part in request.query.split("&")
        if part
        and (behaviour.cache_policy.query.has(part.partition("=")[0]) or policy.query.has(part.partition("=")[0]))
    )
