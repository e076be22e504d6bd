"""Sends requests at a fixed rate, without waiting for the responses to earlier requests."""

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import httpx

MOST_PER_SECOND: Final = 200.0
MOST_IN_FLIGHT: Final = 200
"""Maximum number of requests that wait for a response. Only a service that does not respond reaches it. Further
requests are not sent and count as lost."""
TIMEOUT_SECONDS: Final = 30.0
"""Timeout of a request: a little longer than API Gateway's integration timeout, 29 s."""
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500


@dataclass
class Counts:
    """The results of the requests.

    Attributes:
        sent: Number of requests that were due.
        answered: Number of responses with a status below 500.
        throttled: Number of responses with status 429, which are in `answered` too: the load was too high for the
            gateway.
        lost: Number of requests without a response, or with a status of 500 and above.
        reasons: Reason of a loss -> number of requests.
        slowest_seconds: The longest time until a response.
    """

    sent: int = 0
    answered: int = 0
    throttled: int = 0
    lost: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])
    slowest_seconds: float = 0.0

    def note(self, status: int, seconds: float) -> None:
        """Count a response."""
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        if status >= SERVER_ERROR:
            self.lose(f"answered {status}")
            return
        self.answered += 1
        self.throttled += status == TOO_MANY

    def lose(self, reason: str) -> None:
        """Count a lost request."""
        self.lost += 1
        self.reasons[reason] += 1


class Load:
    """Sends requests from a thread during the block, and waits for the last responses at its end.

    Args:
        url: The URL to request with GET.
        headers: Headers of each request.
        per_second: Number of requests per second.
        trust_env: Whether the proxy of the environment is used.
        verify: The value of httpx's argument `verify`.
        transport: Answers in place of the network, in tests.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        per_second: float,
        *,
        trust_env: bool = True,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.counts = Counts()
        self._url = url
        self._headers = dict(headers)
        self._pause = 1 / per_second
        self._trust_env = trust_env
        self._verify = verify
        self._transport = transport
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._send()), name="load", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(timeout=TIMEOUT_SECONDS + 5)

    async def _send(self) -> None:
        limits = httpx.Limits(max_connections=MOST_IN_FLIGHT, max_keepalive_connections=MOST_IN_FLIGHT)
        async with httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            limits=limits,
            trust_env=self._trust_env,
            verify=self._verify,
            transport=self._transport,
        ) as client:
            flying: set[asyncio.Task[None]] = set()
            due = time.monotonic()
            while not self._stopped.is_set():
                self.counts.sent += 1
                if len(flying) >= MOST_IN_FLIGHT:
                    self.counts.lose("not sent: too many requests wait for an answer")
                else:
                    task = asyncio.create_task(self._ask(client))
                    flying.add(task)
                    task.add_done_callback(flying.discard)
                # After the machine slept, the missed requests are not sent all at once.
                due = max(due + self._pause, time.monotonic() - 1)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            if flying:
                await asyncio.wait(flying)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        begun = time.monotonic()
        try:
            answer = await client.get(self._url, headers=self._headers)
        except httpx.HTTPError as error:
            self.counts.lose(type(error).__name__)
        else:
            self.counts.note(answer.status_code, time.monotonic() - begun)
