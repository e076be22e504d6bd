"""The budget is quiet in a month as docs/cost.md expects it, and tells of one that is not."""

from pathlib import Path

import pytest

from configuration.profiles import PROFILES
from spot_planning.monitoring.budget import plan_notifications


def told(limit_usd: float, *, spent_usd: float, forecast_usd: float) -> list[tuple[str, int]]:
    """Return the notifications of a budget that are sent, as AWS Budgets compares: with GREATER_THAN, in percent."""
    costs = {"ACTUAL": spent_usd, "FORECASTED": forecast_usd}
    return [
        (each.kind, each.percent) for each in plan_notifications() if 100 * costs[each.kind] / limit_usd > each.percent
    ]


@pytest.mark.parametrize("profile", ["dev", "staging", "prod"])
def test_a_budget_is_quiet_in_the_month_that_the_cost_page_expects(profile: str) -> None:
    """Its sums are those of docs/cost.md, which tests/unit/test_prices.py compares with the stacks."""
    limit, expected = PROFILES[profile]["budget"]["monthly_limit_usd"], expected_usd(profile)
    assert told(limit, spent_usd=expected, forecast_usd=expected) == []
    # Something that nobody needs costs as much again: the forecast is the first to say it.
    first = told(limit, spent_usd=2 * expected / 3, forecast_usd=2 * expected)
    assert first == [("FORECASTED", 100)]
    # Without a forecast, which AWS Budgets makes only from about five weeks of history ("Best practices for AWS
    # Budgets", AWS Cost Management User Guide), 80 % and 100 % are said when they are spent.
    assert told(limit, spent_usd=0.9 * limit, forecast_usd=0) == [("ACTUAL", 80)]
    assert told(limit, spent_usd=1.1 * limit, forecast_usd=0) == [("ACTUAL", 80), ("ACTUAL", 100)]


def expected_usd(profile: str) -> int:
    """Return what a stack costs a month by docs/cost.md, before traffic."""
    page = (Path(__file__).parents[4] / "docs" / "cost.md").read_text(encoding="utf-8")
    header, row = (
        next(line for line in page.splitlines() if line.startswith(begin)) for begin in ("| | unit", "| **all")
    )
    columns = dict(zip(header.split("|"), row.split("|"), strict=True))
    return int(columns[f" {profile} "].strip(" *"))
