"""A hanging Redis does not block access to the database."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.backend.api.conftest import PASSWORD, Person

EMAIL = {"email": "nobody@example.com"}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/certificates", None, 200),
        ("GET", "/certificates/verify/HS-2026-000001", None, 404),
        ("POST", "/auth/register", {**EMAIL, "password": PASSWORD, "fullName": "Nobody"}, 201),
        ("POST", "/auth/login", {**EMAIL, "password": PASSWORD}, 401),
        ("POST", "/auth/mfa/verify", {"challengeId": str(uuid4()), "code": "000000"}, 401),
        ("POST", "/auth/password/forgot", EMAIL, 202),
        ("POST", "/auth/password/reset", {"token": "x" * 43, "password": PASSWORD}, 422),
    ],
)
def test_who_waits_for_redis_holds_no_connection(
    person: Callable[..., Person],
    service_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
    expected: int,
) -> None:
    """With one connection in the pool, a request that waits for Redis does not block another request."""
    user = person("user")
    waiting, go_on = threading.Event(), threading.Event()

    async def hang() -> None:
        waiting.set()
        await asyncio.to_thread(go_on.wait, 30)

    async def count_slowly(*_: object) -> int:
        await hang()
        return 1

    async def look_slowly(*_: object) -> tuple[str, None]:
        await hang()
        return "", None

    monkeypatch.setattr("service.api.rates._number", count_slowly)
    monkeypatch.setattr("service.api.search_cache.lookup", look_slowly)
    settings = service_settings.model_copy(update={"database_pool_size": 1, "database_query_seconds": 5})
    with TestClient(create_app(settings)) as client, ThreadPoolExecutor(1) as pool:
        user.client = client
        asked = pool.submit(user.call, method, path, body)
        try:
            assert waiting.wait(30)
            assert user.call("GET", "/auth/me").status_code == 200
        finally:
            go_on.set()
        assert asked.result().status_code == expected
