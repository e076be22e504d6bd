"""HTTP through an Application Load Balancer, with HAProxy and without it, byte by byte."""

import hashlib
import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchain.datapath.balancer.conftest import needs_haproxy
from tests.toolchain.datapath.balancer.fronting import (
    GROUP,
    Front,
    Proxies,
    Scripted,
    answering,
    fronting,
    read_exactly,
    read_until,
    scripted,
    until_closed,
)
from tests.toolchain.datapath.running import wait_until
from toolchain.datapath.balancer.application import ApplicationForwarder, rule_for
from toolchain.datapath.balancer.choice import by_zone
from toolchain.datapath.balancer.configuration import Server
from toolchain.datapath.balancer.haproxy import HaProxy
from toolchain.datapath.balancer.plan import Action, Listener, Rule
from toolchain.datapath.ports import free_port

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PART = b"x" * 100_000


@pytest.fixture(params=[pytest.param(HaProxy, marks=needs_haproxy), ApplicationForwarder])
def make(request: pytest.FixtureRequest) -> Proxies:
    return request.param


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def test_requests_of_one_connection_are_answered_one_after_the_other(make: Proxies, tmp_path: Path) -> None:
    with scripted(answering(OK)) as target, fronting(make, tmp_path, [target.server]) as front:
        assert front.said(GET + GET + LAST).count(b"200 OK") == 3  # pipelined
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
        for _ in range(3):
            client.request("GET", "/")
            assert client.getresponse().read() == b"ok"
            kept = client.sock
        assert kept is client.sock is not None
        client.close()


def test_the_target_learns_who_asked(make: Proxies, tmp_path: Path) -> None:
    request = (
        b"GET /a?b=%20c HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
    )
    with scripted(answering(OK)) as target, fronting(make, tmp_path, [target.server]) as front:
        assert status_of(front.said(request + b"X-Own: Kept\r\nConnection: close\r\n\r\n")) == 200
        (head,) = target.heads
    lines = head.lower().splitlines()
    assert lines[0] == b"get /a?b=%20c http/1.1"
    assert lines.count(b"host: a.example") == 1
    assert b"x-own: kept" in lines
    forwarded = b", ".join(line.partition(b": ")[2] for line in lines if line.startswith(b"x-forwarded-for: "))
    assert forwarded == b"203.0.113.9, 127.0.0.1"
    assert [line for line in lines if line.startswith(b"x-forwarded-p")] == [
        b"x-forwarded-proto: http",
        b"x-forwarded-port: 80",
    ]
    assert sum(line.startswith(b"x-amzn-trace-id: root=1-") for line in lines) == 1


@pytest.mark.parametrize("drops", [False, True])
def test_headers_with_unusual_names_are_dropped_on_demand(make: Proxies, tmp_path: Path, drops: bool) -> None:
    with (
        scripted(answering(OK)) as target,
        fronting(make, tmp_path, [target.server], drops_invalid_headers=drops) as front,
    ):
        front.said(LAST.replace(b"Host", b"X_Own: a\r\nX.Own: b\r\nX-Own: c\r\nHost"))
        (head,) = target.heads
    assert [line[-1:] for line in head.lower().splitlines() if line[2:5] == b"own"] == (
        [b"c"] if drops else [b"a", b"b", b"c"]
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_reaches_the_target_before_its_end(make: Proxies, tmp_path: Path, chunked: bool) -> None:
    seen, bodies = threading.Event(), list[bytes]()

    def script(target: Scripted, connection: socket.socket) -> None:
        head = target.head_of(connection).lower()
        if not head:
            return
        body = b""
        if b"transfer-encoding: chunked" in head:
            while size := int(read_until(connection, b"\r\n"), 16):
                body += read_exactly(connection, size)
                read_exactly(connection, 2)
                if len(body) == len(PART):
                    seen.set()
            read_exactly(connection, 2)
        else:
            body += read_exactly(connection, len(PART))
            seen.set()
            body += read_exactly(connection, len(PART))
        bodies.append(body)
        connection.sendall(OK)

    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (2 * len(PART))
    before, after = (b"%x\r\n" % len(PART), b"\r\n") if chunked else (b"", b"")
    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front, front.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + framing + b"\r\n\r\n")
        client.sendall(before + PART + after)
        assert seen.wait(30)
        client.sendall(before + PART + after + (b"0\r\n\r\n" if chunked else b""))
        assert until_closed(client).endswith(b"ok")
    assert bodies == [PART + PART]


