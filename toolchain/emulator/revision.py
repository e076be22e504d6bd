"""Counts the requests that may have changed the emulator; the data path reads again only if the count has changed."""

import json
import threading
from collections.abc import Iterable
from typing import Final

from toolchain.emulator.agreement import READS_HEADER, REVISION_PATH
from toolchain.emulator.cloudwatch_protocol import Application, Environment, StartResponse

_READS: Final = f"HTTP_{READS_HEADER.upper().replace('-', '_')}"
"""WSGI's name of the header."""


class CountsChanges:
    """WSGI middleware that counts the requests of all clients, except requests that the data path marks as reads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._revision = 0

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the count for a request to `REVISION_PATH`; let the application answer and count other requests."""
        if environ.get("PATH_INFO") == REVISION_PATH:
            body = json.dumps({"revision": self._revision}).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        answer = self._application(environ, start_response)
        if _READS not in environ:
            # counted after the answer, so that a client that has read meanwhile reads again
            with self._lock:
                self._revision += 1
        return answer
