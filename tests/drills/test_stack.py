"""A drill may send more requests than the quota of the stack's API."""

from pathlib import Path

import pytest

from tests.drills.stack import LIFTED_QUOTA, Stack
from tests.moto import running_moto


def test_quotas_are_lifted_for_a_drill_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_moto() as url:
        monkeypatch.setattr(Stack, "endpoint", url)
        monkeypatch.setattr(Stack, "outputs", {"region": "us-east-1"})
        stack = Stack(Path(), {})
        gateway = stack.client("apigateway")
        plan = gateway.create_usage_plan(name="site", quota={"limit": 100, "period": "MONTH"})["id"]
        gateway.create_usage_plan(name="without a quota")

        def limit() -> int:
            return int(gateway.get_usage_plan(usagePlanId=plan)["quota"]["limit"])

        with stack.without_quota():
            assert limit() == LIFTED_QUOTA
        assert limit() == 100
        with pytest.raises(RuntimeError), stack.without_quota():
            raise RuntimeError
        assert limit() == 100