@pytest.mark.parametrize("framing", [b"Content-Length: 200000", b"Transfer-Encoding: chunked", b"Connection: close"])
def test_a_response_reaches_the_client_before_its_end(make: Proxies, tmp_path: Path, framing: bytes) -> None:
    seen = threading.Event()
    is_chunked = framing.startswith(b"Transfer")

    def script(target: Scripted, connection: socket.socket) -> None:
        target.head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        for _ in range(2):
            connection.sendall(b"%x\r\n%b\r\n" % (len(PART), PART) if is_chunked else PART)
            assert seen.wait(30)
        connection.sendall(b"0\r\n\r\n" if is_chunked else b"")

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
        client.request("GET", "/")
        response = client.getresponse()
        assert response.read(len(PART)) == PART
        seen.set()
        assert response.read() == PART
        client.close()


def test_a_client_that_reads_nothing_stops_the_target(make: Proxies, tmp_path: Path) -> None:
    stopped, sent = threading.Event(), list[int]()

    def script(target: Scripted, connection: socket.socket) -> None:
        target.head_of(connection)
        connection.settimeout(2)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1000 * len(PART)))
        try:
            for number in range(1000):
                sent.append(number)
                connection.sendall(PART)
        except TimeoutError:
            stopped.set()

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front, front.connect() as client:
        client.sendall(GET)
        assert stopped.wait(30)
    assert len(sent) < 500  # the rest of 100 MB has not left the target


@pytest.mark.parametrize(
    ("method", "response"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
    ],
)
def test_a_response_without_a_body_does_not_end_the_connection(
    make: Proxies, tmp_path: Path, method: bytes, response: bytes
) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        while head := target.head_of(connection):
            connection.sendall(OK if b"/last" in head else response)

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front:
        said = front.said(method + GET.removeprefix(b"GET") + LAST)
    first, second, body = said.split(b"\r\n\r\n")
    assert first.split(b" ")[1] == response.split(b" ")[1]
    assert (b"content-length: 7" in first.lower()) == (method == b"HEAD")
    assert second.startswith(b"HTTP/1.1 200")
    assert body == b"ok"


def test_a_client_waits_until_the_target_wants_the_body(make: Proxies, tmp_path: Path) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        if b"expect: 100-continue" in target.head_of(connection).lower():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            assert read_exactly(connection, 4) == b"body"
            connection.sendall(OK)

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front, front.connect() as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert status_of(read_until(client, b"\r\n\r\n")) == 100
        client.sendall(b"body")
        assert until_closed(client).endswith(b"ok")


def test_a_websocket_passes_in_both_directions(make: Proxies, tmp_path: Path) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        head = target.head_of(connection).lower()
        assert b"upgrade: websocket" in head
        assert b"connection: upgrade" in head
        # Key and response are the example of RFC 6455, section 1.3: HAProxy checks them.
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello"
        )
        while data := connection.recv(100):
            connection.sendall(data.upper())

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front, front.connect() as client:
        client.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        head = read_until(client, b"\r\n\r\n").lower()
        assert status_of(head) == 101
        assert b"upgrade: websocket" in head
        assert read_exactly(client, 5) == b"hello"
        for word in (b"one", b"two"):
            client.sendall(word)
            assert read_exactly(client, 3) == word.upper()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_a_client_of_http_1_0_gets_a_response_that_the_end_of_the_connection_ends(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    with scripted(answering(chunked)) as target, fronting(ApplicationForwarder, tmp_path, [target.server]) as front:
        head, body = front.said(b"GET / HTTP/1.0\r\n\r\n").split(b"\r\n\r\n")
        assert b"host: web.example" in target.heads[0].lower()
    assert status_of(head) == 200
    assert b"transfer-encoding" not in head.lower()
    assert body == b"ok"


def silent(target: Scripted, connection: socket.socket) -> None:
    target.head_of(connection)
    connection.recv(1)


def closing(target: Scripted, connection: socket.socket) -> None:
    target.head_of(connection)


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (closing, 502),
        (answering(b"no HTTP\r\n\r\n"), 502),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1"), 502),
        (silent, 504),
    ],
)
def test_a_target_that_does_not_answer_gives_an_error(
    make: Proxies, tmp_path: Path, script: Callable[[Scripted, socket.socket], None], status: int
) -> None:
    with scripted(script) as target, fronting(make, tmp_path, [target.server], idle_seconds=1) as front:
        assert status_of(front.said(LAST)) == status


