"""The task definition of the Fargate service: its container, its disk and ECS Exec."""

import json

import pytest

from spot_planning.service.fargate_spot_service import owned_environment
from spot_platform.service.fargate_spot_service import FargateSpotService
from tests.recording import Recording, record
from tests.unit.components.service.conftest import (
    DATABASE_SECRET,
    KEY,
    REDIS_SECRET,
    REGION,
    arguments,
    container,
    made,
    policy,
)


def test_a_task_has_the_disk_that_it_asks_for(service: Recording) -> None:
    assert "ephemeralStorage" not in service.one("TaskDefinition").inputs
    asked = made(ephemeral_storage_gib=50).one("TaskDefinition")
    assert asked.inputs["ephemeralStorage"] == {"sizeInGib": 50}


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
