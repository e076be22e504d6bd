"""The health checks of the service: whether its process answers, and whether it can handle requests."""

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
"""Share of the interval that a check may take; the remaining time is the pause before the next check."""
MAXIMUM_TIMEOUT_SECONDS: Final = 1.0
"""Maximum seconds of a check: less than a load balancer waits for the response."""


@dataclass(frozen=True)
class Finding:
    """The result of the last check of a part."""

    status: Status
    milliseconds: float | None = None
    """Duration of the check; None before the first one."""
    error: str | None = None
    """Type of the error, or None. The error's text may contain hosts and users, and everybody can read the response."""


@dataclass(frozen=True)
class Check:
    """The check of a part that the service needs, such as the database."""

    name: str
    probe: Callable[[float], Awaitable[None]]
    """Called with its timeout in seconds; raises if the part does not answer."""
    critical: bool
    """Whether the service cannot work without the part."""


class HealthMonitor:
    """Checks the parts in the background, one check of each at a time, and keeps the last finding.

    So a response to the load balancer needs no query, does not wait for a hanging database, and uses a finding that is
    not older than one interval: a check ends by its timeout, and the pause is the interval minus this timeout.
    """

    def __init__(self, checks: list[Check], interval_seconds: float) -> None:
        self._checks = checks
        self.timeout_seconds = min(interval_seconds * TIMEOUT_SHARE, MAXIMUM_TIMEOUT_SECONDS)
        """Timeout of a check in seconds."""
        self.pause_seconds = interval_seconds - self.timeout_seconds
        """Seconds from the end of a check to the start of the next one."""
        self._stale_after = 2 * interval_seconds
        self._findings = {check.name: Finding("unknown") for check in checks}
        self._checked_at = {check.name: 0.0 for check in checks}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the background checks."""
        self._tasks = [asyncio.create_task(self._watch(check)) for check in self._checks]

    async def stop(self) -> None:
        """Stop the background checks."""
        # Before Python 3.12, `asyncio.wait_for` loses a cancellation that comes at the same time as its result. The
        # client libraries use it, so a task is cancelled again until it has ended.
        waiting = set(self._tasks)
        while waiting:
            for task in waiting:
                task.cancel()
            _, waiting = await asyncio.wait(waiting, timeout=0.1)

    def findings(self) -> dict[str, Finding]:
        """Return the last finding of each part.

        Returns:
            The findings by the part's name. A finding older than two intervals counts as unknown, because something
            has stopped the checks.
        """
        now = time.monotonic()
        return {
            name: finding if now - self._checked_at[name] <= self._stale_after else Finding("unknown")
            for name, finding in self._findings.items()
        }

    def can_serve(self) -> bool:
        """Return whether every critical part answers."""
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
    """Checks the database over its own connection, so that a busy pool does not look like a database that is down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None

    async def __call__(self, timeout_seconds: float) -> None:
        """Send a query.

        Args:
            timeout_seconds: Timeout for connecting and for the query.

        Raises:
            OSError: The database does not answer; asyncpg raises its own errors too.
        """
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._database.connect(timeout_seconds)
            await self._connection.fetchval("SELECT 1")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection without a message to the server, which might hang and not read it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


router = APIRouter(tags=["health"])


@router.get("/health")
async def summary(request: Request) -> dict[str, Any]:
    """Answer with the release, the task and the last findings of the checks; the status is always 200."""
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
    """Answer that the process runs. It checks no other system, because a restart would not repair the database."""
    return _alive(request)


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Answer whether the load balancer should send requests: 200 if yes, 503 if not."""
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
    """Return the values of the task that the platform page shows, without unknown ones."""
    if task is None:
        return {}
    said = {
        "task": task.task,
        "zone": task.zone,
        "launchType": task.launch_type,
        "capacityProvider": task.capacity_provider,
        # The digest belongs to the running image, so it overrides APP_RELEASE.
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
