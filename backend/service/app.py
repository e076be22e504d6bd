"""Builds the application: routes, middleware, and the pools that it opens at its start and closes at its end."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response

from service import health
from service.api import install, open_services, problems
from service.api import router as api_router
from service.cache import open_cache
from service.database import UNAVAILABLE, Database
from service.health import Check, DatabaseProbe, HealthMonitor
from service.lifecycle import Lifecycle
from service.middleware import FailureMiddleware, RequestMiddleware
from service.settings import CLOSING_SECONDS, Settings
from service.task_metadata import TaskMetadataReader

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """Build the application.

    ``app.state`` has ``settings``, ``lifecycle``, ``database`` (a `Database`), ``cache`` (a Redis client, or None),
    ``health``, ``task_metadata`` (a `TaskMetadataReader`) and ``started_at`` (by ``time.monotonic``).

    Args:
        settings: The service's settings, from the environment or from a test.
    """
    app = FastAPI(
        title="Reference service",
        version=settings.app_release,
        lifespan=_lifespan,
        # A redirect would go to the host in the request's Host header, which anybody can forge.
        redirect_slashes=False,
        # `service.tracing` makes the spans, so FastAPI's own spans would be duplicates. FastAPI would also look for
        # providers at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.lifecycle = Lifecycle()
    app.state.started_at = time.monotonic()
    app.include_router(health.router)
    app.include_router(api_router)
    install(app)
    for error in UNAVAILABLE:
        app.add_exception_handler(error, _unavailable)
    app.add_middleware(FailureMiddleware, request_seconds=settings.request_seconds)
    if settings.cors_allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_allowed_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key", "X-Request-Id"],
            expose_headers=["X-Request-Id", "Location", "Retry-After"],
            max_age=600,
        )
    app.add_middleware(RequestMiddleware, settings=settings, lifecycle=app.state.lifecycle)
    app.state.stop_tracing = None
    if settings.otel_exporter_otlp_endpoint is not None:
        from service.tracing import trace_requests  # noqa: PLC0415 - the import costs memory, also when tracing is off

        app.state.stop_tracing = trace_requests(app, settings, settings.otel_exporter_otlp_endpoint)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    settings: Settings = app.state.settings
    database = app.state.database = Database(settings)
    cache = app.state.cache = open_cache(settings)
    await database.open()
    services = open_services(app, settings, cache)
    probe = DatabaseProbe(database)
    checks = [Check("database", probe, critical=True)]
    if cache is not None:

        async def ask_cache(_: float) -> None:
            await cast("Any", cache).ping()

        checks.append(Check("redis", ask_cache, critical=False))
    monitor = app.state.health = HealthMonitor(checks, settings.health_check_seconds)
    monitor.start()
    task_metadata = app.state.task_metadata = TaskMetadataReader(
        settings.ecs_container_metadata_uri_v4,
        describe_tasks=settings.describe_tasks,
        endpoint_url=settings.aws_endpoint_url,
    )
    task_metadata.start()
    try:
        yield
    finally:
        began = time.monotonic()
        task_metadata.stop()
        await monitor.stop()
        probe.close()
        closing: dict[str, Coroutine[Any, Any, None]] = {
            "database": database.close(),
            "storage": services.storage.close(),
        }
        if cache is not None:
            closing["redis"] = cast("Any", cache).aclose()
        if app.state.stop_tracing is not None:
            closing["traces"] = asyncio.to_thread(app.state.stop_tracing)
        await _close(closing)
        logger.info("the pools are closed", extra={"seconds": round(time.monotonic() - began, 3)})


async def _close(closing: Mapping[str, Coroutine[Any, Any, None]]) -> None:
    """Close all parts at the same time. Log a part that fails or does not close in time, and go on without it."""
    tasks = {asyncio.create_task(step): name for name, step in closing.items()}
    done, pending = await asyncio.wait(tasks, timeout=CLOSING_SECONDS - 2)
    for task in done:
        if (error := task.exception()) is not None:
            logger.warning("a pool did not close", extra={"part": tasks[task], "cause": type(error).__name__})
    for task in pending:
        logger.warning("a pool did not close in time", extra={"part": tasks[task]})


async def _unavailable(request: Request, error: Exception) -> Response:
    """Return the response 503: the database is not available."""
    del request
    logger.warning("the database is away", extra={"reason": type(error).__name__})
    return problems.answer(problems.unavailable("its database"))
