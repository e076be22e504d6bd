"""The head of a request, as a target gets it: another parser than the load balancer's reads the same request."""

import h11
import httptools
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from toolchain.datapath.balancer.http_fields import refusal, to_client, to_target

NAMES = ["Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE", "Trailer", "X-Forwarded-For"]
VALUES = [
    "4",
    "chunked",
    "close",
    "keep-alive, content-length, host",
    "websocket",
    "upgrade",
    "100-continue",
    "a b",
    "",
]
BODY = b"4\r\nbody\r\n0\r\n\r\n"
lines = st.lists(st.tuples(st.sampled_from([*NAMES, "X_Own", "x-own"]), st.sampled_from(VALUES)), max_size=6)


class Read:
    """What a target's parser calls."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.ends = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ends += 1


@given(st.sampled_from(["GET", "POST", "OPTIONS"]), st.sampled_from(["1.1", "1.0"]), lines, st.booleans())
def test_a_target_reads_the_request_that_the_load_balancer_read(
    method: str, version: str, headers: list[tuple[str, str]], drops_invalid: bool
) -> None:
    head = [f"{method} / HTTP/{version}", "Host: x", *(f"{name}: {value}" for name, value in headers), "", ""]
    client = h11.Connection(h11.SERVER)
    client.receive_data("\r\n".join(head).encode() + BODY)
    body = b""
    try:
        request = client.next_event()
        assert isinstance(request, h11.Request)
        if refusal(request) is not None:
            event("refused")
            return
        while isinstance(part := client.next_event(), h11.Data):
            body += part.data
        assert isinstance(part, h11.EndOfMessage)
    except h11.RemoteProtocolError:
        event("malformed")
        return
    event("passed on")
    target = h11.Connection(h11.CLIENT)
    made = to_target(request, "127.0.0.1", 80, "web.example", drops_invalid=drops_invalid)
    sent = target.send(h11.Request(method=request.method, target=request.target, headers=made))
    sent += target.send(h11.Data(data=body)) if body else b""
    sent += target.send(h11.EndOfMessage())
    read = Read()
    parser = httptools.HttpRequestParser(read)
    end = len(sent)
    try:
        parser.feed_data(sent)
    except httptools.HttpParserUpgrade as upgrade:
        end = upgrade.args[0]
    assert end == len(sent)
    assert (read.ends, read.body, parser.get_method()) == (1, body, method.encode())
    names = [name for name, _ in read.headers]
    assert names.count(b"host") == 1
    assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1
    assert not {b"te", b"trailer"} & set(names)


def test_a_response_with_two_lengths_is_refused() -> None:
    both = [("Transfer-Encoding", "chunked"), ("Content-Length", "4")]
    with pytest.raises(h11.RemoteProtocolError, match="Transfer-Encoding and Content-Length"):
        to_client(h11.Response(status_code=200, headers=both))
