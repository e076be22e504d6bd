"""Records every request, for tests that compare requests with AWS's own models."""

import base64
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from toolchain.emulator.agreement import OWN_PREFIX
from toolchain.emulator.wsgi import Application, Environment, StartResponse, body_of

RECORD_TO: Final = "SPOT_PLATFORM_RECORD_REQUESTS"
"""Environment variable with the file to which the emulator appends each request. If unset, nothing is recorded."""
_HEADERS: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")
"""WSGI's names of the two headers that have no prefix ``HTTP_``."""


class RecordsRequests:
    """WSGI middleware that appends each request to a file, one JSON object on each line, and passes it on unchanged.

    The file contains everything that the client sends, including secrets, so only its owner can read it. Requests to
    moto's own API and to the emulator's own paths are not recorded, because they are no requests to AWS.
    """

    def __init__(self, application: Application, file: Path) -> None:
        self._application = application
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Record the request, then let the application answer it."""
        if str(environ.get("PATH_INFO", "")).startswith((OWN_PREFIX, "/moto-api")):
            return self._application(environ, start_response)
        line = (json.dumps(_described(environ, body_of(environ))) + "\n").encode()
        with self._lock:
            os.write(self._file, line)
        return self._application(environ, start_response)


def recorded_if_asked(application: Application) -> Application:
    """Return the application; with recording if the environment variable `RECORD_TO` names a file."""
    file = os.environ.get(RECORD_TO)
    return RecordsRequests(application, Path(file)) if file else application


def _described(environ: Environment, body: bytes) -> dict[str, Any]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in _HEADERS
    }
    return {
        "method": environ["REQUEST_METHOD"],
        # the undecoded path, because the decoded one does not distinguish a slash from %2F
        "target": environ.get("REQUEST_URI") or environ.get("RAW_URI"),
        "headers": headers,
        "body": base64.b64encode(body).decode(),
    }
