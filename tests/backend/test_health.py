"""What the load balancer, ECS and people are told about the service's health."""

from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.backend.servers import wait_until


def test_ready_says_what_it_checked(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200, "ready", 10)
        answer = client.get("/health/ready").json()
        assert answer["status"] == "ready"
        assert {name: check["status"] for name, check in answer["checks"].items()} == {
            "database": "healthy",
            "redis": "healthy",
        }
        assert all(check["milliseconds"] > 0 for check in answer["checks"].values())
        assert client.get("/health/live").json()["status"] == "ok"
        assert client.get("/health").json()["draining"] is False
