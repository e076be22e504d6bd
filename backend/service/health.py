"""Whether the service lives, and whether it can serve."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from service.database import Database
from service.task_metadata import TaskMetadata

logger = logging.getLogger(__name__)

Status = Literal["healthy", "unhealthy", "degraded", "unknown"]

TIMEOUT_SHARE: Final = 0.5
"""Part of the interval that a check may take; the rest is the pause before the next."""
MAXIMUM_TIMEOUT_SECONDS: Final = 1.0
"""Seconds that a check may take at most: less than a load balancer waits for its answer."""


@dataclass(frozen=True)
class Finding:
    """What the last check of a part said."""

    status: Status
    milliseconds: float | None = None
    """What the check took."""
    error: str | None = None
    """Type of the error: its text may name hosts and users, and everybody can read the answer."""


@dataclass(frozen=True)
class Check:
    """A part that the service needs."""

    name: str
    probe: Callable[[float], Awaitable[None]]
    """Raises when the part does not answer; it is given its time in seconds."""
    critical: bool
    """Whether the service is of no use without the part."""


class HealthMonitor:
    """Checks the parts in the background, one check of each at a time, and remembers the last finding.

    An answer to the load balancer costs no query, does not wait for a hanging database, and is never older than one
    interval: a check ends by its timeout, and the pause is the interval less that timeout.
    """

    def __init__(self, checks: list[Check], interval_seconds: float) -> None:
        self._checks = checks
        self.timeout_seconds = min(interval_seconds * TIMEOUT_SHARE, MAXIMUM_TIMEOUT_SECONDS)
        """Seconds that a check may take."""
        self.pause_seconds = interval_seconds - self.timeout_seconds
        """Seconds from the end of a check to the next."""
        self._stale_after = 2 * interval_seconds
        self._findings = {check.name: Finding("unknown") for check in checks}
        self._checked_at = {check.name: 0.0 for check in checks}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to check."""
        self._tasks = [asyncio.create_task(self._watch(check)) for check in self._checks]

    async def stop(self) -> None:
        """End the checks."""
        # Before Python 3.12, `asyncio.wait_for` loses a cancellation that comes together with its result, and the
        # clients' libraries use it: so a task is cancelled until it has ended.
        waiting = set(self._tasks)
        while waiting:
            for task in waiting:
                task.cancel()
            _, waiting = await asyncio.wait(waiting, timeout=0.1)

    def findings(self) -> dict[str, Finding]:
        """The last finding of each part.

        Returns:
            By the part's name. A finding that is older than two intervals counts as unknown: something has stopped
            the checks, so nothing is known.
        """
        now = time.monotonic()
        return {
            name: finding if now - self._checked_at[name] <= self._stale_after else Finding("unknown")
            for name, finding in self._findings.items()
        }

    def can_serve(self) -> bool:
        """Whether every critical part answers."""
        findings = self.findings()
        return all(findings[check.name].status == "healthy" for check in self._checks if check.critical)

    async def _watch(self, check: Check) -> None:
        while True:
            finding = await self._look(check)
            before = self._findings[check.name].status
            self._findings[check.name] = finding
            self._checked_at[check.name] = time.monotonic()
            if finding.status != before:
                logger.log(
                    logging.INFO if finding.status == "healthy" else logging.WARNING,
                    "a part changed its health",
                    extra={"part": check.name, "status": finding.status, "before": before, "cause": finding.error},
                )
            await asyncio.sleep(self.pause_seconds)

    async def _look(self, check: Check) -> Finding:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.timeout_seconds):
                await check.probe(self.timeout_seconds)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the part does not answer
            return Finding("unhealthy" if check.critical else "degraded", _since(began), type(error).__name__)
        return Finding("healthy", _since(began))


class DatabaseProbe:
    """Asks the database over a connection of its own, so that a pool that is busy is not taken for a dead database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    async def __call__(self, timeout_seconds: float) -> None:
        """Send a query.

        Args:
            timeout_seconds: For connecting and for the query.

        Raises:
            OSError: Or an asyncpg error, when the database does not answer.
        """
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._database.connect(timeout_seconds)
            await self._connection.fetchval("SELECT 1")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection without a word: one that hangs would not hear it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


router = APIRouter(tags=["health"])


@router.get("/health")
async def summary(request: Request) -> dict[str, Any]:
    """Say that the process answers, what it runs and where, and what it last found; always 200."""
    state = request.app.state
    return {
        **_alive(request),
        "release": state.settings.app_release,
        "draining": state.lifecycle.draining,
        "checks": _details(state.health),
        **_whereabouts(state.task_metadata.found),
    }


@router.get("/health/live")
async def live(request: Request) -> dict[str, Any]:
    """Say that the process answers. It asks nobody: a restart would not mend the database."""
    return _alive(request)


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Say whether the load balancer should send requests: 200 or 503."""
    state = request.app.state
    state.lifecycle.balancer_asked()
    draining: bool = state.lifecycle.draining
    serves = not draining and state.health.can_serve()
    status = "draining" if draining else "ready" if serves else "not_ready"
    return JSONResponse(
        {"status": status, "checks": _details(state.health), "timestamp": _now()},
        status_code=200 if serves else 503,
        headers={"Cache-Control": "no-store"},
    )


def _alive(request: Request) -> dict[str, Any]:
    return {
        "status": "ok",
        "timestamp": _now(),
        "uptime": round(time.monotonic() - request.app.state.started_at, 3),
    }


def _whereabouts(task: TaskMetadata | None) -> dict[str, str]:
    """What the platform page shows of the task; what is not known is left out."""
    if task is None:
        return {}
    said = {
        "task": task.task,
        "zone": task.zone,
        "launchType": task.launch_type,
        "capacityProvider": task.capacity_provider,
        # The digest is of what runs, whatever APP_RELEASE says.
        "release": task.image_digest,
    }
    return {name: value for name, value in said.items() if value is not None}


def _details(monitor: HealthMonitor) -> dict[str, dict[str, Any]]:
    return {
        name: {"status": finding.status, "milliseconds": finding.milliseconds, "error": finding.error}
        for name, finding in monitor.findings().items()
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
