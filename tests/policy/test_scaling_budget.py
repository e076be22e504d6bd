"""The limit of prod's scale-out: the message has the number of tasks that the budget covers, also without an image."""

from dataclasses import replace

import pytest

from tests.policy.engine_calls import Finding
from tests.policy.nodes import Stack, changed, from_recording
from tests.policy.test_named_settings import with_whole_urns
from tests.policy.test_program import named, pack
from tests.program import PUBLIC_IMAGE, record_changed
from tests.recording import Recording

RULE = "scaling-within-budget"
REACHED = 66
"""Number of tasks (512 CPU units, 1024 MiB, 18.02 USD a month) that three budgets of 400 USD cover."""
SET = 67
SCHEDULED = 90
"""Numbers of tasks that the recorded program gives, one more than the budget reaches for and many more."""


def recorded(image: str | None) -> Recording:
    sale = {"name": "sale", "schedule": "at(2026-12-24T08:00:00)", "min_tasks": 2, "max_tasks": SCHEDULED}
    return record_changed("prod", service={"image": image, "max_tasks": SET, "scheduled_scaling": [sale]})


def scaled(image: str | None, tasks: int, budget: int = 400) -> Stack:
    """Return the recorded program's resources with other numbers than those of its settings, and nothing scheduled."""
    recording = recorded(image)
    nodes = from_recording(recording)
    nodes = changed(nodes, recording.one("aws:budgets/budget:Budget").urn, "limitAmount", f"{budget}.00")
    if image is None:
        service = recording.one("FargateSpotService").urn
        assert nodes[service].outputs["max_tasks"] == SCHEDULED
        return {**nodes, service: replace(nodes[service], outputs={**nodes[service].outputs, "max_tasks": tasks})}
    del nodes[recording.one("ScheduledAction").urn]
    return changed(nodes, recording.one("aws:appautoscaling/target:Target").urn, "maxCapacity", tasks)


def findings(nodes: Stack) -> list[Finding]:
    found = pack("prod").stack(with_whole_urns(named("prod", nodes)))
    return [finding for finding in found if finding.policy == RULE]


@pytest.mark.parametrize("image", [None, PUBLIC_IMAGE])
@pytest.mark.parametrize("tasks", [REACHED + 1, 300])
def test_message_gives_the_number_that_the_budget_reaches_for(image: str | None, tasks: int) -> None:
    (found,) = findings(scaled(image, tasks))
    assert f"is {tasks}; it must be at most {REACHED}, for which 3 monthly budgets of 400 USD reach" in found.message
    assert "set spot-platform:service.max_tasks to the number that the message names, or less" in found.message


@pytest.mark.parametrize("image", [None, PUBLIC_IMAGE])
def test_that_number_is_accepted(image: str | None) -> None:
    assert findings(scaled(image, REACHED)) == []


@pytest.mark.parametrize("image", [None, PUBLIC_IMAGE])
def test_budget_that_the_message_names_is_enough(image: str | None) -> None:
    (found,) = findings(scaled(image, 99))
    assert "want a budget of 595 USD" in found.message
    assert findings(scaled(image, 99, budget=595)) == []
    assert len(findings(scaled(image, 99, budget=594))) == 1


@pytest.mark.parametrize("image", [None, PUBLIC_IMAGE])
def test_whatever_the_budget_there_is_a_most(image: str | None) -> None:
    (found,) = findings(scaled(image, 150, budget=5000))
    assert "is 150; it must be at most 100, whatever the budget" in found.message


def test_numbers_of_the_settings_are_judged() -> None:
    named_by = {
        finding.urn.split("$")[-1]: finding.message for finding in findings(from_recording(recorded(PUBLIC_IMAGE)))
    }
    most = named_by.pop("aws:appautoscaling/target:Target::halalsphere-prod")
    scheduled = named_by.pop("aws:appautoscaling/scheduledAction:ScheduledAction::halalsphere-prod-sale")
    assert named_by == {}
    assert f"is {SET}; it must be at most {REACHED}" in most
    assert "set spot-platform:service.max_tasks to the number that the message names, or less" in most
    assert f"is {SCHEDULED}; it must be at most {REACHED}" in scheduled
    assert "set spot-platform:service.scheduled_scaling to entries with max_tasks" in scheduled


def test_without_an_image_the_highest_number_of_the_settings_is_judged() -> None:
    (found,) = findings(from_recording(recorded(None)))
    assert f"is {SCHEDULED}; it must be at most {REACHED}" in found.message
