"""Reads requests from a connection, which stays open for the next request."""

import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from moto.moto_server.werkzeug_app import MotoRequestHandler

from toolchain.emulator.wsgi import body_of

_FAILED: Final = ("500 Internal Server Error", [("Content-Type", "text/plain")], b"internal error\n")
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class RequestHandler(MotoRequestHandler):
    """Lets the application answer a connection's requests, one after the other; logs none, as `AnswersAgain` does.

    Reason: werkzeug closes the connection after each response. A connection of its own, with a thread, takes half the
    processor time of a request here, and the provider and boto3 send hundreds of requests.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise a response's body would wait until the client has acknowledged its head

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Log nothing."""

    def run_wsgi(self) -> None:
        """Answer one request. `http.server` has sent ``100 Continue`` if the client waits for it."""
        self.environ = environ = self.make_environ()
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
            started.append((status, headers))
            return _ignore

        body_of(environ)  # the next request begins where this one's body ends, so all of it is read here
        try:
            parts: Iterable[bytes] = self.server.app(environ, start)
            content = b"".join(parts)
            status, headers = started[-1]
        except Exception:  # noqa: BLE001 - an error in moto must not end the server
            self.log("error", "%s", traceback.format_exc())
            status, headers, content = _FAILED
        self._send(status, headers, content)

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD" and int(code) not in _WITHOUT_BODY:
            length = next((value for name, value in headers if name.lower() == "content-length"), None)
            if length is None:
                self.send_header("Content-Length", str(len(content)))
            elif length != str(len(content)):  # the client could not know where the next response begins
                self.close_connection = True
        else:
            content = b""
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


def _ignore(_data: bytes) -> None:
    """Stand in for WSGI's old write function, which neither Flask nor moto uses."""
