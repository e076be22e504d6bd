"""The emulator's server keeps a connection open, whatever the application does with a request."""

import http.client
import threading
from collections.abc import Generator, Iterable
from typing import Any

import pytest
from werkzeug.serving import make_server

from toolchain.emulator.request_handler import RequestHandler


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with the client's port and what it has sent; leave the body unread, or fail, where the path says so."""
    path, port = environ["PATH_INFO"], str(environ["REMOTE_PORT"])
    if path == "/fails":
        raise ZeroDivisionError(path)
    if path == "/nothing":
        start_response("204 NO CONTENT", [("X-Port", port)])
        return [b"no client reads this"]
    if path == "/too-long":
        start_response("200 OK", [("Content-Length", "1")])
        return [b"too long"]
    body = b"" if path == "/unread" else environ["wsgi.input"].read()
    start_response("200 OK", [("X-Port", port)])
    return [body, b"!"]


@pytest.fixture(scope="module")
def connection() -> Generator[http.client.HTTPConnection]:
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=RequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.connect()
    connection.auto_open = 0  # a closed connection fails the test
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_connection_serves_requests_of_every_kind(connection: http.client.HTTPConnection) -> None:
    def said(method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str | None, bytes]:
        connection.request(method, path, body, **more)
        response = connection.getresponse()
        return response.status, response.getheader("X-Port"), response.read()

    port = str(connection.sock.getsockname()[1])
    long = b"x" * 100_000
    assert said("POST", "/", b"body") == (200, port, b"body!")
    assert said("POST", "/unread", long) == (200, port, b"!")
    assert said("POST", "/", iter([b"in ", b"chunks"]), encode_chunked=True) == (200, port, b"in chunks!")
    assert said("POST", "/unread", iter([long, long]), encode_chunked=True) == (200, port, b"!")
    assert said("HEAD", "/") == (200, port, b"")
    assert said("GET", "/nothing") == (204, port, b"")
    assert said("GET", "/fails") == (500, None, b"internal error\n")
    assert said("POST", "/", b"body", headers={"Expect": "100-continue"}) == (200, port, b"body!")
    assert said("GET", "/") == (200, port, b"!")


@pytest.mark.parametrize(("path", "headers", "said"), [("/", {"Connection": "close"}, b"!"), ("/too-long", {}, b"t")])
def test_a_connection_is_closed_when_the_client_wants_it_or_a_length_is_wrong(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str], said: bytes
) -> None:
    other = http.client.HTTPConnection("127.0.0.1", connection.port, timeout=60)
    other.request("GET", path, headers=headers)
    response = other.getresponse()
    assert response.read() == said
    assert response.will_close
    other.close()
