"""How rate limits distinguish clients."""

import asyncio

import pytest
from starlette.testclient import TestClient

from service.api.accounts import ATTEMPTS_PER_ADDRESS
from service.api.problems import Problem
from service.api.rates import count, network
from service.app import create_app
from service.settings import Settings


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("testclient", "testclient"),
    ],
)
def test_who_is_counted_together(address: str, expected: str) -> None:
    assert network(address) == expected


@pytest.mark.usefixtures("redis_server")
def test_a_client_with_many_addresses_of_one_network_is_one_client(service_settings: Settings) -> None:
    """A client has at least a /64 network, and each of its requests may come from another address."""
    app = create_app(service_settings.model_copy(update={"trust_proxy": True}))
    # Twice the allowed number, because a new minute may begin in between
    with TestClient(app, client=("127.0.0.1", 50000)) as client:
        statuses = [
            client.post(
                "/auth/password/forgot",
                json={"email": "nobody@example.com"},
                headers={"X-Forwarded-For": f"2600:1f18:1:2::{number:x}"},
            ).status_code
            for number in range(1, 2 * ATTEMPTS_PER_ADDRESS + 2)
        ]
    assert set(statuses) == {202, 429}


def test_the_limit_is_of_a_subject() -> None:
    async def ask() -> None:
        await count(None, "one", 1)
        await count(None, "two", 1)
        with pytest.raises(Problem) as refused:
            await count(None, "one", 1)
        assert refused.value.status == 429

    asyncio.run(ask())
