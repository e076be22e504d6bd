"""Constant, bounded load: a fixed number of requests a second, over connections that stay open."""

import asyncio
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx


@dataclass
class Result:
    """The results that the clients counted."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    failures: list[str] = field(default_factory=list[str])
    """Requests that got no answer, or a status of 500 or more: time, request, what happened."""
    milliseconds: list[float] = field(default_factory=list[float])
    written: set[str] = field(default_factory=set[str])
    """Ids of rows whose write was acknowledged."""

    @property
    def requests(self) -> int:
        return len(self.milliseconds)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Load:
    """Clients that each send one request after the other, without retries."""

    def __init__(self, url: str, *, clients: int = 6, rate: float = 60, timeout_seconds: float = 15) -> None:
        self._url = url
        self._clients = clients
        self._pause = clients / rate
        self._timeout = timeout_seconds
        self._stop = threading.Event()
        self.result = Result()

    @contextmanager
    def running(self) -> Iterator[Result]:
        """Send requests while the block runs."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        try:
            yield self.result
        finally:
            self._stop.set()
            thread.join()

    async def _run(self) -> None:
        # The last client is slow: its connection is idle most of the time, like a gateway's connections.
        await asyncio.gather(
            *(self._client(number, self._pause) for number in range(self._clients)),
            self._client(self._clients, 1.3),
        )

    async def _client(self, number: int, pause: float) -> None:
        # No retries, and connections without an expiry, so that every fault is counted.
        limits = httpx.Limits(max_connections=1, keepalive_expiry=None)
        async with httpx.AsyncClient(base_url=self._url, timeout=self._timeout, limits=limits) as client:
            await asyncio.sleep(pause * number / (self._clients + 1))
            turn = 0
            due = time.monotonic()
            while not self._stop.is_set():
                turn += 1
                await self._send(client, "PUT" if turn % 3 == 0 else "GET", slow=turn % 20 == 0)
                due = max(due + pause, time.monotonic())
                await asyncio.sleep(due - time.monotonic())

    async def _send(self, client: httpx.AsyncClient, method: str, *, slow: bool) -> None:
        row = str(uuid.uuid4())
        path = "/drill/slow/0.3" if slow and method == "GET" else f"/drill/rows/{row}"
        began = time.perf_counter()
        try:
            answer = await client.request(method, path)
        except httpx.HTTPError as error:
            self.result.failures.append(f"{time.strftime('%H:%M:%S')} {method} {path}: {error!r}")
        else:
            self.result.statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                self.result.failures.append(f"{time.strftime('%H:%M:%S')} {method} {path}: {answer.status_code}")
            elif method == "PUT":
                self.result.written.add(row)
        self.result.milliseconds.append((time.perf_counter() - began) * 1000)
