"""Listening sockets of the data path."""

import asyncio
import socket

from toolchain.datapath.listening import listening


def test_responses_in_parts_are_not_delayed() -> None:
    delays: list[bool] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted: socket.socket = writer.get_extra_info("socket")
        delays.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0)
        writer.close()

    async def connect() -> None:
        one = listening(0, 1)
        async with await asyncio.start_server(serve, sock=one):
            reader, writer = await asyncio.open_connection(*one.getsockname())
            assert await reader.read() == b""
            writer.close()

    asyncio.run(connect())
    assert delays == [False]
