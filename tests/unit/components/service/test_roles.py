"""What the roles of the Fargate service may do."""

import json
from typing import Any

import pulumi
import pytest

from spot_platform.service.arguments import ClusterReference
from spot_platform.service.fargate_spot_service import FargateSpotService
from tests.recording import Recording, record
from tests.unit.components.service.conftest import (
    ACCOUNT,
    DATABASE_SECRET,
    KEY,
    REDIS_SECRET,
    REGION,
    REPOSITORY,
    arguments,
    container,
    containers,
    made,
    policy,
)
from toolchain.datapath.tasks.permissions import Policies, Question, is_allowed


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
