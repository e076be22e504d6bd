"""The service's health endpoints for the load balancer, for ECS and for people."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.app import create_app
from service.health import Check, HealthMonitor
from service.settings import Settings, load
from tests.backend.conftest import unchanged_database
from tests.backend.servers import Postgres, Redis, wait_until
from toolchain.datapath.ports import free_port

database = unchanged_database


def test_ready_says_what_it_checked(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        wait_until(
            lambda: {check["status"] for check in client.get("/health/ready").json()["checks"].values()} == {"healthy"},
            "healthy",
            10,
        )
        answer = client.get("/health/ready").json()
        assert answer["status"] == "ready"
        assert {name: check["status"] for name, check in answer["checks"].items()} == {
            "database": "healthy",
            "redis": "healthy",
        }
        assert all(check["milliseconds"] > 0 for check in answer["checks"].values())
        assert client.get("/health/live").json()["status"] == "ok"
        assert client.get("/health").json()["draining"] is False


def test_a_task_starts_and_says_what_it_lacks_while_everything_is_away(environment: dict[str, str]) -> None:
    away = {"DATABASE_PORT": str(free_port()), "REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    with TestClient(create_app(load(environment | away))) as client:
        wait_until(lambda: client.get("/health/ready").json()["checks"]["redis"]["status"] == "degraded", "checked", 10)
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["status"] == "not_ready"
        assert answer.json()["checks"]["database"]["status"] == "unhealthy"
        assert answer.json()["checks"]["database"]["error"] == "ConnectionRefusedError"
        assert client.get("/health/live").status_code == 200
        assert client.get("/health").status_code == 200


def test_without_redis_the_service_is_ready(environment: dict[str, str], redis_server: Redis) -> None:
    with TestClient(create_app(load(environment))) as client:
        wait_until(lambda: client.get("/health/ready").json()["checks"]["redis"]["status"] == "healthy", "there", 10)
        redis_server.kill()
        try:

            def is_ready_without_it() -> bool:
                # On a busy machine a single late answer of the database may fail readiness.
                answer = client.get("/health/ready")
                return answer.status_code == 200 and answer.json()["checks"]["redis"]["status"] == "degraded"

            wait_until(is_ready_without_it, "ready, and Redis degraded", 10)
        finally:
            redis_server.start()
        wait_until(lambda: client.get("/health/ready").json()["checks"]["redis"]["status"] == "healthy", "back", 10)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["crashes", "hangs"])
def test_readiness_follows_the_database(environment: dict[str, str], postgres: Postgres, fault: str) -> None:
    """While the database hangs, no answer waits for it: a statement would wait longer than this test may take."""
    with TestClient(create_app(load(environment | {"DATABASE_QUERY_SECONDS": "300"}))) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200, "ready", 10)
        _ = postgres.kill() if fault == "crashes" else postgres.pause()
        try:
            wait_until(lambda: client.get("/health/ready").status_code == 503, "not ready", 10)
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 503
        finally:
            _ = postgres.start() if fault == "crashes" else postgres.resume()
        wait_until(lambda: client.get("/health/ready").status_code == 200, "ready again", 10)


# The monitor alone, with checks that the test controls

INTERVAL = 0.1


async def watched(probe: Callable[[float], Awaitable[None]], seconds: float) -> HealthMonitor:
    monitor = HealthMonitor([Check("part", probe, critical=True)], INTERVAL)
    monitor.start()
    await asyncio.sleep(seconds)
    await monitor.stop()
    return monitor


def test_checks_of_a_part_that_hangs_do_not_pile_up() -> None:
    running = most = calls = 0

    async def hang(_: float) -> None:
        nonlocal running, most, calls
        calls += 1
        running += 1
        most = max(most, running)
        try:
            await asyncio.sleep(60)
        finally:
            running -= 1

    monitor = asyncio.run(watched(hang, 5 * INTERVAL))
    assert most == 1
    assert running == 0
    assert calls >= 3
    assert monitor.findings()["part"].status == "unhealthy"
    assert monitor.findings()["part"].error == "TimeoutError"


def test_a_client_that_swallows_its_cancellation_does_not_keep_the_monitor() -> None:
    """Libraries swallow a cancellation when their own timeout expires at the same moment."""

    async def watch() -> int:
        asked = asyncio.Event()
        swallowed = 0

        async def swallow(_: float) -> None:
            nonlocal swallowed
            asked.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                await asyncio.sleep(0)

        monitor = HealthMonitor([Check("part", swallow, critical=True)], 60)
        monitor.start()
        await asked.wait()
        _, pending = await asyncio.wait([asyncio.create_task(monitor.stop())], timeout=10)
        assert not pending
        return swallowed

    assert asyncio.run(watch()) == 1


def test_a_finding_that_nobody_renews_is_not_believed() -> None:
    async def answer(_: float) -> None:
        """Succeed."""

    async def outlive() -> HealthMonitor:
        monitor = await watched(answer, 2 * INTERVAL)
        assert monitor.can_serve()
        await asyncio.sleep(3 * INTERVAL)
        return monitor

    monitor = asyncio.run(outlive())
    assert monitor.findings()["part"].status == "unknown"
    assert not monitor.can_serve()


@given(st.floats(0.05, 60))
def test_findings_are_renewed_within_an_interval(interval: float) -> None:
    """This holds for a check of any duration: timeout and pause together are at most the interval."""
    monitor = HealthMonitor([], interval)
    assert 0 < monitor.timeout_seconds <= 1
    assert monitor.timeout_seconds + monitor.pause_seconds <= interval
