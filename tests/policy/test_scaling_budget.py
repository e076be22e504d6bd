"""The limit of prod's scale-out: the message has the number of tasks that the budget covers, also without an image."""

from typing import Any

import pytest

from tests.policy.engine_calls import Finding
from tests.policy.nodes import from_recording
from tests.policy.test_named_settings import with_whole_urns
from tests.policy.test_program import IMAGE, named, pack
from tests.program import record_changed

RULE = "scaling-within-budget"
REACHED = 66
"""Number of tasks (512 CPU units, 1024 MiB, 18.02 USD a month) that three budgets of 400 USD cover."""


def findings(**service: Any) -> list[Finding]:
    nodes = from_recording(record_changed("prod", service=service))
    return [finding for finding in pack("prod").run(with_whole_urns(named("prod", nodes))) if finding.policy == RULE]


@pytest.mark.parametrize("image", [None, IMAGE])
@pytest.mark.parametrize("tasks", [REACHED + 1, 300])
def test_message_gives_the_number_that_the_budget_reaches_for(image: str | None, tasks: int) -> None:
    (found,) = findings(image=image, max_tasks=tasks)
    assert f"is {tasks}; it must be at most {REACHED}, for which 3 monthly budgets of 400 USD reach" in found.message
    assert "set spot-platform:service.max_tasks to the number that the message names, or less" in found.message


@pytest.mark.parametrize("image", [None, IMAGE])
def test_that_number_is_accepted(image: str | None) -> None:
    assert findings(image=image, max_tasks=REACHED) == []


def test_budget_that_the_message_names_is_enough() -> None:
    (found,) = findings(image=IMAGE, max_tasks=99)
    assert "want a budget of 595 USD" in found.message
    for budget, expected in ((595, 0), (594, 1)):
        recording = record_changed("prod", service={"max_tasks": 99}, budget={"monthly_limit_usd": budget})
        told = pack("prod").run(with_whole_urns(named("prod", from_recording(recording))))
        assert [finding.policy for finding in told].count(RULE) == expected


def test_whatever_the_budget_there_is_a_most() -> None:
    recording = record_changed("prod", service={"max_tasks": 150}, budget={"monthly_limit_usd": 5000})
    told = pack("prod").run(with_whole_urns(named("prod", from_recording(recording))))
    (found,) = [finding for finding in told if finding.policy == RULE]
    assert "is 150; it must be at most 100, whatever the budget" in found.message


@pytest.mark.parametrize("image", [None, IMAGE])
def test_scheduled_scaling_is_named_where_it_is_too_much(image: str | None) -> None:
    sale = {"name": "sale", "schedule": "at(2026-12-24T08:00:00)", "min_tasks": 2, "max_tasks": 90}
    (found,) = findings(image=image, scheduled_scaling=[sale])
    assert "is 90; it must be at most 66" in found.message
    assert "set spot-platform:service.scheduled_scaling to entries with max_tasks" in found.message or image is None
