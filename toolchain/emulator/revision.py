"""Counts what may have changed the emulator, so that the data path need not read again what has not."""

import json
import threading
from collections.abc import Iterable
from typing import Final

from toolchain.emulator.agreement import READS_HEADER, REVISION_PATH
from toolchain.emulator.cloudwatch_protocol import Application, Environment, StartResponse

_READS: Final = f"HTTP_{READS_HEADER.upper().replace('-', '_')}"
"""As WSGI names the header."""


class CountsChanges:
    """WSGI middleware: counts the requests of all clients, but for what the data path only reads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._revision = 0

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Say the count, or let the application answer and count."""
        if environ.get("PATH_INFO") == REVISION_PATH:
            body = json.dumps({"revision": self._revision}).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        answer = self._application(environ, start_response)
        if _READS not in environ:
            # afterwards: who has read meanwhile reads again
            with self._lock:
                self._revision += 1
        return answer
