"""A listener in front of PostgreSQL or Redis, which forwards connections to the server.

It handles TLS, which the builds of PostgreSQL and Redis here do not support, and keeps its port when the server
restarts.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from toolchain.datapath.listening import ADDRESS, listening
from toolchain.datapath.stores import postgres_wire as wire

BACKLOG: Final = 512
MOST_CONNECTIONS: Final = 2000
"""Maximum number of concurrent connections; further connections are closed."""
GREETING_SECONDS: Final = 10.0
"""Timeout for a client's first bytes and its TLS handshake."""
PEEK_SECONDS: Final = 0.005
CHUNK_BYTES: Final = 65536
TLS_HANDSHAKE: Final = b"\x16"
"""First byte of a TLS connection (RFC 8446, 5.1)."""


class Encryption(StrEnum):
    """Whether a listener accepts TLS: no TLS, TLS or plain text, only TLS."""

    NONE = "none"
    PREFERRED = "preferred"
    REQUIRED = "required"


@dataclass(frozen=True)
class Way:
    """The settings of a listener: how it accepts clients."""

    encryption: Encryption
    speaks_postgres: bool = False
    """Whether the server is PostgreSQL, so that TLS begins after PostgreSQL's own request for it."""
    reads_only: bool = False
    """Whether sessions of PostgreSQL begin read-only, as a replica's sessions do."""


class Front:
    """A listener on its own port.

    Args:
        way: Settings of the listener; a changed attribute applies to new connections.
        context: TLS context.
        behind: Function that returns the server's port on 127.0.0.1; None while the server does not run: then
            connections are closed.
    """

    def __init__(self, way: Way, context: ssl.SSLContext, behind: Callable[[], int | None]) -> None:
        self.way = way
        self.port = 0
        """Port on which it listens; 0 before `open`."""
        self._context = context
        self._behind = behind
        self._listener: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, preferred_port: int = 0) -> int:
        """Start listening, in the running event loop.

        Args:
            preferred_port: Port to use if it is free; 0 for any port.

        Returns:
            Port on which it listens.
        """
        listener = listening(preferred_port, BACKLOG)
        listener.settimeout(0)
        self._listener, self.port = listener, listener.getsockname()[1]
        self._begin(self._accept(listener))
        return self.port

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError:  # the client has already disconnected, or this process has no file descriptor left
                await asyncio.sleep(PEEK_SECONDS)
                continue
            if len(self._tasks) > MOST_CONNECTIONS:
                client.close()
                continue
            client.settimeout(0)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._begin(self._serve(client))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: socket.socket) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                encrypted = await self._is_encrypted(client)
                reader, writer = await _stream(client, self._context if encrypted else None)
                message = await self._greeting(reader, writer, encrypted=encrypted)
            port = self._behind()
            if message is not None and port is not None:
                await _pass_on(reader, writer, port, message)
        except (OSError, ValueError, EOFError, TimeoutError):
            return  # an error of the client or the server; the closed connection shows it to both
        finally:
            if writer is None:
                client.close()
            else:
                writer.close()

    async def _is_encrypted(self, client: socket.socket) -> bool:
        """Check whether TLS must begin now, and answer PostgreSQL's requests that come before TLS."""
        if not self.way.speaks_postgres:
            if self.way.encryption is not Encryption.PREFERRED:
                return self.way.encryption is Encryption.REQUIRED
            return await _peek(client, 1) == TLS_HANDSHAKE
        loop = asyncio.get_running_loop()
        while True:
            head = await _peek(client, wire.FIRST_BYTES)
            if head[:1] == TLS_HANDSHAKE:  # sslnegotiation=direct
                return self.way.encryption is not Encryption.NONE
            code = wire.first(head).code
            if code not in {wire.SSL_CODE, wire.GSS_CODE}:
                return False
            await loop.sock_recv(client, wire.FIRST_BYTES)
            accepts = code == wire.SSL_CODE and self.way.encryption is not Encryption.NONE
            await loop.sock_sendall(client, b"S" if accepts else b"N")
            if accepts:
                return True

    async def _greeting(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, encrypted: bool
    ) -> bytes | None:
        """Read the client's first message, and return it for the server; None if the client was refused."""
        if not self.way.speaks_postgres:
            return b""
        head = await reader.readexactly(wire.FIRST_BYTES)
        found = wire.first(head)
        message = head + await reader.readexactly(found.length - wire.FIRST_BYTES)
        if not found.is_startup:
            return message  # the request to cancel a statement, which libpq sends without TLS
        if not encrypted and self.way.encryption is Encryption.REQUIRED:
            writer.write(wire.unencrypted_is_refused(message))
            await writer.drain()
            return None
        return wire.read_only(message) if self.way.reads_only else message


async def _peek(client: socket.socket, count: int) -> bytes:
    """Return the first bytes of a connection without consuming them; fewer bytes if it begins with a TLS handshake.

    Raises:
        EOFError: The client closed the connection before it sent them.
    """
    while True:
        with suppress(BlockingIOError):
            head = client.recv(count, socket.MSG_PEEK)
            if len(head) == count:
                return head
            if not head:
                raise EOFError
            if head[:1] == TLS_HANDSHAKE:
                return head
        await asyncio.sleep(PEEK_SECONDS)


async def _stream(
    client: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(CHUNK_BYTES, loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, message: bytes) -> None:
    behind_reader, behind_writer = await asyncio.open_connection(ADDRESS, port)
    try:
        behind_writer.write(message)
        ways = [
            asyncio.ensure_future(_pipe(reader, behind_writer)),
            asyncio.ensure_future(_pipe(behind_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        behind_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
