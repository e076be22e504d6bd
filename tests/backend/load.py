"""Constant, bounded load: a fixed number of requests a second, over connections that stay open."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
        self._counting = threading.Lock()
        self.result = Result()

    @contextmanager
    def running(self) -> Iterator[Result]:
        """Send requests while the block runs. Each client is a thread: httpx takes a third of the processor's time when
        it is not asynchronous."""
        # The last client is slow: its connection is idle most of the time, like a gateway's connections.
        pauses = [self._pause] * self._clients + [1.3]
        with ThreadPoolExecutor(len(pauses)) as threads:
            clients = [threads.submit(self._client, number, pause) for number, pause in enumerate(pauses)]
            try:
                yield self.result
            finally:
                self._stop.set()
        for client in clients:
            client.result()

    def _client(self, number: int, pause: float) -> None:
        # No retries, and connections without an expiry, so that every fault is counted.
        limits = httpx.Limits(max_connections=1, keepalive_expiry=None)
        with httpx.Client(base_url=self._url, timeout=self._timeout, limits=limits) as client:
            turn = 0
            due = time.monotonic() + self._pause * number / (self._clients + 1)
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                turn += 1
                self._send(client, "PUT" if turn % 3 == 0 else "GET", slow=turn % 20 == 0)
                due = max(due + pause, time.monotonic())

    def _send(self, client: httpx.Client, method: str, *, slow: bool) -> None:
        row = str(uuid.uuid4())
        path = "/drill/slow/0.3" if slow and method == "GET" else f"/drill/rows/{row}"
        began = time.perf_counter()
        status, failure = 0, ""
        try:
            status = client.request(method, path).status_code
        except httpx.HTTPError as error:
            failure = repr(error)
        taken = (time.perf_counter() - began) * 1000
        with self._counting:
            self.result.milliseconds.append(taken)
            if status:
                self.result.statuses[status] += 1
            if not status or status >= 500:
                self.result.failures.append(f"{time.strftime('%H:%M:%S')} {method} {path}: {failure or status}")
            elif method == "PUT":
                self.result.written.add(row)
