"""What services and task definitions ask for in vain is said."""

from typing import Any

import pytest

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World
from toolchain.datapath.tasks.unplayed import is_played, unplayed_by_definition, unplayed_by_service

DEFINITION: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/stub:3",
    "containerDefinitions": [{"name": "api", "portMappings": [{"containerPort": 3333}], "ulimits": []}],
    "volumes": [{"name": "scratch", "host": {}}],
}


def test_what_a_task_definition_asks_for_in_vain_is_said() -> None:
    assert unplayed_by_definition(DEFINITION) == []
    container = {
        "name": "api",
        "portMappings": [{"containerPort": 3333}, {"containerPort": 9090}],
        "dependsOn": [{"containerName": "proxy", "condition": "HEALTHY"}],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/api.env"}],
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}],
        "logConfiguration": {"logDriver": "splunk"},
    }
    volumes = [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    asking = {**DEFINITION, "containerDefinitions": [container], "volumes": volumes}
    assert [line.removeprefix("task definition stub:3: ") for line in unplayed_by_definition(asking)] == [
        "the volume files of Amazon EFS is not played",
        "dependsOn of the container api is not played: all containers start at once",
        "environmentFiles of the container api is not played: their variables are missing",
        "ulimits of the container api is not played",
        "port 9090 of the container api is not played: only the first is",
        "the log driver splunk of the container api is not played: its lines are dropped",
    ]


def test_what_a_service_asks_for_in_vain_is_said() -> None:
    plain: dict[str, Any] = {"serviceName": "api", "enableExecuteCommand": False, "deployments": [{}]}
    assert unplayed_by_service(plain) == []
    asking = {
        **plain,
        "enableExecuteCommand": True,
        "deployments": [{"serviceConnectConfiguration": {"enabled": True}}],
        "serviceRegistries": [{"registryArn": "arn"}],
    }
    assert unplayed_by_service(asking) == [
        "service api: ECS Exec is not played",
        "service api: Service Connect is not played",
        "service api: service discovery (AWS Cloud Map) is not played",
    ]


@pytest.mark.parametrize("other", [{"deployments": []}, {"schedulingStrategy": "DAEMON"}])
def test_a_service_that_is_not_played_at_all_is_said(other: dict[str, Any]) -> None:
    service = {"serviceName": "api", "enableExecuteCommand": True, "deployments": [{}], **other}
    assert not is_played(service)
    assert unplayed_by_service(service) == ["service api is not played: it is no rolling REPLICA service"]


def test_it_is_said_once_in_the_log(world: World, data_path: DataPath) -> None:
    ecs = world.client("ecs")
    known = ecs.describe_task_definition(taskDefinition=world.definition(check=False))["taskDefinition"]
    container = known["containerDefinitions"][0] | {"ulimits": [{"name": "nofile", "softLimit": 99, "hardLimit": 99}]}
    revision = world.register(container)
    ecs.create_service(
        cluster=world.cluster,
        serviceName="asking",
        taskDefinition=revision,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=world.network,
        serviceRegistries=[{"registryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"}],
    )
    wait_until(lambda: world.service("asking")["runningCount"] == 2, "both tasks run")
    named = revision.rpartition("/")[2]
    for line in (
        f"tasks: task definition {named}: ulimits of the container api is not played",
        "tasks: service asking: service discovery (AWS Cloud Map) is not played",
    ):
        assert data_path.lines.count(line) == 1, line
