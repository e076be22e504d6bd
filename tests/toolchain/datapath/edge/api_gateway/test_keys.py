"""API keys, quotas and throttling, as in API Gateway."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.api_gateway.buckets import Buckets, Limit
from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.keys import (
    NO_LIMIT,
    ApiKey,
    Meter,
    Quota,
    StageLimits,
    UsagePlan,
    method_setting_name,
    period_of,
)

DOCUMENT = {
    "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}},
    "paths": {"/a": {"get": {"security": [{"key": []}]}, "post": {}}},
}
METHODS = deployed_api("api", {"document": DOCUMENT}).methods["/a"]


def plan(limit=NO_LIMIT, methods=None, quota=None):
    return StageLimits({"value": ApiKey("id", UsagePlan("plan", limit, methods or {}, quota))})


def outcome(meter, limits, now, method="GET", value="value"):
    try:
        key = meter.admit(METHODS[method], value, "api/test", limits, now)
    except GatewayError as error:
        return error.kind
    return key.key_id if key else None


def test_only_methods_that_require_a_key_ask_for_it():
    meter = Meter()
    assert outcome(meter, plan(), 0) == "id"
    assert outcome(meter, plan(), 0, value=None) == "INVALID_API_KEY"
    assert outcome(meter, plan(), 0, value="other") == "INVALID_API_KEY"
    assert outcome(meter, plan(), 0, method="POST", value=None) is None


def test_the_method_of_a_plan_the_plan_and_the_stage_throttle():
    for limits in (
        plan(methods={"/a/GET": Limit(1, 2)}),
        plan(limit=Limit(1, 2)),
        StageLimits(plan().keys, {"/a/GET": Limit(1, 2), "*/*": NO_LIMIT}),
        StageLimits(plan().keys, {"*/*": Limit(1, 2)}),
    ):
        meter = Meter()
        assert [outcome(meter, limits, 0) for _ in range(3)] == ["id", "id", "THROTTLED"]
        assert [outcome(meter, limits, 1) for _ in range(2)] == ["id", "THROTTLED"]


def test_a_method_with_settings_of_its_own_does_not_have_those_of_all():
    limits = StageLimits(plan().keys, {"/a/GET": Limit(1, 9), "*/*": Limit(1, 1)})
    meter = Meter()
    assert [outcome(meter, limits, 0) for _ in range(4)] == ["id"] * 4


def test_a_quota_ends_with_its_period_and_its_offset_counts_once():
    meter, limits = Meter(), plan(quota=Quota(3, "DAY", offset=1))
    assert [outcome(meter, limits, 0) for _ in range(3)] == ["id", "id", "QUOTA_EXCEEDED"]
    assert [outcome(meter, limits, 86_400) for _ in range(4)] == ["id", "id", "id", "QUOTA_EXCEEDED"]


def test_throttled_requests_do_not_use_the_quota():
    meter, limits = Meter(), plan(limit=Limit(1, 1), quota=Quota(2, "DAY"))
    assert [outcome(meter, limits, now) for now in (0, 0, 0, 5, 9)] == [
        "id",
        "THROTTLED",
        "THROTTLED",
        "id",
        "QUOTA_EXCEEDED",
    ]


@pytest.mark.parametrize(("period", "first"), [("DAY", "2026-07-15"), ("WEEK", "2026-07-12"), ("MONTH", "2026-07-01")])
def test_periods_begin_on_their_first_day(period, first):
    assert period_of(period, 1_784_073_600 + 3600) == first  # Wednesday, 2026-07-15


@given(st.floats(0.1, 100), st.integers(1, 50), st.lists(st.floats(0, 10), max_size=60))
def test_a_bucket_never_gives_more_than_burst_and_rate(rate, burst, pauses):
    buckets, now, given_out = Buckets(), 0.0, 0
    for pause in pauses:
        now += pause
        given_out += buckets.take("k", Limit(rate, burst), now)
        assert given_out <= burst + rate * now + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 50))
def test_a_bucket_gives_its_whole_burst_at_once(rate, burst):
    buckets = Buckets()
    assert [buckets.take("k", Limit(rate, burst), 0) for _ in range(burst + 1)] == [True] * burst + [False]


def test_keys_of_method_settings_are_unescaped():
    assert method_setting_name("*/*") == "*/*"
    assert method_setting_name("~1a~1{b~0c}/GET") == "/a/{b~c}/GET"
    assert method_setting_name("a/b/GET") == "/a/b/GET"
