"""The limit of a backend's answer, in the forwarder and in an API."""

import asyncio

import pytest

from toolchain.datapath.edge import forwarding
from toolchain.datapath.edge.api_gateway import backends
from toolchain.datapath.edge.api_gateway.backends import Backends
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.integrations import Answer, Outgoing
from toolchain.datapath.edge.forwarding import AnswerTooLargeError, Forwarder
from toolchain.datapath.edge.listener import Listener
from toolchain.datapath.edge.messages import Request, Response

LIMIT = 10


async def _answered(size: int) -> tuple[Response, Answer]:
    """Return what the forwarder and an API get from a backend with an answer of this size in bytes."""

    async def answer(_request: Request) -> Response:
        return Response(200, (("X-A", "1"), ("X-A", "2")), bytes(size))

    backend, forwarder, of_apis = Listener(answer, print), Forwarder(), Backends()
    try:
        port = await backend.open(0)
        outgoing = Outgoing("GET", "http", "h", 80, "/", (("Host", "h"),), b"", 5)
        answered = await of_apis.call(outgoing, port, streams=False)
        forwarded = await forwarder.send(f"http://127.0.0.1:{port}", Request("GET", "h", "/"))
    finally:
        await asyncio.gather(forwarder.close(), of_apis.close(), backend.close())
    return forwarded, answered


def test_an_answer_comes_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_BYTES", LIMIT)
    monkeypatch.setattr(backends, "MAXIMUM_BYTES", LIMIT)
    for answer in asyncio.run(_answered(LIMIT)):
        assert answer.body == bytes(LIMIT)
        assert [value for name, value in answer.headers if name.lower() == "x-a"] == ["1", "2"]


def test_a_larger_answer_is_refused_by_the_forwarder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_BYTES", LIMIT)
    with pytest.raises(AnswerTooLargeError, match="more than 10 bytes"):
        asyncio.run(_answered(LIMIT + 1))


def test_a_larger_answer_is_an_error_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "MAXIMUM_BYTES", LIMIT)
    with pytest.raises(GatewayError) as refused:
        asyncio.run(_answered(LIMIT + 1))
    assert refused.value.kind == "API_CONFIGURATION_ERROR"
    assert "more than 10 bytes" in refused.value.details
