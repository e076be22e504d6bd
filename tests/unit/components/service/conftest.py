"""A Fargate service on mocks: its arguments, the recording of its resources, and what is read from them."""

import json
from typing import Any

import pytest

from spot_planning.network.load_balancer import LoadBalancerKind
from spot_platform.service.arguments import LoadBalancerReference
from spot_platform.service.fargate_spot_service import (
    FargateSpotService,
    FargateSpotServiceArgs,
    FargateSpotServiceTransforms,
)
from tests.recording import Recording, record

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
