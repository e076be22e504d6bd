"""The registered resources of the budget."""

import re
from typing import Any

import pytest

from spot_platform.monitoring.budget import Budget, BudgetArgs, BudgetTransforms
from tests.recording import Recording, record

EMAILS = ["ops@example.com"]


def made(transforms: BudgetTransforms | None = None, **changes: Any) -> Recording:
    given: dict[str, Any] = {"monthly_limit_usd": 250, "emails": EMAILS, **changes}
    return record(lambda: Budget("monthly", BudgetArgs(**given), transforms=transforms).budget_name)


def test_people_are_told_at_80_percent_when_over_and_when_going_to_be_over() -> None:
    recording = made()
    assert recording.unknown_inputs() == []
    assert recording.result == "monthly"
    inputs = recording.one("aws:budgets/budget:Budget", "monthly").inputs
    assert (inputs["budgetType"], inputs["timeUnit"], inputs["limitAmount"], inputs["limitUnit"]) == (
        "COST",
        "MONTHLY",
        "250.00",
        "USD",
    )
    assert [(n["notificationType"], n["threshold"]) for n in inputs["notifications"]] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    for notification in inputs["notifications"]:
        assert notification["subscriberEmailAddresses"] == EMAILS
        assert notification["thresholdType"] == "PERCENTAGE"
        assert notification["comparisonOperator"] == "GREATER_THAN"
    assert "costFilters" not in inputs


def test_a_tag_narrows_it_to_one_stack() -> None:
    budget = made(tag="Stack=prod").one("aws:budgets/budget:Budget")
    assert budget.inputs["costFilters"] == [{"name": "TagKeyValue", "values": ["user:Stack$prod"]}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"monthly_limit_usd": 0}, "monthly_limit_usd=0 is not allowed; allowed: 1 or more"),
        ({"monthly_limit_usd": float("nan")}, "monthly_limit_usd=NaN is not allowed; allowed: 1 or more"),
        ({"emails": []}, "emails has 0 addresses; allowed: 1 to 10"),
        ({"emails": [f"{n}@example.com" for n in range(11)]}, "emails has 11 addresses; allowed: 1 to 10"),
        ({"emails": ["ops"]}, "emails[0]=ops is not allowed; allowed: an email address, such as ops@example.com"),
        ({"tag": "prod"}, "tag=prod must be KEY=VALUE"),
    ],
)
def test_a_wrong_argument_is_refused_before_there_is_any_resource(changes: dict[str, Any], message: str) -> None:
    expected = re.escape(f"Budget 'monthly': {message}")

    def program() -> None:
        with pytest.raises(ValueError, match=f"^{expected}$"):
            Budget("monthly", BudgetArgs(**{"monthly_limit_usd": 250, "emails": EMAILS, **changes}))

    assert record(program).resources == []


def test_the_transform_reaches_the_budget() -> None:
    assert (
        made(BudgetTransforms(budget={"limit_unit": "EUR"})).one("aws:budgets/budget:Budget").inputs["limitUnit"]
        == "EUR"
    )
