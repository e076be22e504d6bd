"""Counts the requests that may have changed the emulator; the data path reads again only if the count has changed."""

import json
import threading
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs

from toolchain.emulator.agreement import READS_HEADER, REVISION_PATH, REVISION_SECONDS
from toolchain.emulator.wsgi import Application, Environment, StartResponse, body_of

_READS: Final = f"HTTP_{READS_HEADER.upper().replace('-', '_')}"
"""WSGI's name of the header."""
_READING: Final = ("Describe", "Get", "List")
"""How the names of AWS's operations begin that only read."""
_NEVER_READ: Final = frozenset({"CreateLogStream", "PutLogEvents"})
"""Operations that change only what the data path never reads. Its tasks send their logs all the time."""
_FORM: Final = "application/x-www-form-urlencoded"


class CountsChanges:
    """WSGI middleware that counts the requests of all clients, except requests that change nothing.

    The data path marks its own; those of other clients are known by their operation. A release, a drill or a provider
    that waits reads several times a second, and the data path would read everything again each time.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._changed = threading.Condition()
        self._revision = 0

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Return the count for a request to `REVISION_PATH`; let the application answer and count other requests."""
        if environ.get("PATH_INFO") == REVISION_PATH:
            body = json.dumps({"revision": self._revision_for(str(environ.get("QUERY_STRING", "")))}).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        changes = _may_change(environ)
        answer = self._application(environ, start_response)
        if changes:
            # counted after the answer, so that a client that has read meanwhile reads again
            with self._changed:
                self._revision += 1
                self._changed.notify_all()
        return answer

    def _revision_for(self, query: str) -> int:
        known = parse_qs(query).get("after")
        with self._changed:
            if known is not None:
                self._changed.wait_for(lambda: self._revision != int(known[0]), REVISION_SECONDS)
            return self._revision


def _may_change(environ: Environment) -> bool:
    """Return whether a request may change something that the data path reads."""
    if _READS in environ or environ.get("REQUEST_METHOD") in {"GET", "HEAD"}:
        return False
    operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    path = str(environ.get("PATH_INFO", ""))
    if not operation and path.startswith("/service/"):  # Smithy RPC v2 CBOR
        operation = path.rpartition("/operation/")[2]
    if not operation and str(environ.get("CONTENT_TYPE", "")).startswith(_FORM):  # AWS Query
        operation = parse_qs(body_of(environ).decode(errors="replace")).get("Action", [""])[0]
    return not operation.startswith(_READING) and operation not in _NEVER_READ