def test_a_target_that_cannot_be_reached_gives_502_and_no_target_503(make: Proxies, tmp_path: Path) -> None:
    unreachable, leaving = Server("a", free_port(), is_ready=True), Server("b", free_port(), is_ready=False)
    with fronting(make, tmp_path / "one", [unreachable]) as front:
        assert status_of(front.said(LAST)) == 502
    with fronting(make, tmp_path / "two", [leaving]) as front:
        assert status_of(front.said(LAST)) == 503
    own = answering(b"HTTP/1.1 503 Mine\r\nContent-Length: 0\r\n\r\n")
    with scripted(own) as target, fronting(make, tmp_path / "three", [target.server]) as front:
        assert status_of(front.said(LAST)) == 503


def test_a_response_that_breaks_off_does_not_look_whole(make: Proxies, tmp_path: Path) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        target.head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
        client.request("GET", "/")
        response = client.getresponse()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        client.close()


def test_a_client_that_sends_no_whole_head_is_told(make: Proxies, tmp_path: Path) -> None:
    with fronting(make, tmp_path, [], idle_seconds=1) as front:
        assert status_of(front.said(b"GET / HTTP/1.1\r\nHost:")) == 408
        assert front.said(GET).count(b"HTTP/1.1 ") == 1  # the idle timeout ends the connection without a word


def test_rules_answer_without_a_target(make: Proxies, tmp_path: Path) -> None:
    rules = (
        Rule(
            Action("fixed-response", status=404, text="gone\n", content_type="text/plain"),
            (("path-pattern", ("/a?/*",)),),
        ),
        Rule(
            Action("redirect", status=301, text="https://#{host}:443/new/#{path}?#{query}"),
            (("host-header", ("*.Old.example",)), ("path-pattern", ("/*",))),
        ),
    )
    with fronting(make, tmp_path, [], rules=rules) as front:

        def answered(path: bytes, host: bytes = b"x") -> bytes:
            return front.said(b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (path, host))

        assert answered(b"/ab/c?d").endswith(b"\r\n\r\ngone\n")
        moved = answered(b"/e?f=g", b"www.OLD.example:80").lower()
        assert b"location: https://www.old.example:443/new/e?f=g\r\n" in moved
        assert status_of(moved) == 301
        assert status_of(answered(b"/")) == 503  # no rule matches
        assert front.said(b"HEAD /ab/c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").endswith(b"\r\n\r\n")


def test_a_pattern_does_not_keep_the_load_balancer_busy() -> None:
    rule = Rule(Action("forward"), (("path-pattern", ("/*a*a*a*a*b",)),))
    # With a regular expression that backtracks, this takes days.
    assert rule_for(Listener(80, (rule,)), "/" + "a" * 16_000, "x") is None
    assert rule_for(Listener(80, (rule,)), "/" + "a" * 16_000 + "b", "x") == rule
    bracket = Rule(Action("forward"), (("path-pattern", ("/[a]?",)),))
    assert [rule_for(Listener(80, (bracket,)), path, "x") for path in ("/[a]b", "/ab", "/[a]")] == [bracket, None, None]


