"""The middleware of every request: client address, request id, time limit, log line, and ``Connection: close``."""

import asyncio
import logging
import time
from typing import Final

from opentelemetry import trace
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import proxy
from service.api import problems
from service.lifecycle import Lifecycle
from service.logs import request_id
from service.settings import Settings

access = logging.getLogger("service.access")
logger = logging.getLogger(__name__)

HEALTH_PATHS: Final = frozenset({"/health", "/health/live", "/health/ready"})
"""Paths that users do not request: they do not count as traffic, and are logged at debug level."""


class RequestMiddleware:
    """The outermost middleware, before tracing. It is plain ASGI, because its cost is added to every request."""

    def __init__(self, app: ASGIApp, settings: Settings, lifecycle: Lifecycle) -> None:
        self._app = app
        self._trust_proxy = settings.trust_proxy
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_health = scope["path"] in HEALTH_PATHS
        identifier = self._believe_the_proxy(scope)
        token = request_id.set(identifier)
        span = trace.get_current_span()
        if span.is_recording():
            span.set_attributes(
                {"request.id": identifier, "client.address": scope["client"][0] if scope.get("client") else ""}
            )
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", identifier.encode("ascii"))]
                if self._lifecycle.draining:
                    # The client then opens its next connection through the load balancer, to a task that keeps running.
                    headers.append((b"connection", b"close"))
                message["headers"] = headers
            await send(message)

        if not is_health:
            self._lifecycle.request_began()
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            if not is_health:
                self._lifecycle.request_ended()
            self._log(scope, status, began, is_health=is_health)
            request_id.reset(token)

    def _believe_the_proxy(self, scope: Scope) -> str:
        """Put the client's address and scheme from the proxy's headers into the scope, and return the request's id."""
        peer = scope.get("client")
        if not self._trust_proxy or peer is None or not proxy.is_private(peer[0]):
            return proxy.request_id_of(None)
        headers = Headers(scope=scope)
        scope["client"] = (proxy.client_address(peer[0], headers.getlist(proxy.FORWARDED_FOR)), 0)
        scope["scheme"] = proxy.client_scheme(headers, scope["scheme"])
        return proxy.request_id_of(headers.get(proxy.REQUEST_ID))

    def _log(self, scope: Scope, status: int, began: float, *, is_health: bool) -> None:
        level = logging.DEBUG if is_health else logging.INFO
        if access.isEnabledFor(level):
            access.log(
                level,
                "request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "milliseconds": round((time.perf_counter() - began) * 1000, 2),
                    "client": scope["client"][0] if scope.get("client") else None,
                    "scheme": scope["scheme"],
                },
            )


class FailureMiddleware:
    """Answers 504 for a request that takes too long, and 500 for one that fails.

    It is inside the CORS middleware, so that pages can read these responses.
    """

    def __init__(self, app: ASGIApp, request_seconds: float) -> None:
        self._app = app
        self._request_seconds = request_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            async with asyncio.timeout(self._request_seconds):
                await self._app(scope, receive, send_and_note)
        except TimeoutError:
            if has_begun:
                raise
            await problems.answer(problems.Problem(504, "The request took too long."))(scope, receive, send)
        except Exception:
            # If the response has begun, uvicorn cuts the connection, so that the client knows that it is incomplete.
            if has_begun:
                raise
            logger.exception("a request failed")
            await problems.answer(problems.failed())(scope, receive, send)
