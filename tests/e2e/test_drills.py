"""Short forms of the long drills, ``make drill-spot`` and ``make drill-releases``: no request is lost."""

from collections.abc import Iterator

import pytest

from tests.drills.releases import run_releases
from tests.drills.sabotage import SABOTAGES
from tests.drills.service import Service
from tests.drills.spot import run_spot
from tests.drills.stack import Stack
from tests.e2e.stack import LocalStack

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]

PER_SECOND = 10.0
TASKS = 2


@pytest.fixture(scope="module")
def stack(local_stack: LocalStack) -> Iterator[Stack]:
    """The stack with as many tasks as the drills want, so that the second need not start one again."""
    service = Service(local_stack.drilled)
    before = service.want(TASKS)
    yield local_stack.drilled
    service.want(before)


def test_reclaimed_tasks_lose_no_request(stack: Stack) -> None:
    result = run_spot(stack, count=2, tasks=TASKS, rate=PER_SECOND)
    print(result.table())
    assert result.problems() == []
    assert result.taken == 2


def test_a_good_release_goes_live_and_a_bad_one_is_refused_without_a_lost_request(stack: Stack) -> None:
    result = run_releases(stack, count=2, tasks=TASKS, rate=PER_SECOND, sabotages=SABOTAGES[:1])
    print(result.table())
    assert result.problems() == []
    assert sorted(made.is_good for made in result.releases) == [False, True]
