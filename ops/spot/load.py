"""A steady load of its own: requests at a fixed rate, whether or not those before have been answered."""

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
"""More than that wait for an answer only when nothing answers; further ones count as lost without being sent."""
TIMEOUT_SECONDS: Final = 30.0
"""A little more than API Gateway waits for the service, 29 s."""
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500


@dataclass
class Counts:
    """What became of the requests.

    Attributes:
        sent: Requests that were due.
        answered: Those with an answer below 500.
        throttled: Of these, those with 429: the load was too high for the gateway.
        lost: Those without an answer, or with one of 500 and above.
        reasons: Why, and how often.
        slowest_seconds: The longest that an answer took.
    """

    sent: int = 0
    answered: int = 0
    throttled: int = 0
    lost: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])
    slowest_seconds: float = 0.0

    def note(self, status: int, seconds: float) -> None:
        """Note an answer."""
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        if status >= SERVER_ERROR:
            self.lose(f"answered {status}")
            return
        self.answered += 1
        self.throttled += status == TOO_MANY

    def lose(self, reason: str) -> None:
        """Note a lost request."""
        self.lost += 1
        self.reasons[reason] += 1


class Load:
    """Sends requests in a thread of its own for as long as the block lasts, and waits for the last answers.

    Args:
        url: What is asked, with GET.
        headers: Of each request.
        per_second: The rate.
        trust_env: Whether the proxy of the environment is used.
        verify: What certificates are verified by; True for the authorities that clients trust already.
        transport: Answers in place of the network; for tests.
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
                due = max(due + self._pause, time.monotonic() - 1)  # a machine that slept does not catch up
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
