"""What EventBridge tells of the Fargate service: the cluster's events, and new values of secrets."""

import json
from typing import Any

import pytest

from tests.recording import Recording
from tests.unit.components.service.conftest import ACCOUNT, DATABASE_SECRET, KEY, REDIS_SECRET, REGION, made, policy


class TestRotation:
    """A task reads its secrets only at its start, and Amazon RDS rotates the database's password every week."""

    SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/api/api"

    def test_a_new_value_of_a_secret_starts_the_redeployment(self, service: Recording) -> None:
        rule = service.one("EventRule", "api-rotation")
        assert json.loads(rule.inputs["eventPattern"]) == {
            "source": ["aws.secretsmanager"],
            "detail-type": ["Secret Label Updated"],
            "resources": [DATABASE_SECRET, REDIS_SECRET],
            "detail": {"labelUpdated": ["AWSCURRENT"]},
        }
        target = service.one("EventTarget", "api-rotation")
        machine = service.one("StateMachine", "api-redeploy")
        assert target.inputs["arn"] == f"arn:aws:mock:us-east-1:{ACCOUNT}:StateMachine/api-redeploy"
        step = json.loads(machine.inputs["definition"])["States"]["Redeploy"]
        assert step["Resource"] == "arn:aws:states:::aws-sdk:ecs:updateService"
        assert step["Parameters"] == {"Cluster": "api", "Service": "api", "ForceNewDeployment": True}

    def test_each_role_may_do_its_one_thing(self, service: Recording) -> None:
        redeploy = policy(service, "api-redeploy")
        assert redeploy["RedeployService"]["Action"] == ["ecs:DescribeServices", "ecs:UpdateService"]
        assert redeploy["RedeployService"]["Resource"] == [self.SERVICE]
        assert "logs:CreateLogDelivery" in redeploy["SetUpLogDelivery"]["Action"]
        assert "xray:PutTraceSegments" in redeploy["Trace"]["Action"]
        assert set(redeploy) == {"RedeployService", "SetUpLogDelivery", "Trace"}
        (start,) = policy(service, "api-rotation").values()
        assert start["Action"] == ["states:StartExecution"]
        assert start["Resource"] == [service.one("EventTarget", "api-rotation").inputs["arn"]]

    def test_a_failed_redeployment_is_logged_and_traced(self, service: Recording) -> None:
        group = service.one("aws:cloudwatch/logGroup:LogGroup", "api-redeploy")
        assert group.inputs["namePrefix"] == "/aws/vendedlogs/states/api-redeploy-"
        assert group.inputs["retentionInDays"] == 30
        assert group.inputs["kmsKeyId"] == KEY
        machine = service.one("StateMachine", "api-redeploy")
        assert machine.inputs["loggingConfiguration"] == {
            "level": "ALL",
            "includeExecutionData": False,
            "logDestination": f"arn:aws:mock:us-east-1:{ACCOUNT}:LogGroup/api-redeploy:*",
        }
        assert machine.inputs["tracingConfiguration"] == {"enabled": True}
        # Step Functions refuses a state machine whose role may not configure the delivery of its logs.
        assert service.one("RolePolicy", "api-redeploy").urn in machine.dependencies

    @pytest.mark.parametrize("changes", [{"redeploy_on_rotation": False}, {"secrets": {}}, {"image": None}])
    def test_otherwise_nothing_listens(self, changes: dict[str, Any]) -> None:
        recording = made(**changes)
        assert recording.all("StateMachine") == []
        assert "api-rotation" not in {rule.name for rule in recording.all("EventRule")}


class TestEvents:
    CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/api"

    def test_the_events_of_this_cluster_are_kept(self, service: Recording) -> None:
        patterns = {made.name: json.loads(made.inputs["eventPattern"]) for made in service.all("EventRule")}
        assert patterns["api-spot-interruption"] == {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {"clusterArn": [self.CLUSTER], "stopCode": ["SpotInterruption", "TerminationNotice"]},
        }
        assert patterns["api-capacity"]["detail"] == {
            "clusterArn": [self.CLUSTER],
            "eventName": ["SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_START_IMPAIRED"],
        }
        assert patterns["api-failed-deployment"]["resources"] == [
            {"prefix": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/api/"}
        ]

    def test_only_these_rules_may_write_the_log(self, service: Recording) -> None:
        recorded = service.one("LogResourcePolicy")
        assert recorded.inputs["policyName"] == "api-events"
        statements = {s["Sid"]: s for s in json.loads(recorded.inputs["policyDocument"])["Statement"]}
        kinds = ("capacity", "failed-deployment", "spot-interruption")
        rules = [f"arn:aws:mock:us-east-1:{ACCOUNT}:EventRule/api-{kind}" for kind in kinds]
        assert statements["WriteEvents"]["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
        assert "Condition" not in statements["MakeLogStream"]
        for kind in kinds:
            target = service.one("EventTarget", f"api-{kind}")
            assert recorded.urn in target.dependencies
            assert "roleArn" not in target.inputs

    def test_every_kind_is_counted(self, service: Recording) -> None:
        counted = {
            made.inputs["metricTransformation"]["name"]: made.inputs["pattern"]
            for made in service.all("LogMetricFilter")
        }
        assert counted["SpotInterruptions"] == '{ $.detail.lastStatus = "STOPPED" }'
        assert set(counted) == {"SpotInterruptions", "CapacityFailures", "FailedDeployments"}
