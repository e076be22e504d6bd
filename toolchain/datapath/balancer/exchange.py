"""Passes one HTTP request to a target, and the response to the client, in parts: no body is held as a whole."""

import asyncio
from typing import Final

import h11

from toolchain.datapath.balancer.configuration import Server
from toolchain.datapath.balancer.forwarder import CHUNK_BYTES, Streams, connected, join
from toolchain.datapath.balancer.http_fields import HEAD_BYTES, to_client

SWITCHING: Final = 101


class UnansweredError(Exception):
    """A request that cannot be passed on, or gets no response.

    Args:
        status: HTTP status for the client, if it has no response yet.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Peer:
    """One side of the load balancer: a connection, and h11's view of it.

    Args:
        role: `h11.SERVER` for the connection of a client, `h11.CLIENT` for the connection to a target.
        streams: The connection.
    """

    def __init__(self, role: type[h11.SERVER | h11.CLIENT], streams: Streams) -> None:
        self.streams = streams
        self.http = h11.Connection(role, HEAD_BYTES)
        self.method = b""
        """Method of the last request that was received."""

    async def receive(self) -> h11.Event:
        """Wait for the next event.

        Raises:
            OSError: The connection fails.
            h11.RemoteProtocolError: The other side violates HTTP, or closes the connection within a message.
        """
        while not isinstance(event := self.http.next_event(), h11.Event):
            if event is h11.PAUSED:
                raise h11.RemoteProtocolError("more than one message")
            self.http.receive_data(await self.streams[0].read(CHUNK_BYTES))
        if isinstance(event, h11.Request):
            self.method = event.method
        return event

    async def send(self, event: h11.Event) -> None:
        """Send an event; wait while the other side takes nothing.

        Raises:
            OSError: The connection fails.
            h11.LocalProtocolError: The event is not due now, or the body is not as long as its header says.
        """
        self.streams[1].write(self.http.send(event) or b"")
        await self.streams[1].drain()


class Exchange:
    """A request and its response.

    Args:
        client: The client, whose request's head has been received.
        idle_seconds: Longest time without a part of the request or the response.
    """

    def __init__(self, client: Peer, idle_seconds: float) -> None:
        self._client = client
        self._idle_seconds = idle_seconds

    async def run(self, server: Server, request: h11.Request) -> None:
        """Pass the request to a target, and the target's response to the client.

        Args:
            server: The target.
            request: The request's head for the target.

        Raises:
            UnansweredError: There is no response, or not a whole one.
        """
        try:
            streams = await connected(server)
        except TimeoutError as error:
            raise UnansweredError(504) from error
        except OSError as error:
            raise UnansweredError(502) from error
        target = Peer(h11.CLIENT, streams)
        try:
            async with asyncio.timeout(self._idle_seconds) as idle:
                is_switched = await self._pass(target, request, idle)
            if is_switched:
                await self._join(target)
        except TimeoutError as error:
            raise UnansweredError(408 if self._client.http.their_state is h11.SEND_BODY else 504) from error
        except (OSError, h11.ProtocolError) as error:
            raise UnansweredError(502) from error
        finally:
            streams[1].close()

    async def _pass(self, target: Peer, request: h11.Request, idle: asyncio.Timeout) -> bool:
        """Pass request and response at the same time; return whether both sides have switched to another protocol."""
        await target.send(request)
        upload = asyncio.create_task(self._upload(target, idle))
        download = asyncio.create_task(self._download(target, upload, idle))
        try:
            await asyncio.wait({upload, download}, return_when=asyncio.FIRST_COMPLETED)
            if not download.done():
                await upload
            return await download
        finally:
            upload.cancel()
            download.cancel()
            await asyncio.gather(upload, download, return_exceptions=True)

    async def _upload(self, target: Peer, idle: asyncio.Timeout) -> None:
        while True:
            try:
                event = await self._client.receive()
            except h11.RemoteProtocolError as error:
                raise UnansweredError(400) from error
            self._go_on(idle)
            try:
                if isinstance(event, h11.Data):
                    await target.send(h11.Data(data=event.data))
                else:
                    await target.send(h11.EndOfMessage())  # without trailers
                    return
            except OSError:
                return  # the target may have sent a response before it closed the connection

    async def _download(self, target: Peer, upload: asyncio.Task[None], idle: asyncio.Timeout) -> bool:
        while True:
            event = await target.receive()
            self._go_on(idle)
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == SWITCHING:
                    await upload
                if self._client.http.their_http_version != b"1.0":
                    headers = to_client(event)
                    await self._client.send(
                        h11.InformationalResponse(status_code=event.status_code, headers=headers, reason=event.reason)
                    )
                if event.status_code == SWITCHING:
                    return True
            elif isinstance(event, h11.Response):
                headers = to_client(event)
                await self._client.send(
                    h11.Response(status_code=event.status_code, headers=headers, reason=event.reason)
                )
            elif isinstance(event, h11.Data):
                await self._client.send(h11.Data(data=event.data))
            elif isinstance(event, h11.EndOfMessage):
                await self._client.send(h11.EndOfMessage())  # without trailers
                return False
            else:
                raise UnansweredError(502)

    async def _join(self, target: Peer) -> None:
        """Pass bytes of another protocol, first those that h11 has read."""
        for reader, writer in ((self._client, target), (target, self._client)):
            writer.streams[1].write(reader.http.trailing_data[0])
        await join(self._client.streams, target.streams, self._idle_seconds)

    def _go_on(self, idle: asyncio.Timeout) -> None:
        idle.reschedule(asyncio.get_running_loop().time() + self._idle_seconds)