FRAMED_TWICE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
BAD_FOR_BOTH = {
    "bad header name": b"GET / HTTP/1.1\r\nHost: x\r\nna(me: 1\r\n\r\n",
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
    "a signed length": POST + b"Content-Length: +4\r\n\r\nbody",
    "a list of lengths": POST + b"Content-Length: 4, 5\r\n\r\nbody",
    "another host in the target": b"GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "no head": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}
BAD_WITHOUT_HAPROXY = {
    "nul in a value": b"GET / HTTP/1.1\r\nHost: x\r\nA: a\0b\r\n\r\n",
    "two framings": FRAMED_TWICE,
    "two framings, the other way around": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "chunks of HTTP/1.0": b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
    "a large header": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 17_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: %b\r\n" % (b"a" * 1000) * 70 + b"\r\n",
    "a head without an end": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: %b\r\n" % (b"a" * 1000) * 200,
    "no path": b"GET a HTTP/1.1\r\nHost: x\r\n\r\n",
}
OTHER_REFUSALS = {
    405: b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    414: b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    501: POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    505: b"GET / HTTP/3.0\r\nHost: x\r\nConnection: close\r\n\r\n",
}


def refused(front: Front, target: Scripted, request: bytes) -> int:
    """Send a request with another request behind it; return the status of the only response."""
    answer = front.said(request + GET)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert target.heads == []  # nothing came through, and nothing behind it
    return status_of(answer)


@pytest.mark.parametrize("request_bytes", BAD_FOR_BOTH.values(), ids=BAD_FOR_BOTH)
def test_a_malformed_request_gets_400_and_ends_the_connection(
    make: Proxies, tmp_path: Path, request_bytes: bytes
) -> None:
    with scripted(answering(OK)) as target, fronting(make, tmp_path, [target.server]) as front:
        assert refused(front, target, request_bytes) == 400


@pytest.mark.parametrize(
    ("status", "request_bytes"),
    [*((400, request) for request in BAD_WITHOUT_HAPROXY.values()), *OTHER_REFUSALS.items()],
    ids=[*BAD_WITHOUT_HAPROXY, *map(str, OTHER_REFUSALS)],
)
def test_a_request_that_could_be_read_in_two_ways_is_refused(tmp_path: Path, status: int, request_bytes: bytes) -> None:
    with scripted(answering(OK)) as target, fronting(ApplicationForwarder, tmp_path, [target.server]) as front:
        assert refused(front, target, request_bytes) == status


@pytest.mark.parametrize(
    "body", [b"zz\r\nbody\r\n0\r\n\r\n", b"-4\r\nbody\r\n0\r\n\r\n", b"4\r\nbodyGET / HTTP/1.1\r\n"]
)
def test_a_malformed_chunk_ends_the_request(make: Proxies, tmp_path: Path, body: bytes) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        target.head_of(connection)
        received = until_closed(connection)  # the load balancer closes the connection without the last chunk
        assert b"0\r\n\r\n" not in received

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front:
        answer = front.said(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + GET)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert status_of(answer) == 400
        assert len(target.heads) <= 1


@needs_haproxy
def test_the_target_sees_one_end_of_a_request_that_haproxy_passes_on(tmp_path: Path) -> None:
    with scripted(answering(OK)) as target, fronting(HaProxy, tmp_path, [target.server]) as front:
        front.said(FRAMED_TWICE + LAST)
        assert b"content-length" not in target.heads[0].lower()


def test_the_end_of_a_deregistration_ends_requests(tmp_path: Path) -> None:
    begun = threading.Event()

    def script(target: Scripted, connection: socket.socket) -> None:
        head = target.head_of(connection)
        if b"/begun" in head:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ")
        begun.set()
        connection.recv(1)

    with scripted(script) as target, fronting(ApplicationForwarder, tmp_path, [target.server]) as front:
        name = target.server.name
        for path, expected in ((b"/", b"502 Bad Gateway"), (b"/begun", b"half ")):
            begun.clear()
            with front.connect() as client:
                client.sendall(GET.replace(b"/ ", path + b" "))
                assert begun.wait(30)
                assert front.run(front.proxy.connections_of(GROUP, name)) == 1
                read = read_until(client, b"half ") if path == b"/begun" else b""
                front.run(front.proxy.end_connections(GROUP, name))
                try:
                    client.shutdown(socket.SHUT_WR)
                    read += until_closed(client)
                except ConnectionError:
                    assert path == b"/begun"  # cut
                assert expected in read
            wait_until(lambda: front.run(front.proxy.connections_of(GROUP, name)) == 0, "the request has ended")


def test_each_zone_gets_the_same_share(make: Proxies, tmp_path: Path) -> None:
    asked: Counter[int] = Counter()

    def script(target: Scripted, connection: socket.socket) -> None:
        while target.head_of(connection):
            asked[target.port] += 1
            connection.sendall(OK)

    with scripted(script) as one, scripted(script) as two, scripted(script) as three, scripted(script) as four:
        zones = [(one, "a"), (two, "b"), (three, "b"), (four, "b")]
        servers = [Server(f"t-{target.port}", target.port, is_ready=True, zone=zone) for target, zone in zones]
        with fronting(make, tmp_path, by_zone(servers)) as front:
            for _ in range(60):
                assert status_of(front.said(LAST)) == 200
    assert asked.total() == 60
    assert 28 <= asked[one.port] <= 32
    assert all(8 <= asked[target.port] <= 12 for target in (two, three, four))


def test_a_large_upload_arrives_as_it_was_sent(make: Proxies, tmp_path: Path) -> None:
    size = 20_000_000
    sent = hashlib.sha256(b"a" * size).hexdigest()

    def script(target: Scripted, connection: socket.socket) -> None:
        target.head_of(connection)
        digest = hashlib.sha256(read_exactly(connection, size)).hexdigest().encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + digest)

    with scripted(script) as target, fronting(make, tmp_path, [target.server]) as front:
        client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=60)
        client.request("PUT", "/", body=b"a" * size)
        assert client.getresponse().read().decode() == sent
        client.close()
