"""Names what services and task definitions ask for and the data path does not play. It has no side effects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Described = Mapping[str, Any]

_OF_CONTAINERS: Final = {
    "dependsOn": "all containers start at once",
    "environmentFiles": "their variables are missing",
    "firelensConfiguration": "",
    "restartPolicy": "the task ends with its container",
    "systemControls": "",
    "ulimits": "",
}
"""Key of a container definition -> what happens instead."""
_OF_VOLUMES: Final = {
    "efsVolumeConfiguration": "Amazon EFS",
    "fsxWindowsFileServerVolumeConfiguration": "Amazon FSx",
    "configuredAtLaunch": "Amazon EBS",
}
"""Key of a volume -> the service that has its files in AWS."""


def is_played(service: Described) -> bool:
    """Check whether a service's tasks are run: it replaces its tasks step by step, and is no daemon.

    Args:
        service: The service as ``DescribeServices`` returns it.
    """
    return bool(service.get("deployments")) and service.get("schedulingStrategy", "REPLICA") == "REPLICA"


def unplayed_by_service(service: Described) -> list[str]:
    """Return one sentence for each thing that a service asks for in vain.

    Args:
        service: The service as ``DescribeServices`` returns it.
    """
    if not is_played(service):
        return [f"service {service['serviceName']} is not played: it is no rolling REPLICA service"]
    deployments: Sequence[Described] = service.get("deployments") or ()
    connecting: list[Described] = [each.get("serviceConnectConfiguration") or {} for each in deployments]
    asked = {
        "ECS Exec": service.get("enableExecuteCommand"),
        "Service Connect": any(each.get("enabled") for each in connecting),
        "service discovery (AWS Cloud Map)": service.get("serviceRegistries"),
    }
    return [f"service {service['serviceName']}: {what} is not played" for what, is_asked in asked.items() if is_asked]


def unplayed_by_definition(definition: Described) -> list[str]:
    """Return one sentence for each thing that a task definition asks for in vain.

    Args:
        definition: The task definition as ``DescribeTaskDefinition`` returns it.
    """
    named = str(definition["taskDefinitionArn"]).rpartition("/")[2]
    return [f"task definition {named}: {sentence}" for sentence in _of_definition(definition)]


def _of_definition(definition: Described) -> Iterator[str]:
    volumes: Sequence[Described] = definition.get("volumes") or ()
    for volume in volumes:
        for key, service in _OF_VOLUMES.items():
            if volume.get(key):
                yield f"the volume {volume['name']} of {service} is not played"
    containers: Sequence[Described] = definition["containerDefinitions"]
    for container in containers:
        for key, instead in _OF_CONTAINERS.items():
            if container.get(key):
                yield f"{key} of the container {container['name']} is not played" + (f": {instead}" if instead else "")
        ports: Sequence[Described] = container.get("portMappings") or ()
        for further in ports[1:]:
            port, name = further["containerPort"], container["name"]
            yield f"port {port} of the container {name} is not played: only the first is"
        log: Described = container.get("logConfiguration") or {}
        driver = log.get("logDriver", "awslogs")
        if driver != "awslogs":
            yield f"the log driver {driver} of the container {container['name']} is not played: its lines are dropped"
