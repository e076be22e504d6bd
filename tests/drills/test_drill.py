"""An interrupted drill keeps the results of its finished steps."""

from tests.drills.drill import until_interrupted
from tests.drills.spot import Reclaim, Result

MIX = {"spot": 1, "on_demand": 1}
RECLAIM = Reclaim(
    number=1, lost=[], tasks=1, before=MIX, during=MIX, after=MIX, replaced_seconds=9.5, ended_seconds=11.0, exits={}
)


def test_an_interrupted_drill_keeps_its_steps_and_does_not_pass():
    result = Result()
    result.tally.seconds["GET /health"] = [0.01]
    with until_interrupted(result):
        result.reclaims.append(RECLAIM)
        raise KeyboardInterrupt
    assert result.reclaims == [RECLAIM]
    assert result.problems() == ["interrupted after 1 reclaims"]
    assert result.described()["taken"] == 1


def test_a_drill_that_ends_by_itself_passes():
    result = Result(reclaims=[RECLAIM])
    result.tally.seconds["GET /health"] = [0.01]
    with until_interrupted(result):
        pass
    assert result.problems() == []
