"""What a walk reports as wrong, and a short walk on the offline provider."""

from typing import Any

import pytest

from tests.engine.conftest import copied
from tests.walks.walk import Walk, environment, judged

PREFIX = "urn:pulumi:local::spot-platform::spot-platform:index:Vpc$aws:ec2/vpc:Vpc::"
STEPS = 1


def operation(name: str, *, succeeded: bool = True, refusals: tuple[str, ...] = (), **changes: str) -> dict[str, Any]:
    return {
        "operation": name,
        "succeeded": succeeded,
        "changes": {PREFIX + urn: change for urn, change in changes.items()},
        "refusals": list(refusals),
        "errors": [] if succeeded else ["it broke"],
    }


def problems(planned: dict[str, str], made: dict[str, str], after: dict[str, str]) -> list[str]:
    found, refusals = judged([operation("preview", **planned), operation("up", **made), operation("preview", **after)])
    assert refusals == []
    return found


@pytest.mark.parametrize(
    ("planned", "made", "after", "expected"),
    [
        ({"a": "update", "b": "create"}, {"a": "update", "b": "create"}, {}, []),
        ({"a": "update"}, {}, {}, []),
        ({"a": "replace"}, {"a": "update"}, {}, []),
        ({"a": "replace"}, {}, {}, []),
        ({}, {"a": "update"}, {}, ["up: ec2/vpc:Vpc::a update, and the preview said same"]),
        ({"a": "update"}, {"a": "replace"}, {}, ["up: ec2/vpc:Vpc::a replace, and the preview said update"]),
        ({"a": "create"}, {}, {}, ["preview: ec2/vpc:Vpc::a create, and up did nothing"]),
        ({"a": "delete"}, {}, {}, ["preview: ec2/vpc:Vpc::a delete, and up did nothing"]),
        ({}, {}, {"a": "update"}, ["the preview afterwards: ec2/vpc:Vpc::a update"]),
    ],
)
def test_what_the_preview_names_is_what_up_makes(planned, made, after, expected):
    assert [each.replace("aws:", "") for each in problems(planned, made, after)] == expected


def test_a_failure_is_a_problem_and_a_refusal_before_anything_is_made_is_none():
    (said,), _ = judged([operation("preview"), operation("up", succeeded=False)])
    assert said == "up number 2 failed: it broke"
    (said,), _ = judged([operation("preview", succeeded=False)])
    assert said.startswith("preview number 1 failed")
    refused = operation("preview", succeeded=False, refusals=("a-rule",))
    assert judged([refused]) == ([], ["a-rule"])
    (said,), _ = judged([operation("preview"), operation("up", succeeded=False, refusals=("a-rule",))])
    assert "a-rule" in said


@pytest.mark.engine
@pytest.mark.timeout(1800)
def test_a_short_walk_goes_well(tmp_path):
    walk = Walk(copied(tmp_path / "checkout", environment(tmp_path, emulator=False)), seed=20261129, emulator=False)
    try:
        outcomes = [walk.begin(), *(walk.step() for _ in range(STEPS))]
    finally:
        ended = walk.end()
    assert [str(outcome) for outcome in [*outcomes, ended] if outcome.problems] == []
    assert sum(outcomes[0].changes.values()) > 150
    assert sum(sum(outcome.changes.values()) for outcome in outcomes[1:]) > 0
