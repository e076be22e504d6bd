"""A listener in front of a store accepts TLS, plain connections, or both, by its configuration."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from toolchain.datapath.stores.certificates import Certificates
from toolchain.datapath.stores.front import Encryption, Front, Way


@asynccontextmanager
async def echoing(folder: Path, encryption: Encryption) -> AsyncGenerator[Front]:
    """Yield a listener in front of an echo server."""
    certificates = Certificates(folder)
    certificates.ensure()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        front = Front(Way(encryption), certificates.server_context(), lambda: port)
        front.open()
        yield front
        await front.close()


async def echoed(folder: Path, port: int, data: bytes, *, encrypted: bool) -> bytes:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem")) if encrypted else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.readexactly(len(data)), 30)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("encryption", "encrypted", "is_taken"),
    [
        (Encryption.NONE, False, True),
        (Encryption.PREFERRED, False, True),
        (Encryption.PREFERRED, True, True),
        (Encryption.REQUIRED, True, True),
        (Encryption.REQUIRED, False, False),
    ],
)
def test_a_connection_is_taken_as_the_cache_says(
    tmp_path: Path, encryption: Encryption, *, encrypted: bool, is_taken: bool
) -> None:
    data = bytes(range(32, 127)) * 20_000  # more than all buffers on the way

    async def send() -> None:
        async with echoing(tmp_path, encryption) as front:
            if is_taken:
                assert await echoed(tmp_path, front.port, data, encrypted=encrypted) == data
            else:
                with pytest.raises((OSError, asyncio.IncompleteReadError)):
                    await echoed(tmp_path, front.port, b"PING", encrypted=encrypted)

    asyncio.run(send())


def test_a_store_that_is_away_closes_connections_and_the_port_stays(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificates.ensure()

    async def ask() -> None:
        front = Front(Way(Encryption.NONE), certificates.server_context(), lambda: None)
        port = front.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()
        await front.close()
        again = Front(Way(Encryption.NONE), certificates.server_context(), lambda: None)
        assert again.open(port) == port
        await again.close()

    asyncio.run(ask())
