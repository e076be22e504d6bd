"""A small Amazon ECS in memory, with the API calls that the operations make. Tests move its deployments on."""

import json
from collections.abc import Iterator
from typing import Any

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api"
PREFIX = "arn:aws:ecs:us-east-1:123456789012"
GROUP = "/ecs/house/api"


def manifest(seed: str) -> str:
    """Return an image manifest that differs for each seed, which is one hexadecimal digit."""
    media_type = "application/vnd.oci.image.manifest.v1+json"
    layer = {"digest": f"sha256:{seed * 64}", "size": 1, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    annotations = {"org.spot-platform.config": json.dumps({"Architecture": "arm64"})}
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "layers": [layer], "annotations": annotations})


class _Pages:
    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield self._answer


class FakeEcs:
    """One cluster with one service ``api`` of two tasks."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        self.deployments: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.name = "api"
        self.desired = 2
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.exit_code: int | None = 0
        """Exit code of one-off tasks."""
        self.looks_until_stopped = 1

    # Methods for tests

    def register(self, image: str, family: str = "house-dev-api", container: str = "api") -> str:
        revision = 1 + sum(each["family"] == family for each in self.definitions.values())
        arn = f"{PREFIX}:task-definition/{family}:{revision}"
        self.definitions[arn] = {
            "taskDefinitionArn": arn,
            "family": family,
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "networkMode": "awsvpc",
            "cpu": "512",
            "memory": "1024",
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "requiresCompatibilities": ["FARGATE"],
            "revision": revision,
            "status": "ACTIVE",
            "containerDefinitions": [
                {
                    "name": container,
                    "image": image,
                    "healthCheck": {"command": ["CMD", "true"]},
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {"awslogs-group": GROUP, "awslogs-stream-prefix": "ecs"},
                    },
                }
            ],
        }
        return arn

    def begin(self, arn: str) -> None:
        """Start a deployment: its tasks run beside the old tasks."""
        for each in self.deployments:
            each["status"] = "ACTIVE"
        deployment = {"status": "PRIMARY", "taskDefinition": arn, "desiredCount": self.desired}
        self.deployments.insert(0, deployment | {"rolloutState": "IN_PROGRESS", "runningCount": 0, "failedTasks": 0})
        for number in range(self.desired):
            self.start(arn, f"{arn.rpartition(':')[2]}{number}")

    def start(self, arn: str, identifier: str, **changes: Any) -> dict[str, Any]:
        task: dict[str, Any] = {
            "taskArn": f"{PREFIX}:task/cluster/{identifier}",
            "taskDefinitionArn": arn,
            "lastStatus": "RUNNING",
            "desiredStatus": "RUNNING",
            "healthStatus": "UNKNOWN",
            "capacityProviderName": "FARGATE_SPOT",
            "availabilityZone": "us-east-1a",
            "attachments": [{"details": [{"name": "privateIPv4Address", "value": f"10.0.0.{len(self.tasks) + 1}"}]}],
            "containers": [{"name": "api"}],
            **changes,
        }
        self.tasks.append(task)
        return task

    def complete(self) -> None:
        """Complete the newest deployment: it is the only one, and its tasks are healthy."""
        newest = self.deployments[0]
        newest |= {"rolloutState": "COMPLETED", "runningCount": self.desired}
        self.deployments = [newest]
        self.tasks = [task for task in self.tasks if task["taskDefinitionArn"] == newest["taskDefinition"]]
        for task in self.tasks:
            task["healthStatus"] = "HEALTHY"

    def roll_back(self, reason: str = "ECS deployment circuit breaker: tasks failed to start.") -> None:
        """Roll back to the previous deployment, as the circuit breaker does."""
        failed, former = self.deployments[0], self.deployments[1]
        for task in self.tasks:
            if task["taskDefinitionArn"] == failed["taskDefinition"]:
                task |= {
                    "lastStatus": "STOPPED",
                    "desiredStatus": "STOPPED",
                    "stoppedReason": "Essential container in task exited",
                    "containers": [{"name": "api", "exitCode": 3}],
                }
        former |= {"status": "PRIMARY", "rolloutState": "COMPLETED", "rolloutStateReason": f"rolled back: {reason}"}
        self.deployments = [former]
        self.events.insert(0, {"id": f"e{len(self.events)}", "message": f"(service api) {reason}"})

    # API calls of the operations

    def get_paginator(self, operation: str) -> Any:
        return self if operation == "list_tasks" else _Pages({"serviceArns": [self.name]})

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        wanted = arguments["desiredStatus"]
        yield {"taskArns": [each["taskArn"] for each in self.tasks if each["desiredStatus"] == wanted]}

    def describe_services(self, **arguments: Any) -> dict[str, Any]:
        if self.name not in arguments["services"]:
            return {"services": []}
        return {
            "services": [
                {
                    "serviceName": self.name,
                    "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/cluster",
                    "status": "ACTIVE",
                    "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
                    "desiredCount": self.desired,
                    "taskDefinition": self.deployments[0]["taskDefinition"],
                    "deployments": [dict(each) for each in self.deployments],
                    "events": list(self.events),
                    "loadBalancers": [{"targetGroupArn": "group"}],
                    "capacityProviderStrategy": [
                        {"capacityProvider": "FARGATE_SPOT", "weight": 4, "base": 0},
                        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
                    ],
                }
            ]
        }

    def describe_task_definition(self, **arguments: Any) -> dict[str, Any]:
        asked = arguments["taskDefinition"]
        arn = next(each for each in self.definitions if each == asked or each.rpartition("/")[2] == asked)
        return {"taskDefinition": self.definitions[arn], "tags": [{"key": "stack", "value": "dev"}]}

    def register_task_definition(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("register_task_definition", arguments))
        container = arguments["containerDefinitions"][0]
        arn = self.register(container["image"], arguments["family"], container["name"])
        return {"taskDefinition": self.definitions[arn]}

    def deregister_task_definition(self, **arguments: Any) -> None:
        self.calls.append(("deregister_task_definition", arguments))

    def run_task(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(("run_task", arguments))
        name = self.definitions[arguments["taskDefinition"]]["containerDefinitions"][0]["name"]
        container = {"name": name, "exitCode": self.exit_code}
        task = self.start(arguments["taskDefinition"], "one-off", lastStatus="PENDING", containers=[container])
        self.tasks.remove(task)
        self.one_off = task
        return {"tasks": [task], "failures": []}

    def describe_tasks(self, **arguments: Any) -> dict[str, Any]:
        if arguments["tasks"][:1] == [f"{PREFIX}:task/cluster/one-off"]:
            self.looks_until_stopped -= 1
            if self.looks_until_stopped < 0:
                self.one_off |= {"lastStatus": "STOPPED", "stoppedReason": "Essential container in task exited"}
            return {"tasks": [self.one_off]}
        return {"tasks": [dict(each) for each in self.tasks if each["taskArn"] in arguments["tasks"]]}

    def stop_task(self, **arguments: Any) -> None:
        self.calls.append(("stop_task", arguments))

    # API calls of Elastic Load Balancing

    def describe_target_health(self, **_: Any) -> dict[str, Any]:
        return {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": task["attachments"][0]["details"][0]["value"]},
                    "TargetHealth": {"State": "healthy" if task["healthStatus"] == "HEALTHY" else "initial"},
                }
                for task in self.tasks
            ]
        }
