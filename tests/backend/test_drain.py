"""A task that ends loses no request. This is the short form of ``python -m tests.backend.drill``."""

from pathlib import Path

import pytest

from tests.backend import balancer, drilled
from tests.backend.conftest import TestDatabase
from tests.backend.fleet import two_tasks
from tests.backend.load import Load

pytestmark = [
    pytest.mark.skipif(balancer.program() is None, reason=balancer.MISSING),
    pytest.mark.usefixtures("table"),
]


@pytest.fixture
def table(database: TestDatabase) -> None:
    database.execute(drilled.TABLE)


def test_no_request_is_lost_to_a_spot_reclaim(environment: dict[str, str], tmp_path: Path) -> None:
    with two_tasks(environment, tmp_path) as fleet:
        with Load(fleet.balancer.url).running() as result:
            for _ in range(3):
                fleet.reclaim(fleet.tasks[0])
        assert result.failures == []
        assert result.requests > 100


def test_no_request_is_lost_to_a_deployment(environment: dict[str, str], tmp_path: Path) -> None:
    with two_tasks(environment, tmp_path) as fleet:
        with Load(fleet.balancer.url).running() as result:
            for _ in range(3):
                fleet.replace(fleet.tasks[0])
        assert result.failures == []
        assert result.requests > 100
