"""Deployments of the Fargate service: what they keep running, when they roll back, and the wait for a first image."""

import re

import pulumi
import pytest

from spot_platform.service.fargate_spot_service import FargateSpotService
from tests.recording import Recording, record
from tests.unit.components.service.conftest import ACCOUNT, APPLICATION, REGION, TOPIC, arguments, container, made


class TestDeployment:
    def test_it_never_has_fewer_tasks_and_goes_back_when_it_fails(self, service: Recording) -> None:
        inputs = service.one("aws:ecs/service:Service").inputs
        assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
        assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert inputs["alarms"] == {"alarmNames": ["api-rollback-unhealthy-targets"], "enable": True, "rollback": True}
        assert inputs["availabilityZoneRebalancing"] == "ENABLED"
        assert inputs["waitForSteadyState"] is True

    def test_the_rollback_alarm_watches_the_target_group_and_not_the_service(self, service: Recording) -> None:
        alarm = service.one("MetricAlarm")
        assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("AWS/NetworkELB", "UnHealthyHostCount")
        assert alarm.inputs["dimensions"] == {
            "TargetGroup": "targetgroup/api/73e2d6bc24d8a067",
            "LoadBalancer": "net/internal/50dc6c495c0c9188",
        }
        assert alarm.inputs["alarmActions"] == [TOPIC]
        # Longer than the drain of a reclaimed Spot task: that task is unhealthy, but is no reason for a rollback.
        assert alarm.inputs["period"] * alarm.inputs["evaluationPeriods"] >= 2 * 120

    def test_behind_an_application_load_balancer_server_errors_roll_back_too(self) -> None:
        recording = made(load_balancer=APPLICATION)
        metrics = {alarm.inputs["metricName"]: alarm.inputs["namespace"] for alarm in recording.all("MetricAlarm")}
        assert metrics == {
            "UnHealthyHostCount": "AWS/ApplicationELB",
            "HTTPCode_Target_5XX_Count": "AWS/ApplicationELB",
        }

    def test_without_rollback_the_alarms_only_tell(self, service: Recording) -> None:
        """The provider fails to update a service that had alarms, and has no names of alarms any more."""
        told = made(rollback_alarms=False)
        assert [each.name for each in told.all("MetricAlarm")] == [each.name for each in service.all("MetricAlarm")]
        alarms = told.one("aws:ecs/service:Service").inputs["alarms"]
        assert (alarms["enable"], alarms["rollback"]) == (False, False)
        assert alarms["alarmNames"]

    def test_it_waits_for_what_a_task_needs(self, service: Recording) -> None:
        needed = service.one("aws:ecs/service:Service").dependencies
        for type_, name in (
            ("Listener", "api"),
            ("RolePolicy", "api-execution"),
            ("RolePolicy", "api-task"),
            ("SecurityGroupIngressRule", "api-from-load-balancer"),
            ("SecurityGroupEgressRule", "api-to-tasks"),
            ("SecurityGroupEgressRule", "api-to-443-ipv4"),
            ("aws:cloudwatch/logGroup:LogGroup", "api"),
        ):
            assert service.one(type_, name).urn in needed, (type_, name)

    def test_autoscaling_owns_the_desired_count(self, service: Recording) -> None:
        recorded = service.one("aws:ecs/service:Service")
        assert recorded.inputs["desiredCount"] == 2
        assert recorded.ignore_changes == ("desiredCount",)

    def test_tasks_are_private_tagged_and_on_the_latest_platform(self, service: Recording) -> None:
        inputs = service.one("aws:ecs/service:Service").inputs
        assert inputs["networkConfiguration"] == {
            "subnets": ["subnet-a", "subnet-b"],
            "securityGroups": ["api-id", "sg-data-client"],
            "assignPublicIp": False,
        }
        assert inputs["platformVersion"] == "LATEST"
        assert inputs["enableEcsManagedTags"] is True
        assert inputs["propagateTags"] == "SERVICE"
        assert inputs["enableExecuteCommand"] is False
        assert inputs["healthCheckGracePeriodSeconds"] == 60
        assert inputs["loadBalancers"][0] == {
            "targetGroupArn": service.result["target_group_arn"],
            "containerName": "api",
            "containerPort": 3333,
        }

    ROLLED_BACK = {
        "aws:ecs/taskDefinition:TaskDefinition": {
            "arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/spot-platform-test-api:7"
        },
        "aws:ecs/service:Service": {
            "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/spot-platform-test-api:6"
        },
    }

    def test_a_rolled_back_deployment_fails_the_update(self) -> None:
        message = (
            "FargateSpotService 'api': Amazon ECS rolled the deployment back: it runs spot-platform-test-api:6, not "
            "spot-platform-test-api:7; the service's events and the stopped tasks say why"
        )
        with pytest.raises(pulumi.RunError, match=re.escape(message)):
            record(lambda: FargateSpotService("api", arguments()).service_name, outputs=self.ROLLED_BACK)

    def test_nobody_looks_for_a_rollback_that_nobody_waits_for(self) -> None:
        def program() -> pulumi.Output[str]:
            return FargateSpotService("api", arguments(wait_for_steady_state=False)).service_name

        assert record(program, outputs=self.ROLLED_BACK).result == "api"

    def test_a_preview_after_a_rollback_shows_the_way_forward(self) -> None:
        recording = record(
            lambda: FargateSpotService("api", arguments()).service_name, outputs=self.ROLLED_BACK, preview=True
        )
        assert recording.one("aws:ecs/service:Service")


class TestAwaitingImage:
    """Application Auto Scaling does not scale a service out from 0, so the first image must create another service."""

    def test_the_waiting_service_wants_no_task_and_is_not_scaled(self, waiting: Recording) -> None:
        recorded = waiting.one("aws:ecs/service:Service")
        assert recorded.name == "api-awaiting-image"
        assert recorded.inputs["desiredCount"] == 0
        assert recorded.inputs["waitForSteadyState"] is False
        assert waiting.all("aws:appautoscaling/target:Target") == []
        assert waiting.all("MetricAlarm") == []
        assert waiting.result["telemetry"] is None
        assert container(waiting)["image"] == "awaiting-image:none"

    def test_the_first_image_makes_a_new_service_with_its_desired_count(
        self, waiting: Recording, service: Recording
    ) -> None:
        before, after = waiting.one("aws:ecs/service:Service"), service.one("aws:ecs/service:Service")
        # With another URN, the engine creates the service with its desired count, whatever ignore_changes says, and
        # then deletes the waiting service.
        assert before.urn != after.urn
        assert after.inputs["desiredCount"] == 2

    def test_everything_else_stays_where_it_is(self, waiting: Recording, service: Recording) -> None:
        kept = {r.urn for r in waiting.resources} - {waiting.one("aws:ecs/service:Service").urn}
        assert kept <= {r.urn for r in service.resources}
