"""Processes a request through a distribution: limits, web ACL, functions, cache, error pages, headers."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl

from toolchain.datapath.edge.cloudfront.errors import error, without_signature
from toolchain.datapath.edge.cloudfront.events import (
    VIEWER_REQUEST,
    VIEWER_RESPONSE,
    changed_request,
    changed_response,
    event,
)
from toolchain.datapath.edge.cloudfront.functions import FunctionError, run
from toolchain.datapath.edge.cloudfront.model import Behaviour, Distribution
from toolchain.datapath.edge.cloudfront.objects import ERROR, Asked, Objects, marked
from toolchain.datapath.edge.cloudfront.origins import OriginError
from toolchain.datapath.edge.cloudfront.representation import for_viewer
from toolchain.datapath.edge.cloudfront.response_headers import server_timing, with_policy
from toolchain.datapath.edge.messages import Request, Response

HEAD_LIMIT_BYTES = 20_480
URL_LIMIT_BYTES = 8_192
"""Amazon CloudFront Developer Guide, "General quotas"."""
_VIA = "1.1 local.cloudfront.net (CloudFront)"
_WRONG_METHOD = "This distribution is not configured to allow the HTTP request method that was used for this request."


class Verdict(Protocol):
    """The decision of a web ACL about a request."""

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        ...


class Firewall(Protocol):
    """AWS WAF in front of distributions, such as `toolchain.datapath.edge.waf.WebAcls`."""

    def verdict(self, web_acl_arn: str, request: Request) -> Verdict | None:
        """Evaluate a web ACL for a request, and count the request; None if there is no web ACL with this ARN.

        Args:
            web_acl_arn: ARN of the web ACL.
            request: The viewer's request.
        """
        ...


class Serving:
    """Answers requests for distributions.

    Args:
        objects: Gets objects from the cache or the origins.
        functions: Name of a function -> its LIVE code.
        firewall: Evaluates web ACLs; None to ignore them.
    """

    def __init__(self, objects: Objects, functions: Mapping[str, str], firewall: Firewall | None = None) -> None:
        self._objects = objects
        self._functions = functions
        self._firewall = firewall

    async def answer(self, distribution: Distribution, request: Request) -> Response:
        """Answer a request for a distribution."""
        behaviour = distribution.behaviour_for(request.path)
        asked = Asked(distribution, behaviour, request, secrets.token_urlsafe(40))
        try:
            response = self._refused(asked) or await self._answer(asked)
        except OriginError as failure:
            response = error(failure.status, str(failure), asked.request_id)
        added = (("Via", _VIA), ("X-Amz-Cf-Pop", "LOCAL1-C1"), ("X-Amz-Cf-Id", asked.request_id))
        return response.with_headers(*added, without=("via",))

    def _refused(self, asked: Asked) -> Response | None:
        request, behaviour = asked.request, asked.behaviour
        target = len(request.path) + len(request.query)
        if target > URL_LIMIT_BYTES or target + _head_size(request) > HEAD_LIMIT_BYTES:
            return error(413, "The request is too large.", asked.request_id)
        if self._firewall is not None and asked.distribution.web_acl:
            verdict = self._firewall.verdict(asked.distribution.web_acl, request)
            if verdict is not None and not verdict.allowed:
                return error(403, "Request blocked.", asked.request_id)
        if request.scheme != "https" and behaviour.viewer_protocol != "allow-all":
            return _without_tls(behaviour, request, asked.request_id)
        if request.method not in behaviour.allowed_methods:
            return error(403, _WRONG_METHOD, asked.request_id)
        return without_signature(is_signed=_is_signed(request)) if behaviour.needs_signature else None

    async def _answer(self, asked: Asked) -> Response:
        changed = self._after_request_function(asked)
        if isinstance(changed, Response):
            # AWS does not document that response headers policies apply to a function's response: not applied here.
            return for_viewer(changed, Request(asked.request.method, asked.request.host, asked.request.path))
        root_object = asked.distribution.root_object
        request = replace(changed, path=f"/{root_object}") if changed.path == "/" and root_object else changed
        wanted = replace(asked, request=request)
        response = await self._with_error_page(await self._objects.get(wanted), wanted)
        policy = asked.behaviour.headers_policy
        # Policies are applied before the function, which sees their headers ("How do response headers policies fit into
        # the CloudFront workflow?", AWS Networking & Content Delivery Blog).
        response = self._after_response_function(with_policy(response, policy, asked.request), wanted)
        return for_viewer(response.with_headers(*server_timing(policy, response.details["cache"])), asked.request)

    def _after_request_function(self, asked: Asked) -> Request | Response:
        name = asked.behaviour.functions.get(VIEWER_REQUEST)
        if name is None:
            return asked.request
        try:
            returned = run(self._code(name), event(VIEWER_REQUEST, asked.distribution, asked.request, asked.request_id))
            if "statusCode" not in returned:
                return changed_request(asked.request, returned)
            made = changed_response(returned)
        except (FunctionError, ValueError) as failure:
            return _function_failed(name, failure, asked.request_id)
        cache = "FunctionGeneratedResponse from cloudfront"
        return replace(made.with_headers(("Server", "CloudFront"), ("X-Cache", cache)), details={"cache": cache})

    def _after_response_function(self, response: Response, asked: Asked) -> Response:
        name = asked.behaviour.functions.get(VIEWER_RESPONSE)
        # It does not run for errors (Developer Guide, "Restrictions on edge functions", "HTTP status codes").
        if name is None or response.status >= HTTPStatus.BAD_REQUEST:
            return response
        try:
            returned = run(
                self._code(name),
                event(VIEWER_RESPONSE, asked.distribution, asked.request, asked.request_id, response),
            )
            changed = changed_response(returned, response)
        except (FunctionError, ValueError) as failure:
            return _function_failed(name, failure, asked.request_id)
        return replace(changed, details=response.details)

    def _code(self, name: str) -> str:
        if name not in self._functions:
            raise FunctionError("it is not published")
        return self._functions[name]

    async def _with_error_page(self, response: Response, asked: Asked) -> Response:
        custom = asked.distribution.error_responses.get(response.status)
        if custom is None or custom.page is None:
            return response
        request = replace(asked.request, method="GET", path=custom.page, query="", body=b"")
        behaviour = asked.distribution.behaviour_for(custom.page)
        if behaviour.needs_signature:
            return response
        page = await self._objects.get(replace(asked, behaviour=behaviour, request=request))
        if page.status != HTTPStatus.OK:
            return response
        return marked(replace(page, status=custom.status or response.status), ERROR)


def _is_signed(request: Request) -> bool:
    names = {name for name, _ in parse_qsl(request.query)}
    return "Key-Pair-Id" in names or "CloudFront-Key-Pair-Id=" in (request.header("cookie") or "")


def _head_size(request: Request) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers)


def _without_tls(behaviour: Behaviour, request: Request, request_id: str) -> Response:
    if behaviour.viewer_protocol == "https-only":
        return error(403, "Bad request. This distribution takes HTTPS only.", request_id)
    cache = "Redirect from cloudfront"
    target = f"https://{request.host}{request.path}" + (f"?{request.query}" if request.query else "")
    status = 301 if request.method in {"GET", "HEAD"} else 307
    return Response(status, (("Location", target), ("Server", "CloudFront"), ("X-Cache", cache)), b"", {"cache": cache})


def _function_failed(name: str, failure: Exception, request_id: str) -> Response:
    if isinstance(failure, FunctionError):
        reason = f"The CloudFront function {name} could not run: {failure}"
        return error(503, reason, request_id, "FunctionExecutionError from cloudfront")
    reason = f"The CloudFront function {name} returned an invalid value: {failure}"
    return error(502, reason, request_id, "FunctionValidationError from cloudfront")
