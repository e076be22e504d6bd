"""`ops spot status` compares what the service needs on AWS Fargate with the account's quotas."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.release.service_reader import ServiceReader
from ops.release.target import Target
from ops.spot.mix import ON_DEMAND, SPOT
from ops.spot.quotas import QUOTAS, QuotaUse, needed_vcpus, quota_uses
from tests.ops.conftest import FakeSession
from tests.ops.spot.quotas import Autoscaling, Quotas

PROD = [
    {"capacityProvider": SPOT, "weight": 3, "base": 0},
    {"capacityProvider": ON_DEMAND, "weight": 1, "base": 1},
]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetServiceQuota")


def said(
    session: FakeSession, monkeypatch: pytest.MonkeyPatch, values: Mapping[str, float | ClientError], most: int = 10
) -> list[str]:
    """Return the lines about the quotas of a service that autoscaling may give `most` tasks."""
    session.ecs.begin(session.ecs.register("awaiting-image:none"))
    clients: dict[str, Any] = {"service-quotas": Quotas(values), "application-autoscaling": Autoscaling(most)}
    monkeypatch.setattr(FakeSession, "client", lambda self, service, **_: clients.get(service, self.ecs))
    target = Target.of(session)
    reader = ServiceReader.of(session, target)
    service = reader.service(target.service)
    assert service is not None
    return [str(use) for use in quota_uses(session, reader, service)]


def test_ten_tasks_of_prod_need_seven_vcpu_of_spot_while_they_are_replaced() -> None:
    needed = needed_vcpus(PROD, tasks=10, cpu_units=512, maximum_percent=200)
    assert needed == {SPOT: 7.0, ON_DEMAND: 3.0}
    assert needed_vcpus([], tasks=10, cpu_units=512, maximum_percent=200) == {}


def test_a_quota_that_is_too_small_is_a_warning(bare_session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(bare_session, monkeypatch, {QUOTAS[SPOT]: 6.0, QUOTAS[ON_DEMAND]: 200.0})
    assert lines == [
        (
            "warning: 10 tasks need up to 7 of the account's 6 vCPU of FARGATE_SPOT while a deployment replaces them, "
            "so it waits: have the quota L-36FBB829 raised"
        ),
        "10 tasks need up to 3 of the account's 200 vCPU of FARGATE while a deployment replaces them",
    ]


def test_what_the_account_may_run_exactly_is_enough() -> None:
    assert QuotaUse(SPOT, "L-36FBB829", tasks=10, needed=7.0, allowed=7.0).is_enough


def test_a_quota_that_was_never_raised_has_the_default(
    bare_session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {QUOTAS[SPOT]: refusal("NoSuchResourceException"), QUOTAS[ON_DEMAND]: 200.0}
    assert "7 of the account's 6 vCPU of FARGATE_SPOT" in said(bare_session, monkeypatch, values)[0]


def test_a_caller_who_may_not_read_quotas_gets_the_rest(
    bare_session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = dict.fromkeys(QUOTAS.values(), refusal("AccessDeniedException"))
    assert said(bare_session, monkeypatch, values) == []


def test_the_local_stack_has_no_quotas(bare_session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    local = replace(bare_session, stack="local", endpoint_url="http://127.0.0.1:5000")
    object.__setattr__(local, "ecs", bare_session.ecs)
    assert said(local, monkeypatch, {}) == []
