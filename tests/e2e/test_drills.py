"""Short forms of the long drills, ``make drill-spot`` and ``make drill-releases``: no request is lost."""

import pytest

from tests.drills.releases import run_releases
from tests.drills.sabotage import SABOTAGES
from tests.drills.spot import run_spot
from tests.e2e.stack import LocalStack

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]

PER_SECOND = 10.0


def test_reclaimed_tasks_lose_no_request(local_stack: LocalStack) -> None:
    result = run_spot(local_stack.root, local_stack.environment, count=2, rate=PER_SECOND)
    print(result.table())
    assert result.problems() == []
    assert result.taken == 2


def test_a_good_release_goes_live_and_a_bad_one_is_refused_without_a_lost_request(local_stack: LocalStack) -> None:
    result = run_releases(local_stack.root, local_stack.environment, count=2, rate=PER_SECOND, sabotages=SABOTAGES[:1])
    print(result.table())
    assert result.problems() == []
    assert sorted(made.is_good for made in result.releases) == [False, True]
