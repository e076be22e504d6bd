"""Stops the service without losing a request."""

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import uvicorn
from typing_extensions import override

from service.settings import Settings

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.05
"""Seconds between two checks whether the drain may end."""
LEARNING_CHECKS: Final = 13
"""Number of health checks that are needed to know their interval. A load balancer checks from each of its zones
separately, so the first checks may come close together. The 12 distances between 13 checks contain the longest distance
of six zones twice."""
REMEMBERED_CHECKS: Final = 30
"""Number of the last health checks from which the interval is calculated."""
SAME_CHECK_SECONDS: Final = 1.0
"""Checks with a shorter distance count as one check: anybody may ask for readiness, as often as they like."""
SHORTEST_INTERVAL_SECONDS: Final = 5.0
"""Shortest interval of a target group's health checks (Elastic Load Balancing API, `HealthCheckIntervalSeconds`)."""
CHECKS_FOR_A_GAP: Final = 10
"""For each 10 distances, the longest one is left out as a gap in which the load balancer sent no check."""
QUIET_INTERVALS: Final = 2.5
"""Number of intervals without a check after which the load balancer has stopped: two missing checks, and half an
interval for a late one."""
UNKNOWN_INTERVAL_SECONDS: Final = 10.0
"""The platform's interval, used until enough checks have come."""
IDLE_SECONDS: Final = 5.0
"""Seconds without a request after which open connections count as unused."""


@dataclass
class Lifecycle:
    """Records whether the service is stopping, and whether the load balancer still sends requests."""

    draining: bool = False
    """Whether SIGTERM has come."""
    requests_in_flight: int = 0
    """Number of requests that are being answered."""
    clock: Callable[[], float] = time.monotonic
    """Returns the time in seconds, from any starting point."""
    _asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CHECKS))
    _last_asked_at: float = -math.inf
    _last_request_at: float = -math.inf

    def balancer_asked(self) -> None:
        """Record a readiness check. Only load balancers check readiness; ECS checks /health/live."""
        now = self.clock()
        self._last_asked_at = now
        if not self._asked_at or now - self._asked_at[-1] >= SAME_CHECK_SECONDS:
            self._asked_at.append(now)

    def request_began(self) -> None:
        """Record the start of a request that is not a health check."""
        self.requests_in_flight += 1
        self._last_request_at = self.clock()

    def request_ended(self) -> None:
        """Record the end of such a request."""
        self.requests_in_flight -= 1
        self._last_request_at = self.clock()

    def may_end(self, open_connections: int) -> bool:
        """Return whether the drain may end early, because nobody sends requests any more.

        Args:
            open_connections: Number of the clients' open connections, including idle ones.

        Returns:
            True if the load balancer has stopped its health checks and no client has an open connection with a recent
            request. The load balancer stops its checks when the target is deregistered. It never closes its open
            connections; the service closes each one after the next response on it.
        """
        now = self.clock()
        if self.requests_in_flight or not self._checks_have_stopped(now):
            return False
        return open_connections == 0 or now - self._last_request_at >= IDLE_SECONDS

    def _checks_have_stopped(self, now: float) -> bool:
        # If no check has come since the start, there is no load balancer.
        return not self._asked_at or now - self._last_asked_at >= QUIET_INTERVALS * self._interval()

    def _interval(self) -> float:
        """Return the load balancer's interval in seconds: the longest distance between checks, without gaps.

        The median would be wrong with several zones, because the distance between their checks is shorter than the
        interval.
        """
        if len(self._asked_at) < LEARNING_CHECKS:
            return UNKNOWN_INTERVAL_SECONDS
        distances = sorted(later - earlier for earlier, later in pairwise(self._asked_at))
        gaps = len(distances) // CHECKS_FOR_A_GAP
        return max(distances[-1 - gaps], SHORTEST_INTERVAL_SECONDS)


class Server(uvicorn.Server):
    """uvicorn's server, which stops as the container contract requires instead of at once.

    After the first SIGTERM or SIGINT, readiness fails and every response has ``Connection: close``. The service still
    accepts requests for DRAIN_SECONDS, or until nobody sends any more. Then uvicorn stops listening and finishes the
    requests in flight, and the application closes its pools. A second signal, or the deadline, ends the process with
    exit status 1.
    """

    def __init__(self, config: uvicorn.Config, settings: Settings, lifecycle: Lifecycle) -> None:
        super().__init__(config)
        self._settings = settings
        self._lifecycle = lifecycle
        self._drain: asyncio.Task[None] | None = None
        self._began = 0.0

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle the signals in the event loop; uvicorn's own handlers would stop listening at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.go, signal.Signals(number).name)
        yield

    def go(self, cause: str) -> None:
        """Start to drain, or end the process by force if it is draining already.

        Args:
            cause: The reason for the log, such as ``SIGTERM``.
        """
        if self._lifecycle.draining:
            self._end_by_force(f"second signal ({cause})")
        self._lifecycle.draining = True
        self._began = time.monotonic()
        self._log("draining: readiness fails from now on", cause=cause, drain_seconds=self._settings.drain_seconds)
        loop = asyncio.get_running_loop()
        loop.call_later(self._settings.stop_seconds, self._end_by_force, "deadline")
        self._drain = loop.create_task(self._wait())

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen."""
        await super().startup(sockets)
        # The 100 000 objects that the start has made live until the end. Each full garbage collection would traverse
        # them, and no request would be answered for 40 ms or more.
        gc.freeze()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, finish the requests in flight, then let the application close its pools."""
        open_connections = len(self.server_state.connections)
        self._log("no longer listening", connections=open_connections, requests=self._lifecycle.requests_in_flight)
        await super().shutdown(sockets)
        self._log("gone")

    async def _wait(self) -> None:
        deadline = self._began + self._settings.drain_seconds
        reason = "DRAIN_SECONDS are over"
        while time.monotonic() < deadline:
            if self._lifecycle.may_end(len(self.server_state.connections)):
                reason = "nobody asks any more"
                break
            await asyncio.sleep(TICK_SECONDS)
        self._log("the drain ends", reason=reason)
        self.should_exit = True

    def _end_by_force(self, cause: str) -> None:
        self._log("ended by force", level=logging.ERROR, cause=cause, requests=self._lifecycle.requests_in_flight)
        logging.shutdown()
        os._exit(1)

    def _log(self, message: str, *, level: int = logging.INFO, **fields: object) -> None:
        since = round(time.monotonic() - self._began, 3) if self._began else None
        logger.log(level, message, extra={"seconds_since_signal": since, **fields})
