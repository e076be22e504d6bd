"""The registered resources of the Fargate service."""

import json
import re
from typing import Any

import pulumi
import pytest

from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.service.fargate_spot_service import owned_environment
from spot_planning.service.settings import ScheduledScaling
from spot_platform.service.arguments import ClusterReference, LoadBalancerReference
from spot_platform.service.cluster import ClusterTransforms
from spot_platform.service.endpoint import ServiceEndpointTransforms
from spot_platform.service.events import ClusterEventsTransforms
from spot_platform.service.fargate_spot_service import (
    FargateSpotService,
    FargateSpotServiceArgs,
    FargateSpotServiceTransforms,
)
from spot_platform.service.roles import ServiceRolesTransforms
from spot_platform.service.rotation import ServiceRotationTransforms
from spot_platform.service.scaling import ServiceScalingTransforms
from spot_platform.service.task import ServiceTaskTransforms
from tests.recording import Recording, record
from toolchain.datapath.tasks.permissions import Policies, Question, is_allowed

ACCOUNT = "123456789012"
REGION = "eu-west-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/api@sha256:{'a' * 64}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/api"
DATABASE_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:database-AbCdEf"
REDIS_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:redis-GhIjKl"
LOAD_BALANCERS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer"


NETWORK = LoadBalancerReference(
    arn=f"{LOAD_BALANCERS}/net/internal/50dc6c495c0c9188", security_group_id="sg-load-balancer"
)
APPLICATION = LoadBalancerReference(
    kind=LoadBalancerKind.APPLICATION,
    arn=f"{LOAD_BALANCERS}/app/internal/50dc6c495c0c9188",
    security_group_id="sg-load-balancer",
)


