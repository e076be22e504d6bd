"""Makes the provider pause between equal requests."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from toolchain.emulator.wsgi import Application, Environment, StartResponse, body_of

PAUSE_SECONDS: Final = 0.2
"""Pause between two equal requests of the provider."""
KEPT_REQUESTS: Final = 1000
_PROVIDER: Final = "terraform-provider-aws"
"""Part of the provider plugin's user agent."""


class PausesPolls:
    """WSGI middleware that lets the provider send equal requests only `PAUSE_SECONDS` apart.

    Reason: the provider polls without a pause of its own (`toolchain.emulator.process.PROVIDER_ENVIRONMENT`). While it
    waits for something that takes time here, such as a task's start, its requests would take a processor's whole time.
    """

    def __init__(
        self,
        application: Application,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._application = application
        self._now, self._sleep = now, sleep
        self._answered: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer the request, after a pause if it is a poll of the provider."""
        # a poll is never sent in chunks
        if _PROVIDER not in environ.get("HTTP_USER_AGENT", "") or environ.get("wsgi.input_terminated"):
            return self._application(environ, start_response)
        request = _digest(environ)
        with self._lock:
            answered = self._answered.get(request)
        if answered is not None and (left := answered + PAUSE_SECONDS - self._now()) > 0:
            self._sleep(left)
        try:
            return self._application(environ, start_response)
        finally:
            self._keep(request)

    def _keep(self, request: bytes) -> None:
        with self._lock:
            self._answered[request] = self._now()
            self._answered.move_to_end(request)
            while len(self._answered) > KEPT_REQUESTS:
                self._answered.popitem(last=False)


def _digest(environ: Environment) -> bytes:
    """Return what equal requests have in common: everything but their time, number and signature."""
    parts = [environ.get(name, "") for name in ("REQUEST_METHOD", "REQUEST_URI", "HTTP_HOST", "HTTP_X_AMZ_TARGET")]
    return hashlib.sha256("\n".join([*map(str, parts), body_of(environ).hex()]).encode()).digest()
