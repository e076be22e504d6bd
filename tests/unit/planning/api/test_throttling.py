import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.api.throttling import QUOTA_PERIOD_SECONDS, plan_throttling

GOOD = {"rate_limit": 100, "burst_limit": 200, "quota_limit": 100_000, "quota_period": "MONTH"}


def test_the_quota_lasts_minutes_at_the_full_rate_because_rates_are_per_second():
    assert plan_throttling(**GOOD).seconds_to_quota == 1000


@given(
    rate=st.floats(0.1, 10_000),
    spare=st.integers(1, 5_000),
    quota=st.integers(20_000, 10**9),
    period=st.sampled_from(sorted(QUOTA_PERIOD_SECONDS)),
)
def test_limits_that_agree_are_kept_as_they_are(rate, spare, quota, period):
    burst = int(rate) + spare
    plan = plan_throttling(rate_limit=rate, burst_limit=burst, quota_limit=quota, quota_period=period)

    assert (plan.rate_limit, plan.burst_limit, plan.quota_limit, plan.quota_period) == (rate, burst, quota, period)
    assert plan.seconds_to_quota * rate == pytest.approx(quota)


def test_there_may_be_no_quota():
    assert plan_throttling(**{**GOOD, "quota_limit": None}).seconds_to_quota is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate_limit": 0}, "throttle_rate_limit=0 is not more than 0 requests per second"),
        ({"rate_limit": -1}, "throttle_rate_limit=-1 is not more than 0 requests per second"),
        (
            {"burst_limit": 99},
            "throttle_burst_limit=99 is less than throttle_rate_limit=100, which it would undercut",
        ),
        (
            {"rate_limit": 0.5, "burst_limit": 0},
            "throttle_burst_limit=0 is less than throttle_rate_limit=0.5, which it would undercut",
        ),
        ({"quota_period": "YEAR"}, "quota_period='YEAR' is not one of DAY, WEEK, MONTH"),
        (
            {"quota_limit": 100},
            "quota_limit=100 a month is less than throttle_burst_limit=200: one burst would use it up",
        ),
    ],
)
def test_limits_that_admit_nothing_or_contradict_each_other_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plan_throttling(**{**GOOD, **change})
