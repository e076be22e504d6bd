"""A server for HTTP, with or without TLS, on a port of the loopback interface. It runs in the current event loop."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from http import HTTPStatus
from typing import Any

import psutil
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from toolchain.datapath.children import first_process
from toolchain.datapath.edge.messages import HOP_BY_HOP, Request, Response
from toolchain.offline import peers

ADDRESS = "127.0.0.1"
BODY_LIMIT_BYTES = 20 * 1024 * 1024
KEEP_ALIVE_SECONDS = 60
MOST_CONNECTIONS = 1_000
"""Connections at the same time. A further one is closed at once, because to find the user of each takes time."""
CLOSE_SECONDS = 1
"""Time for unfinished requests when the listener closes."""
HEAD_LIMIT_BYTES = 64 * 1024
"""Maximum size of a request's target and headers: more than any AWS service accepts."""
PORTS_TRIED = 200

Answer = Callable[[Request], Awaitable[Response]]
_Message = MutableMapping[str, Any]
_REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"the local stack serves the user who started it only\n"
)


class _Protocol(HttpToolsProtocol):
    """An HTTP protocol that refuses connections of other users or beyond a limit, and heads that are too large."""

    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        if len(self.connections) >= MOST_CONNECTIONS:
            transport.set_protocol(asyncio.Protocol())
            transport.abort()
            return
        if is_refused(transport.get_extra_info("peername")[1]):
            transport.write(_REFUSAL)
            transport.close()
            # Ignore bytes that still arrive.
            transport.set_protocol(asyncio.Protocol())
            return
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_LIMIT_BYTES:
            raise ValueError(f"the head of a request has more than {HEAD_LIMIT_BYTES} bytes")


def is_refused(port: int) -> bool:
    """Check whether a client belongs to another user, and so must be refused.

    The users of the data path's own programs are allowed, because a task may run as the user of its image.

    Args:
        port: The client's port on the loopback interface.
    """
    return peers.is_refused(port) and peers.users_of(port).isdisjoint(_users_of_own_programs())


def _users_of_own_programs() -> set[int]:
    users: set[int] = set()
    for program in first_process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            users.add(program.uids().effective)
    return users


class _Server(uvicorn.Server):
    """A Uvicorn server that does not handle signals: the process itself handles them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Listener:
    """Serves HTTP requests on one port.

    Args:
        answer: Function that answers a request. If it raises, the response is 500, and the error is logged.
        say: Function that writes a line into the log.
        body_limit: Maximum size of a request's body in bytes; a larger body gets status 413.
        tls: TLS context; None for plain HTTP.
    """

    def __init__(
        self,
        answer: Answer,
        say: Callable[[str], None],
        body_limit: int = BODY_LIMIT_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._say = say
        self._limit = body_limit
        self._tls = tls
        self._told = ""
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int | None:
        """The port; None while it does not listen."""
        return self._socket.getsockname()[1] if self._socket and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether it accepts requests."""
        return self._task is not None and not self._task.done()

    async def open(self, first_port: int) -> int:
        """Listen on the first free port from `first_port` upwards.

        Args:
            first_port: First port to try; 0 for any free port.

        Returns:
            The port.

        Raises:
            OSError: None of the `PORTS_TRIED` ports is free.
        """
        self._socket = _bound(first_port)
        # Uvicorn would log a line for each start, and for each malformed request.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        tls = self._tls
        config = uvicorn.Config(
            self._application,
            http=_Protocol,
            interface="asgi3",
            proxy_headers=False,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)
        if self._task.done():
            await self._task
        return self._socket.getsockname()[1]

    async def close(self) -> None:
        """Stop listening; unfinished requests get `CLOSE_SECONDS`."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)
        self._server, self._task, self._socket = None, None, None

    def _tell(self, line: str) -> None:
        """Write a line into the log, unless it is the same as the last line."""
        if line != self._told:
            self._say(line)
        self._told = line

    async def _application(
        self, scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
    ) -> None:
        if not _names_one_host(scope):
            wrong = Response(400, (("Content-Type", "text/plain"),), b"a request names its host once\n")
            await _send(wrong, send, closing=True)
            return
        body = await _body(receive, self._limit)
        if body is None:
            too_large = Response(413, (("Content-Type", "text/plain"),), b"body too large\n")
            await _send(too_large, send, closing=True)
            return
        try:
            response = await self._answer(_request(scope, body))
        except Exception as error:  # noqa: BLE001 - one request's failure must not end the listener
            self._tell(
                f"edge: {scope['method']} {scope['path']}: {type(error).__name__}: {' '.join(str(error).split())}"
            )
            response = Response(500, (("Content-Type", "text/plain"),), b"the local stack failed; see its log\n")
        await _send(response, send)


def _bound(first_port: int) -> socket.socket:
    problem: OSError | None = None
    for port in range(first_port, first_port + PORTS_TRIED) if first_port else (0,):
        # Name the protocol: otherwise asyncio does not turn Nagle's algorithm off, and each response takes 40 ms.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            problem = error
        else:
            return listening
    raise OSError(f"no port is free from {first_port} to {first_port + PORTS_TRIED - 1}") from problem


def _names_one_host(scope: _Message) -> bool:
    """Check for exactly one ``Host`` header, as HTTP/1.1 requires (RFC 9112, section 3.2); HTTP/1.0 needs none."""
    hosts = sum(name == b"host" for name, _ in scope["headers"])
    return hosts == 1 or (hosts == 0 and scope["http_version"] == "1.0")


def _request(scope: _Message, body: bytes) -> Request:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    host = next((value for name, value in headers if name == "host"), "")
    return Request(
        method=scope["method"],
        host=host,
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        client_address=scope["client"][0] if scope.get("client") else ADDRESS,
    )


async def _body(receive: Callable[[], Awaitable[_Message]], limit: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(response: Response, send: Callable[[_Message], Awaitable[None]], *, closing: bool = False) -> None:
    headers = [(_encoded(name), _encoded(value)) for name, value in response.headers if name.lower() not in HOP_BY_HOP]
    has_body = response.status >= HTTPStatus.OK and response.status not in {
        HTTPStatus.NO_CONTENT,
        HTTPStatus.NOT_MODIFIED,
    }
    if has_body and response.header("content-length") is None:
        headers.append((b"content-length", str(len(response.body)).encode()))
    if closing:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body if has_body else b""})


def _encoded(text: str) -> bytes:
    # A line break in a value would start another header.
    return text.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")
