"""How the service goes away without losing a request."""

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
"""Seconds between two looks at whether the drain may end."""
LEARNING_CHECKS: Final = 13
"""Checks after which the interval is known. Each zone's part of a balancer checks by itself, so that the first few may
come close together. Their 12 distances hold the longest one of six zones twice."""
REMEMBERED_CHECKS: Final = 30
"""Health checks from whose distances the interval is learnt."""
SAME_CHECK_SECONDS: Final = 1.0
"""Checks that come closer together than this count as one: anybody may ask for readiness, as often as they like."""
SHORTEST_INTERVAL_SECONDS: Final = 5.0
"""Shortest interval of a target group's health checks (Elastic Load Balancing API, `HealthCheckIntervalSeconds`)."""
CHECKS_FOR_A_GAP: Final = 10
"""Distances of which the longest is left out, as a gap in which the balancer did not ask; of twice as many two."""
QUIET_INTERVALS: Final = 2.5
"""Intervals without a check after which the balancer is taken to have stopped: two checks that are missing, and half
an interval for one that is late."""
UNKNOWN_INTERVAL_SECONDS: Final = 10.0
"""The platform's interval, while too few checks have come to know it."""
IDLE_SECONDS: Final = 5.0
"""Seconds without a request after which the connections that are still open are taken to be unused."""


@dataclass
class Lifecycle:
    """Whether the service is going away, and whether the balancer still sends."""

    draining: bool = False
    """Whether SIGTERM has come."""
    requests_in_flight: int = 0
    """Requests that are being answered."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, from whenever."""
    _asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CHECKS))
    _last_asked_at: float = -math.inf
    _last_request_at: float = -math.inf

    def balancer_asked(self) -> None:
        """Note a readiness check. Only load balancers ask for readiness; ECS asks /health/live."""
        now = self.clock()
        self._last_asked_at = now
        if not self._asked_at or now - self._asked_at[-1] >= SAME_CHECK_SECONDS:
            self._asked_at.append(now)

    def request_began(self) -> None:
        """Note a request other than a health check."""
        self.requests_in_flight += 1
        self._last_request_at = self.clock()

    def request_ended(self) -> None:
        """Note its end."""
        self.requests_in_flight -= 1
        self._last_request_at = self.clock()

    def may_end(self, open_connections: int) -> bool:
        """Whether nobody sends any more, so that the rest of the drain would be wasted.

        Args:
            open_connections: Connections of clients, idle ones as well.

        Returns:
            True when the balancer has stopped its health checks, which it does when the target is deregistered, and
            no client holds a connection on which it has lately sent something. A balancer never closes the
            connections that it knows; the service closes each after its next answer.
        """
        now = self.clock()
        if self.requests_in_flight or not self._checks_have_stopped(now):
            return False
        return open_connections == 0 or now - self._last_request_at >= IDLE_SECONDS

    def _checks_have_stopped(self, now: float) -> bool:
        # When nobody has asked since the start, there is no balancer.
        return not self._asked_at or now - self._last_asked_at >= QUIET_INTERVALS * self._interval()

    def _interval(self) -> float:
        """The balancer's interval in seconds: the longest distance, but for those that were gaps.

        The median would be wrong with several zones, whose checks are apart by less than the interval.
        """
        if len(self._asked_at) < LEARNING_CHECKS:
            return UNKNOWN_INTERVAL_SECONDS
        distances = sorted(later - earlier for earlier, later in pairwise(self._asked_at))
        gaps = len(distances) // CHECKS_FOR_A_GAP
        return max(distances[-1 - gaps], SHORTEST_INTERVAL_SECONDS)


class Server(uvicorn.Server):
    """uvicorn's server, which leaves by the container contract instead of at once.

    On the first SIGTERM or SIGINT readiness fails and every answer says ``Connection: close``, while the service goes
    on accepting requests for DRAIN_SECONDS, or until nobody sends any more. Then uvicorn stops listening and finishes
    what is in flight, and the application closes its pools. A second signal, or the deadline, ends the process with
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
        """Take the signals in the event loop; uvicorn's own handlers would stop listening at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.go, signal.Signals(number).name)
        yield

    def go(self, cause: str) -> None:
        """Begin to leave, or leave by force when that has begun before.

        Args:
            cause: For the log, such as ``SIGTERM``.
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
        # What the start has made lives to the end. A full collection would look through its 100 000 objects again and
        # again, and no request would be answered for 40 ms or more.
        gc.freeze()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, finish what is in flight, then let the application close its pools."""
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
