"""How many tasks run, and on which capacity: the strategy with Fargate Spot, and autoscaling."""

import pytest

from spot_planning.service.settings import ScheduledScaling
from tests.recording import Recording
from tests.unit.components.service.conftest import made


class TestCapacity:
    def test_the_strategy_is_on_the_service_and_there_is_no_launch_type(self, service: Recording) -> None:
        inputs = service.one("aws:ecs/service:Service").inputs
        assert inputs["capacityProviderStrategies"] == [
            {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 4, "base": 0},
        ]
        assert "launchType" not in inputs
        # Without this input, a new strategy replaces the service with all its tasks.
        assert inputs["forceNewDeployment"] is True

    def test_the_cluster_has_both_providers_and_no_strategy_of_its_own(self, service: Recording) -> None:
        providers = service.one("ClusterCapacityProviders")
        assert providers.inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
        assert "defaultCapacityProviderStrategies" not in providers.inputs
        assert providers.urn in service.one("aws:ecs/service:Service").dependencies

    @pytest.mark.parametrize(
        ("changes", "providers"),
        [
            ({"on_demand_weight": 0, "on_demand_base": 0}, ["FARGATE_SPOT"]),
            ({"spot_weight": 0}, ["FARGATE"]),
        ],
    )
    def test_a_provider_of_weight_zero_is_left_out(self, changes: dict[str, int], providers: list[str]) -> None:
        strategy = made(**changes).one("aws:ecs/service:Service").inputs["capacityProviderStrategies"]
        assert [item["capacityProvider"] for item in strategy] == providers

    @pytest.mark.parametrize("level", ["enabled", "enhanced", "disabled"])
    def test_container_insights(self, level: str) -> None:
        recording = made(container_insights=level)
        assert recording.one("aws:ecs/cluster:Cluster").inputs["settings"] == [
            {"name": "containerInsights", "value": level}
        ]
        assert recording.result["telemetry"]["container_insights"] is (level != "disabled")


class TestScaling:
    def test_cpu_and_memory_are_tracked(self, service: Recording) -> None:
        target = service.one("aws:appautoscaling/target:Target")
        assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (1, 10)
        assert target.inputs["resourceId"] == f"service/{service.result['cluster_name']}/api"
        assert target.ignore_changes == ("tags", "tagsAll")
        policies = {
            made.name: made.inputs["targetTrackingScalingPolicyConfiguration"]
            for made in service.all("aws:appautoscaling/policy:Policy")
        }
        assert {name: tracking["targetValue"] for name, tracking in policies.items()} == {
            "api-cpu": 70,
            "api-memory": 80,
        }
        for tracking in policies.values():
            assert (tracking["scaleOutCooldown"], tracking["scaleInCooldown"]) == (60, 300)
        metrics = {t["predefinedMetricSpecification"]["predefinedMetricType"] for t in policies.values()}
        assert metrics == {"ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"}

    def test_a_schedule_owns_the_bounds(self) -> None:
        night = ScheduledScaling(
            name="night", schedule="cron(0 20 ? * * *)", timezone="America/Sao_Paulo", min_tasks=0, max_tasks=0
        )
        day = ScheduledScaling(name="day", schedule="cron(0 7 ? * * *)", min_tasks=2, max_tasks=20)
        recording = made(scheduled_scaling=[night, day])
        actions = {made.name: made for made in recording.all("ScheduledAction")}
        assert actions["api-night"].inputs["scalableTargetAction"] == {"minCapacity": 0, "maxCapacity": 0}
        assert actions["api-night"].inputs["timezone"] == "America/Sao_Paulo"
        assert actions["api-night"].urn in actions["api-day"].dependencies
        target = recording.one("aws:appautoscaling/target:Target")
        assert target.ignore_changes == ("tags", "tagsAll", "minCapacity", "maxCapacity")
        assert recording.result["telemetry"]["min_tasks"] == 0
        assert recording.result["telemetry"]["max_tasks"] == 20
