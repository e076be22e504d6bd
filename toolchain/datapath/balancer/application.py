"""Runs an Application Load Balancer in this process, on a machine without HAProxy.

It speaks HTTP/1.1 with h11, and opens a new connection to a target for each request. What a client sends is parsed and
written anew, so that the target sees no other end of a request than the load balancer does.
"""

import asyncio
import re
from contextlib import suppress
from email.utils import formatdate
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Final

import h11

from toolchain.datapath.balancer.exchange import Exchange, Peer, UnansweredError
from toolchain.datapath.balancer.forwarder import CHUNK_BYTES, Forwarder, Streams
from toolchain.datapath.balancer.http_fields import first, origin_form, refusal, to_target
from toolchain.datapath.balancer.plan import Action, Listener, Rule

LINGER_SECONDS: Final = 2.0
"""Time in which a client can read the last response before its connection is reset because of unread input."""


class ApplicationForwarder(Forwarder):
    """Answers requests as the rules of the listener say."""

    async def _serve(self, port: int, client: Streams) -> None:
        peer = Peer(h11.SERVER, client)
        try:
            while await self._answered(peer, port):
                peer.http.start_next_cycle()
        finally:
            if peer.http.our_state in {h11.SEND_BODY, h11.ERROR}:
                client[1].transport.abort()  # so that a response without a length does not look whole
        if not client[1].is_closing():
            await _linger(client)

    async def _answered(self, client: Peer, port: int) -> bool:
        """Answer the next request of a connection; return whether another request may follow.

        Raises:
            OSError: The client's connection fails.
        """
        try:
            request = await _head(client, self._idle_seconds)
            if request is None:
                return False
            await self._act(client, request, port)
        except UnansweredError as failed:
            if client.http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
                return False
            await _send(client, failed.status, _page(failed.status), "text/html", closes=failed.status < 500)  # noqa: PLR2004
        return client.http.our_state is h11.DONE and _has_whole_request(client)

    async def _act(self, client: Peer, request: h11.Request, port: int) -> None:
        """Run the action of the first rule that matches.

        Raises:
            UnansweredError: The request cannot be passed on, or gets no response.
        """
        status, target = refusal(request), origin_form(request)
        if status is not None or target is None:
            raise UnansweredError(status or 400)
        path, _, query = target.decode("ascii").partition("?")
        host = first(request.headers, b"host").decode("latin-1").split(":")[0]
        rule = rule_for(self._listeners.get(port), path, host)
        if rule is None:
            raise UnansweredError(503)
        action = rule.action
        if action.kind == "redirect":
            location = redirected(action, host, port, path, query)
            await _send(client, action.status, "", "", location=location)
        elif action.kind == "fixed-response":
            await _send(client, action.status, action.text, action.content_type)
        else:
            address = client.streams[1].get_extra_info("peername")[0]
            drops_invalid = self._drops_invalid_headers
            headers = to_target(request, address, port, self._dns_name, drops_invalid=drops_invalid)
            passed = h11.Request(method=request.method, target=target, headers=headers)
            await self._forward(Exchange(client, self._idle_seconds), action.target_group, passed)

    async def _forward(self, exchange: Exchange, group: str, request: h11.Request) -> None:
        server = self._choose(group)
        if server is None:
            raise UnansweredError(503)
        # A task, so that the end of a target's deregistration ends the request and not the client's connection.
        task = asyncio.create_task(exchange.run(server, request))
        self._connections[task] = (group, server.name)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._connections.pop(task)
        if task.cancelled():
            raise UnansweredError(502)
        task.result()


def rule_for(listener: Listener | None, path: str, host: str) -> Rule | None:
    """Return the first rule of a listener that matches a request; None if none does.

    Args:
        listener: The listener; None if it no longer exists.
        path: The request's path, as it was sent.
        host: The request's host, without its port.
    """
    values = {"path-pattern": path, "host-header": host.lower()}
    for rule in listener.rules if listener else ():
        if all(
            any(_matches(values[field], _lowered(field, pattern)) for pattern in patterns)
            for field, patterns in rule.conditions
        ):
            return rule
    return None


def _matches(value: str, pattern: str) -> bool:
    """Check a value against a pattern with ``*`` and ``?``. For fnmatch a bracket begins a set; for AWS it does not."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _lowered(field: str, pattern: str) -> str:
    return pattern.lower() if field == "host-header" else pattern


def redirected(action: Action, host: str, port: int, path: str, query: str) -> str:
    """Return the location of a redirect.

    Args:
        action: The redirect.
        host: The request's host, without its port.
        port: Port of the listener in AWS.
        path: The request's path, as it was sent.
        query: The request's query, without the question mark.
    """
    values = {"protocol": "http", "host": host, "port": str(port), "path": path.removeprefix("/"), "query": query}
    return re.sub(r"#\{(\w+)\}", lambda found: values.get(found[1], found[0]), action.text)


async def _head(client: Peer, idle_seconds: float) -> h11.Request | None:
    """Wait for the head of the next request; None if the client has closed the connection, or sends nothing.

    Raises:
        UnansweredError: The head is malformed, too large, or not whole after the idle timeout.
        OSError: The connection fails.
    """
    try:
        async with asyncio.timeout(idle_seconds):
            event = await client.receive()
    except TimeoutError as error:
        if client.http.trailing_data[0]:
            raise UnansweredError(408) from error
        return None
    except h11.RemoteProtocolError as error:
        is_unknown_coding = error.error_status_hint == HTTPStatus.NOT_IMPLEMENTED
        raise UnansweredError(501 if is_unknown_coding else 400) from error
    return event if isinstance(event, h11.Request) else None


async def _send(
    client: Peer, status: int, text: str, content_type: str, *, location: str = "", closes: bool = False
) -> None:
    """Send a response of the load balancer itself."""
    closes = closes or not _has_whole_request(client)
    body = text.encode()
    headers = [(b"Server", b"awselb/2.0"), (b"Date", formatdate(usegmt=True).encode())]
    headers += [(b"Content-Length", str(len(body)).encode())] if status != HTTPStatus.NO_CONTENT else []
    headers += [(b"Content-Type", content_type.encode())] if body else []
    headers += [(b"Location", location.encode("latin-1"))] if location else []
    headers += [(b"Connection", b"close")] if closes else []
    await client.send(h11.Response(status_code=status, headers=headers, reason=_reason(status)))
    if client.method != b"HEAD" and status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        await client.send(h11.Data(data=body))
    await client.send(h11.EndOfMessage())


def _has_whole_request(client: Peer) -> bool:
    """Check whether the request has been received as a whole; what is left of its body is dropped."""
    with suppress(h11.RemoteProtocolError):
        while isinstance(event := client.http.next_event(), h11.Data):
            pass
        return isinstance(event, h11.EndOfMessage) or client.http.their_state is h11.DONE
    return False


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _page(status: int) -> str:
    title = f"{status} {_reason(status)}"
    return f"<html>\n<head><title>{title}</title></head>\n<body><center><h1>{title}</h1></center></body>\n</html>\n"


async def _linger(client: Streams) -> None:
    """Say that nothing follows, and drop what the client still sends, so that it can read the last response."""
    client[1].write_eof()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while await client[0].read(CHUNK_BYTES):
                pass
