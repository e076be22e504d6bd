import asyncio
import contextlib
import socket

import httpx
import pytest

from toolchain.datapath.edge import listener as module
from toolchain.datapath.edge.listener import Listener
from toolchain.datapath.edge.messages import Request, Response
from toolchain.offline import peers


async def _asked(answer, count: int = 1, said: list[str] | None = None) -> list[httpx.Response]:
    listener = Listener(answer, (said if said is not None else []).append)
    port = await listener.open(0)
    try:
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client:
            return [await client.send(client.build_request("GET", "/")) for _ in range(count)]
    finally:
        await listener.close()
        assert listener.port is None


async def fine(request: Request) -> Response:
    return Response(200, (("X-A", "b\r\nX-B: c"), ("Connection", "close")), request.path.encode())


def test_a_failure_is_said_and_answered() -> None:
    async def failing(_request: Request) -> Response:
        raise RuntimeError("no\nway")

    said: list[str] = []
    answers = asyncio.run(_asked(failing, count=3, said=said))
    assert [answer.status_code for answer in answers] == [500, 500, 500]
    assert said == ["edge: GET /: RuntimeError: no way"]


def test_a_value_cannot_begin_another_header() -> None:
    (answer,) = asyncio.run(_asked(fine))
    assert "x-b" not in answer.headers
    assert answer.headers["x-a"] == "b  X-B: c"


def test_other_users_are_refused_but_for_those_of_own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_owners", lambda _port: iter([54_321]))
    (answer,) = asyncio.run(_asked(fine))
    assert (answer.status_code, "serves the user who started it" in answer.text) == (403, True)
    monkeypatch.setattr(module, "_users_of_own_programs", lambda: {54_321})
    (answer,) = asyncio.run(_asked(fine))
    assert answer.status_code == 200


def test_too_many_connections_are_closed_and_the_next_one_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 2)
    asked = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    async def crowd() -> None:
        listener = Listener(fine, lambda _line: None)
        port = await listener.open(0)
        try:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            for reader, writer in held:
                writer.write(asked)
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            for reader, writer in held:
                writer.close()
                await reader.read()
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
        finally:
            await listener.close()

    asyncio.run(crowd())


def test_answers_are_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[int] = []
    made = module._Protocol.connection_made

    def watching(self: module._Protocol, transport: asyncio.Transport) -> None:
        delays.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)

    monkeypatch.setattr(module._Protocol, "connection_made", watching)
    asyncio.run(_asked(fine))
    assert delays == [1]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.localhost\r\nHost: b.localhost\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.localhost\r\nhost: a.localhost\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a.localhost\r\n", 200),
        (b"GET / HTTP/1.0\r\n", 200),
    ],
)
def test_a_request_names_one_host(head: bytes, status: int) -> None:
    async def play() -> bytes:
        listener = Listener(fine, print)
        port = await listener.open(0)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head + b"Connection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer
        finally:
            await listener.close()

    assert int(asyncio.run(play()).split()[1]) == status
