"""The registered resources of the Fargate service as a whole: outputs, arguments, transforms and URNs."""

import re
from typing import Any

import pytest

from spot_planning.service.settings import ScheduledScaling
from spot_platform.service.arguments import LoadBalancerReference
from spot_platform.service.cluster import ClusterTransforms
from spot_platform.service.endpoint import ServiceEndpointTransforms
from spot_platform.service.events import ClusterEventsTransforms
from spot_platform.service.fargate_spot_service import FargateSpotService, FargateSpotServiceTransforms
from spot_platform.service.roles import ServiceRolesTransforms
from spot_platform.service.rotation import ServiceRotationTransforms
from spot_platform.service.scaling import ServiceScalingTransforms
from spot_platform.service.task import ServiceTaskTransforms
from tests.recording import Recording, record
from tests.unit.components.service.conftest import ACCOUNT, REGION, REPOSITORY, arguments, made


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
        (
            {"environment": {"TEXT": "x" * 50_000}},
            "environment 50028 bytes are not allowed; allowed: 49152 (Amazon ECS takes 65536 for a whole task definition)",
        ),
        (
            {"writable_paths": ["tmp"]},
            "writable_paths[0]=tmp is not allowed; allowed: an absolute path below / of at most 256 characters, without . and ..",
        ),
        (
            {"writable_paths": ["/"]},
            "writable_paths[0]=/ is not allowed; allowed: an absolute path below / of at most 256 characters, without . and ..",
        ),
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


def test_a_name_that_amazon_ec2_reserves_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^FargateSpotService 'sg-api': name begins with sg-, which AWS reserves"):
        FargateSpotService("sg-api", arguments())


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