def arguments(**changes: Any) -> FargateSpotServiceArgs:
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "region": REGION,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "security_group_ids": ["sg-data-client"],
        "load_balancer": NETWORK,
        "image": IMAGE,
        "repository_arn": REPOSITORY,
        "environment": {"S3_UPLOADS_BUCKET": "uploads"},
        "secrets": {"DATABASE_PASSWORD": f"{DATABASE_SECRET}:password::", "REDIS_URL": REDIS_SECRET},
        "task_policy_statements": [
            {"Sid": "UseUploads", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::uploads/*"]}
        ],
        "kms_key_arn": KEY,
        "alert_topic_arn": TOPIC,
    }
    return FargateSpotServiceArgs(**{**given, **changes})


def made(transforms: FargateSpotServiceTransforms | None = None, **changes: Any) -> Recording:
    def program() -> dict[str, Any]:
        service = FargateSpotService("api", arguments(**changes), transforms=transforms)
        telemetry, cluster = service.telemetry, service.nodes.cluster
        assert cluster is not None
        return {
            "service_name": service.service_name,
            "cluster_name": service.cluster_name,
            "container_name": service.container_name,
            "target_group_arn": service.target_group_arn,
            "listener_arn": service.listener_arn,
            "security_group_id": service.security_group_id,
            "log_group_name": service.log_group_name,
            "event_log_group_name": cluster.event_log_group_name,
            "task_role_arn": service.task_role_arn,
            "execution_role_arn": service.execution_role_arn,
            "task_definition_arn": service.task_definition_arn,
            "telemetry": None if telemetry is None else vars(telemetry),
        }

    return record(
        program, outputs={"aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/api/73e2d6bc24d8a067"}}
    )


def containers(recording: Recording) -> list[dict[str, Any]]:
    return json.loads(recording.one("TaskDefinition").inputs["containerDefinitions"])


def container(recording: Recording) -> dict[str, Any]:
    (only,) = containers(recording)
    return only


def policy(recording: Recording, name: str) -> dict[str, dict[str, Any]]:
    document = json.loads(recording.one("RolePolicy", name).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.fixture(scope="module")
def service() -> Recording:
    return made()


@pytest.fixture(scope="module")
def waiting() -> Recording:
    return made(image=None)


def test_nothing_is_left_unknown(service: Recording, waiting: Recording) -> None:
    assert service.unknown_inputs() == []
    assert waiting.unknown_inputs() == []


def test_outputs_are_named_for_their_use(service: Recording) -> None:
    result = service.result
    assert result["log_group_name"] == "/ecs/spot-platform-test/api"
    assert result["event_log_group_name"] == "/aws/events/spot-platform-test/api"
    assert result["container_name"] == "api"
    assert result["security_group_id"] == "api-id"
    for output in ("service_name", "cluster_name", "target_group_arn", "listener_arn"):
        assert result[output]
    definition = service.one("TaskDefinition").inputs
    assert result["task_role_arn"] == definition["taskRoleArn"] != definition["executionRoleArn"]
    assert result["execution_role_arn"] == definition["executionRoleArn"]
    assert result["telemetry"]["load_balancer"] == "net/internal/50dc6c495c0c9188"
    assert result["telemetry"]["target_group"] == "targetgroup/api/73e2d6bc24d8a067"
    assert result["telemetry"]["event_namespace"] == f"SpotPlatform/{result['cluster_name']}"


def test_a_task_has_the_disk_that_it_asks_for(service: Recording) -> None:
    assert "ephemeralStorage" not in service.one("TaskDefinition").inputs
    asked = made(ephemeral_storage_gib=50).one("TaskDefinition")
    assert asked.inputs["ephemeralStorage"] == {"sizeInGib": 50}


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


class TestTaskDefinition:
    def test_size_and_platform(self, service: Recording) -> None:
        inputs = service.one("TaskDefinition").inputs
        assert (inputs["cpu"], inputs["memory"]) == ("512", "1024")
        assert inputs["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}
        assert inputs["requiresCompatibilities"] == ["FARGATE"]
        assert inputs["networkMode"] == "awsvpc"
        assert inputs["family"] == "spot-platform-test-api"
        # A rollback uses the previous revision.
        assert inputs["skipDestroy"] is True
        assert inputs["executionRoleArn"] != inputs["taskRoleArn"]

    def test_the_container_is_locked_down(self, service: Recording) -> None:
        made_of = container(service)
        assert made_of["readonlyRootFilesystem"] is True
        assert made_of["user"] == "1001:1001"
        assert made_of["privileged"] is False
        assert made_of["linuxParameters"] == {
            "initProcessEnabled": True,
            "capabilities": {"add": [], "drop": ["ALL"]},
        }
        assert made_of["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]
        assert service.one("TaskDefinition").inputs["volumes"] == [{"name": "tmp"}]

    def test_the_container_gets_its_contract_and_no_secret_in_plain(self, service: Recording) -> None:
        made_of = container(service)
        environment = {pair["name"]: pair["value"] for pair in made_of["environment"]}
        assert environment == {
            **owned_environment(
                port=3333, region=REGION, node_env="production", drain_seconds=80, describe_tasks=False
            ),
            "S3_UPLOADS_BUCKET": "uploads",
        }
        assert environment["AUTO_MIGRATE"] == environment["DESCRIBE_TASKS"] == "false"
        assert made_of["secrets"] == [
            {"name": "DATABASE_PASSWORD", "valueFrom": f"{DATABASE_SECRET}:password::"},
            {"name": "REDIS_URL", "valueFrom": REDIS_SECRET},
        ]
        assert made_of["portMappings"] == [{"containerPort": 3333, "hostPort": 3333, "protocol": "tcp"}]

    def test_the_container_is_asked_for_liveness_and_the_target_for_readiness(self, service: Recording) -> None:
        check = container(service)["healthCheck"]
        assert check["command"][:3] == ["CMD", "node", "-e"]
        assert "http://127.0.0.1:3333/health/live" in check["command"][3]
        assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (30, 5, 3, 60)
        assert service.one("TargetGroup").inputs["healthCheck"]["path"] == "/health/ready"

    @pytest.mark.parametrize(("interval_seconds", "timeout_seconds"), [(5, 4), (10, 5)])
    def test_the_targets_check_ends_before_the_next_one(self, interval_seconds: int, timeout_seconds: int) -> None:
        check = made(health_check_interval_seconds=interval_seconds).one("TargetGroup").inputs["healthCheck"]
        assert (check["interval"], check["timeout"]) == (interval_seconds, timeout_seconds)

    def test_another_check_or_none(self) -> None:
        curl = ["CMD-SHELL", "curl -fsS localhost:3333/health/live"]
        assert container(made(health_check_command=curl))["healthCheck"]["command"] == curl
        assert "healthCheck" not in container(made(health_check_command=[]))
        assert container(made(liveness_interval_seconds=10))["healthCheck"]["interval"] == 10

    def test_logging_does_not_block_the_process(self, service: Recording) -> None:
        assert container(service)["logConfiguration"] == {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/spot-platform-test/api",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        }
        log_group = service.one("aws:cloudwatch/logGroup:LogGroup", "api")
        assert (log_group.inputs["retentionInDays"], log_group.inputs["kmsKeyId"]) == (30, KEY)

    def test_the_definition_is_canonical_and_known_at_preview(self) -> None:
        recording = record(lambda: FargateSpotService("api", arguments()).nodes and None, preview=True)
        text = recording.one("TaskDefinition").inputs["containerDefinitions"]
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


class TestRoles:
    def test_only_tasks_of_this_account_and_region_may_assume_them(self, service: Recording) -> None:
        for name in ("api-execution", "api-task"):
            role = service.one("aws:iam/role:Role", name)
            (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
            assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
            assert trust["Condition"] == {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
            }
            assert "managedPolicyArns" not in role.inputs

    def test_the_execution_role_starts_this_task_and_nothing_else(self, service: Recording) -> None:
        statements = policy(service, "api-execution")
        log_group = "arn:aws:mock:us-east-1:123456789012:LogGroup/api"
        assert {sid: made["Resource"] for sid, made in statements.items()} == {
            "LogInToRegistry": ["*"],
            "PullImage": [REPOSITORY],
            "WriteLog": [f"{log_group}:*"],
            "ReadNamedSecrets": [DATABASE_SECRET, REDIS_SECRET],
            "DecryptThroughSecretsmanager": [KEY],
        }
        assert statements["LogInToRegistry"]["Action"] == ["ecr:GetAuthorizationToken"]
        assert statements["ReadNamedSecrets"]["Action"] == ["secretsmanager:GetSecretValue"]
        assert statements["DecryptThroughSecretsmanager"]["Condition"] == {
            "StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
        }

    def test_a_secret_that_is_given_by_name_can_be_read(self) -> None:
        """IAM compares the whole ARN, and the reference does not have its random suffix."""
        by_name = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:mail"
        recording = made(secrets={"MAIL": by_name, "REDIS_URL": REDIS_SECRET})
        statements = policy(recording, "api-execution")
        assert statements["ReadNamedSecrets"]["Resource"] == [f"{by_name}-??????", REDIS_SECRET]
        pattern = json.loads(recording.one("EventRule", "api-rotation").inputs["eventPattern"])
        assert pattern["resources"] == [{"prefix": f"{by_name}-"}, REDIS_SECRET]

    def test_an_image_from_elsewhere_and_no_secrets_leave_only_the_log(self) -> None:
        recording = made(image="public.ecr.aws/docker/library/node:24-slim", repository_arn=None, secrets={})
        assert set(policy(recording, "api-execution")) == {"WriteLog"}

    @pytest.mark.parametrize(
        "image",
        [
            "public.ecr.aws/docker/library/node:24-slim",
            "ghcr.io/acme/api:1",
            f"{ACCOUNT}.dkr.ecr-fips.{REGION}.amazonaws.com/api:1",
            f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws/api:1",
        ],
    )
    def test_public_images_and_those_of_its_repository_run(self, image: str) -> None:
        """A registry's URL, also with FIPS and dual-stack (Amazon ECR User Guide, "Amazon ECR private registry")."""
        assert container(made(image=image))["image"] == image

    def test_the_task_role_has_what_it_was_given(self, service: Recording) -> None:
        assert set(policy(service, "api-task")) == {"UseUploads"}

    def test_a_task_role_without_statements_has_no_policy(self) -> None:
        recording = made(task_policy_statements=[])
        assert "api-task" not in {made.name for made in recording.all("RolePolicy")}

    def test_traces_go_to_x_ray_by_way_of_a_collector(self) -> None:
        recording = made(tracing=True, tracing_sample_ratio=0.1)
        assert "xray:PutTraceSegments" in policy(recording, "api-task")["SendTraces"]["Action"]
        application, collector = containers(recording)
        told = {variable["name"]: variable["value"] for variable in application["environment"]}
        assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
        assert told["OTEL_SERVICE_NAME"] == "api"
        assert (told["OTEL_TRACES_SAMPLER"], told["OTEL_TRACES_SAMPLER_ARG"]) == ("parentbased_traceidratio", "0.1")
        assert collector["essential"] is False
        assert collector["image"].startswith("public.ecr.aws/aws-observability/aws-otel-collector:v")

    def test_the_application_may_say_otherwise(self) -> None:
        application, _ = containers(made(tracing=True, environment={"OTEL_SERVICE_NAME": "shop"}))
        assert {"name": "OTEL_SERVICE_NAME", "value": "shop"} in application["environment"]

    def test_without_tracing_there_is_no_collector(self, service: Recording) -> None:
        (application,) = containers(service)
        assert not [variable for variable in application["environment"] if variable["name"].startswith("OTEL_")]

    @pytest.mark.parametrize("given", [[], arguments().task_policy_statements])
    def test_describing_tasks_reaches_those_of_the_cluster_alone(self, given: list[dict[str, Any]]) -> None:
        cluster = ClusterReference(
            name="main", arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main", event_namespace="main"
        )
        recording = record(
            lambda: FargateSpotService(
                "api", arguments(cluster=cluster, describe_tasks=True, task_policy_statements=given)
            )
        )
        assert {"name": "DESCRIBE_TASKS", "value": "true"} in container(recording)["environment"]
        statement = policy(recording, "api-task")["DescribeTasks"]
        task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/main"
        assert (statement["Action"], statement["Resource"]) == (["ecs:DescribeTasks"], [f"{task}/*"])

        def may(action: str, arn: str) -> bool:
            return is_allowed(Question(action, arn), Policies([{"Statement": [statement]}]))

        assert may("ecs:DescribeTasks", f"{task}/9781c2480edd4cdb9a93f63cb662a5d3")
        assert not may("ecs:DescribeTasks", f"{task}-other/9781c2480edd4cdb9a93f63cb662a5d3")
        assert not may("ecs:StopTask", f"{task}/9781c2480edd4cdb9a93f63cb662a5d3")

    def test_statements_may_hold_outputs(self) -> None:
        def program() -> None:
            objects = pulumi.Output.from_input("arn:aws:s3:::late/*")
            statement = {"Sid": "Late", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [objects]}
            FargateSpotService("api", arguments(task_policy_statements=[statement]))

        assert policy(record(program), "api-task")["Late"]["Resource"] == ["arn:aws:s3:::late/*"]


class TestExecuteCommand:
    @pytest.fixture(scope="class")
    def open_to_commands(self) -> Recording:
        return made(execute_command=True)

    def test_sessions_are_recorded_and_encrypted(self, open_to_commands: Recording) -> None:
        assert open_to_commands.one("aws:ecs/service:Service").inputs["enableExecuteCommand"] is True
        (command,) = (
            open_to_commands.one("aws:ecs/cluster:Cluster").inputs["configuration"]["executeCommandConfiguration"],
        )
        assert command == {
            "kmsKeyId": KEY,
            "logging": "OVERRIDE",
            "logConfiguration": {
                "cloudWatchLogGroupName": "/ecs/spot-platform-test/api-commands",
                "cloudWatchEncryptionEnabled": True,
            },
        }

    def test_the_agent_may_speak_and_write(self, open_to_commands: Recording) -> None:
        statements = policy(open_to_commands, "api-task")
        assert statements["OpenCommandSession"]["Action"] == [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ]
        assert statements["DecryptCommandSession"]["Resource"] == [KEY]
        paths = {mount["containerPath"] for mount in container(open_to_commands)["mountPoints"]}
        assert paths == {"/tmp", "/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

    def test_otherwise_there_is_nothing_of_it(self, service: Recording) -> None:
        assert "configuration" not in service.one("aws:ecs/cluster:Cluster").inputs
        groups = {made.name for made in service.all("aws:cloudwatch/logGroup:LogGroup")}
        assert groups == {"api", "api-events", "api-redeploy"}


class TestEndpoint:
    def test_a_network_load_balancer_does_not_cut_what_drains(self, service: Recording) -> None:
        """With connection termination, the balancer closes every open connection at the end of the delay.

        Source: Elastic Load Balancing, "Edit target group attributes for your Network Load Balancer",
        ``deregistration_delay.connection_termination.enabled``. Amazon ECS sends SIGTERM only after deregistration
        ("Optimize load balancer connection draining parameters for Amazon ECS").
        """
        inputs = service.one("TargetGroup").inputs
        assert (inputs["protocol"], inputs["port"], inputs["targetType"]) == ("TCP", 3333, "ip")
        # A draining task fails its readiness check on purpose. The default would reset its open connections.
        assert inputs["targetHealthStates"] == [
            {"enableUnhealthyConnectionTermination": False, "unhealthyDrainingInterval": 115}
        ]
        assert inputs["deregistrationDelay"] == 115
        assert inputs["connectionTermination"] is False
        assert inputs["preserveClientIp"] == "false"
        assert inputs["healthCheck"] == {
            "enabled": True,
            "protocol": "HTTP",
            "port": "traffic-port",
            "path": "/health/ready",
            "matcher": "200",
            "interval": 10,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        }
        listener = service.one("Listener").inputs
        assert (listener["port"], listener["protocol"]) == (80, "TCP")

    def test_an_application_load_balancer(self) -> None:
        recording = made(
            load_balancer=APPLICATION,
            requests_per_task_target=1000,
        )
        inputs = recording.one("TargetGroup").inputs
        assert inputs["protocol"] == recording.one("Listener").inputs["protocol"] == "HTTP"
        assert "targetHealthStates" not in inputs
        assert "connectionTermination" not in inputs
        policies = {made.name: made.inputs for made in recording.all("aws:appautoscaling/policy:Policy")}
        tracking = policies["api-requests"]["targetTrackingScalingPolicyConfiguration"]
        assert tracking["predefinedMetricSpecification"] == {
            "predefinedMetricType": "ALBRequestCountPerTarget",
            "resourceLabel": "app/internal/50dc6c495c0c9188/targetgroup/api/73e2d6bc24d8a067",
        }
        assert tracking["targetValue"] == 1000

    def test_only_the_load_balancer_reaches_the_tasks(self, service: Recording) -> None:
        (ingress,) = service.all("SecurityGroupIngressRule")
        assert ingress.inputs["securityGroupId"] == "api-id"
        assert ingress.inputs["referencedSecurityGroupId"] == "sg-load-balancer"
        assert (ingress.inputs["fromPort"], ingress.inputs["toPort"], ingress.inputs["ipProtocol"]) == (
            3333,
            3333,
            "tcp",
        )

    def test_the_load_balancer_may_reach_the_tasks_and_the_tasks_https(self, service: Recording) -> None:
        egress = {made.name: made.inputs for made in service.all("SecurityGroupEgressRule")}
        assert egress["api-to-tasks"]["securityGroupId"] == "sg-load-balancer"
        assert egress["api-to-tasks"]["referencedSecurityGroupId"] == "api-id"
        assert egress["api-to-443-ipv4"]["cidrIpv4"] == "0.0.0.0/0"
        assert set(egress) == {"api-to-tasks", "api-to-443-ipv4"}

    def test_further_ports_and_ipv6(self) -> None:
        egress = {made.name for made in made(egress_ports=[443, 587], ipv6=True).all("SecurityGroupEgressRule")}
        assert egress == {
            "api-to-tasks",
            "api-to-443-ipv4",
            "api-to-443-ipv6",
            "api-to-587-ipv4",
            "api-to-587-ipv6",
        }


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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"memory": 8192}, "memory=8192 is not allowed with cpu 512; allowed: 1024, 2048, 3072, 4096"),
        ({"min_tasks": 3}, "desired_tasks=2 must be between min_tasks=3 and max_tasks=10"),
        ({"architecture": "arm64"}, "architecture=arm64 is not allowed; allowed: ARM64, X86_64"),
        (
            {"load_balancer": LoadBalancerReference(kind="nlb", arn="a", security_group_id="b")},
            "load_balancer.kind=nlb",
        ),
        ({"container_insights": "on"}, "container_insights=on is not allowed; allowed: enabled, enhanced, disabled"),
        ({"container_port": 80}, "container_port=80 is not allowed; allowed: 1024 to 65535"),
        ({"listener_port": 0}, "listener_port=0 is not allowed; allowed: 1 to 65535"),
        ({"egress_ports": [443, 70000]}, "egress_ports[1]=70000 is not allowed; allowed: 1 to 65535"),
        ({"user": "root"}, "user=root is not allowed; allowed: a numeric user, or user:group, other than root"),
        ({"user": "0:0"}, "user=0:0 is not allowed; allowed: a numeric user, or user:group, other than root"),
        ({"cpu_target_percent": 100}, "cpu_target_percent=100 is not allowed; allowed: 10 to 95"),
        ({"scale_in_cooldown_seconds": -1}, "scale_in_cooldown_seconds=-1 is not allowed; allowed: 0 to 3600"),
        (
            {"requests_per_task_target": 100},
            (
                "requests_per_task_target=100 is not allowed with load_balancer_kind network, which counts no "
                "requests; allowed with application"
            ),
        ),
        (
            {"health_check_path": "health"},
            "health_check_path=health is not allowed; allowed: a path that begins with /",
        ),
        (
            {"health_check_command": ["curl"]},
            'health_check_command=["curl"] is not allowed; allowed: CMD or CMD-SHELL and what to run, or nothing',
        ),
        ({"writable_paths": ["tmp"]}, "writable_paths[0]=tmp is not allowed; allowed: an absolute path below /"),
        ({"writable_paths": ["/"]}, "writable_paths[0]=/ is not allowed; allowed: an absolute path below /"),
        ({"writable_paths": ["/tmp", "/tmp"]}, "writable_paths[1]=/tmp is there twice"),
        (
            {"image": f"210987654321.dkr.ecr.{REGION}.amazonaws.com/api:1"},
            f"image=210987654321.dkr.ecr.{REGION}.amazonaws.com/api:1 is of another repository than repository_arn={REPOSITORY}",
        ),
        (
            {"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/worker:1"},
            f"image={ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/worker:1 is of another repository than repository_arn={REPOSITORY}",
        ),
        (
            {"repository_arn": None, "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/api:1"},
            f"image={ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/api:1 is of a private repository, which needs repository_arn",
        ),
        (
            {"environment": {"PORT": "1"}},
            "environment.PORT is set by the component (to 3333); choose another name",
        ),
        (
            {"environment": {"STRIPE_API_KEY": "sk"}},
            "environment.STRIPE_API_KEY names a secret; give it in secrets",
        ),
        (
            {"environment": {"BROKER": "amqp://user:pass@broker"}},
            "environment.BROKER is a URL with a password; give it in secrets",
        ),
        (
            {"environment": {"MY-VALUE": "1"}},
            "environment.MY-VALUE is not allowed as a name; allowed: a name of letters, digits and underscores",
        ),
        ({"environment": {"REDIS_URL": "1"}}, "environment.REDIS_URL is also in secrets; keep one of them"),
        (
            {"scheduled_scaling": [ScheduledScaling(name="n", schedule="daily", min_tasks=0, max_tasks=0)]},
            "scheduled_scaling[0].schedule=daily is not allowed; allowed: at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(",
        ),
        (
            {"scheduled_scaling": [ScheduledScaling(name="n", schedule="rate(1 day)", min_tasks=3, max_tasks=1)]},
            "scheduled_scaling[0].max_tasks=1 is not allowed with min_tasks 3; allowed: 3 or more",
        ),
        ({"request_timeout_seconds": 90}, "drain_seconds=80 + 90 s for the longest request + 5 s for closing = 175 s"),
    ],
)
def test_a_wrong_argument_is_refused_before_there_is_any_resource(changes: dict[str, Any], message: str) -> None:
    expected = re.escape(f"FargateSpotService 'api': {message}")

    def program() -> None:
        with pytest.raises(ValueError, match=f"^{expected}"):
            FargateSpotService("api", arguments(**changes))

    assert record(program).resources == []


def test_a_name_too_long_for_a_target_group_is_refused() -> None:
    name = "a-service-with-a-long-name"
    with pytest.raises(ValueError, match="name has 26 characters; the names of target groups leave room for 24"):
        FargateSpotService(name, arguments())


def test_transforms_reach_every_child() -> None:
    tags = {"tags": {"Team": "core"}}
    transforms = FargateSpotServiceTransforms(
        service={"platform_version": "1.4.0"},
        rollback_alarm=tags,
        cluster=ClusterTransforms(
            cluster=tags,
            cluster_capacity_providers={"capacity_providers": ["FARGATE_SPOT"]},
            command_log_group=tags,
            events=ClusterEventsTransforms(
                log_group=tags,
                log_resource_policy={"policy_document": "{}"},
                rule=tags,
                target={"target_id": "log"},
                metric_filter={"pattern": "{}"},
            ),
        ),
        task=ServiceTaskTransforms(
            log_group=tags,
            task_definition=lambda args: {**args, "memory": "2048"},
            roles=ServiceRolesTransforms(role=tags, role_policy={"policy": "{}"}),
        ),
        endpoint=ServiceEndpointTransforms(
            target_group=tags, listener=tags, security_group=tags, security_group_rule=tags
        ),
        scaling=ServiceScalingTransforms(
            target={"max_capacity": 50}, policy={"policy_type": "X"}, scheduled_action={"timezone": "Etc/UTC"}
        ),
        rotation=ServiceRotationTransforms(
            role=tags,
            role_policy={"policy": "{}"},
            log_group=tags,
            state_machine=tags,
            rule=tags,
            target={"target_id": "log"},
        ),
    )
    night = ScheduledScaling(name="night", schedule="rate(1 day)", min_tasks=1, max_tasks=1)
    recording = made(transforms, execute_command=True, scheduled_scaling=[night])
    assert recording.one("aws:ecs/service:Service").inputs["platformVersion"] == "1.4.0"
    assert recording.one("TaskDefinition").inputs["memory"] == "2048"
    assert recording.one("ClusterCapacityProviders").inputs["capacityProviders"] == ["FARGATE_SPOT"]
    assert recording.one("aws:appautoscaling/target:Target").inputs["maxCapacity"] == 50
    assert recording.one("ScheduledAction").inputs["timezone"] == "Etc/UTC"
    assert {made.inputs["policyType"] for made in recording.all("aws:appautoscaling/policy:Policy")} == {"X"}
    assert {made.inputs["policy"] for made in recording.all("RolePolicy")} == {"{}"}
    assert {made.inputs["pattern"] for made in recording.all("LogMetricFilter")} == {"{}"}
    assert {made.inputs["targetId"] for made in recording.all("EventTarget")} == {"log"}
    assert recording.one("LogResourcePolicy").inputs["policyDocument"] == "{}"
    for type_ in (
        "MetricAlarm",
        "aws:ecs/cluster:Cluster",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:iam/role:Role",
        "TargetGroup",
        "Listener",
        "SecurityGroup",
        "SecurityGroupIngressRule",
        "SecurityGroupEgressRule",
        "EventRule",
        "StateMachine",
    ):
        tagged = recording.all(type_)
        assert tagged
        assert all(made.inputs["tags"] == {"Team": "core"} for made in tagged), type_


def test_children_keep_their_urns() -> None:
    """An upgrade of the library must not replace running resources: change this list only together with aliases."""
    kept = {
        "aws:ecs/service:Service::api",
        "aws:ecs/cluster:Cluster::api",
        "aws:lb/targetGroup:TargetGroup::api",
        "aws:lb/listener:Listener::api",
        "aws:ec2/securityGroup:SecurityGroup::api",
        "aws:cloudwatch/logGroup:LogGroup::api",
        "aws:cloudwatch/logGroup:LogGroup::api-events",
        "aws:appautoscaling/target:Target::api",
        "aws:iam/role:Role::api-execution",
        "aws:iam/role:Role::api-task",
    }
    recording = made()
    assert kept <= {f"{r.type}::{r.name}" for r in recording.resources}
    service = recording.one("aws:ecs/service:Service")
    assert service.urn.endswith("spot-platform:index:FargateSpotService$aws:ecs/service:Service::api")
