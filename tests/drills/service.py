"""Reads the service of a local stack from the emulator: its tasks, their image, and whether it is settled."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.drills.stack import Stack, StackError

LOOK_SECONDS = 0.5
SPOT = "FARGATE_SPOT"


@dataclass(frozen=True)
class Task:
    """A task whose desired status is RUNNING.

    Attributes:
        arn: Its ARN.
        image: Its image, by digest.
        provider: Its capacity provider.
        serves: Whether it runs, is not unhealthy in Amazon ECS, and is healthy in the target group.
    """

    arn: str
    image: str
    provider: str
    serves: bool


@dataclass(frozen=True)
class View:
    """The service at one moment.

    Attributes:
        desired: Its desired count.
        state: ``rolloutState`` of its newest deployment.
        deployments: Number of its deployments.
        tasks: Its tasks whose desired status is RUNNING.
    """

    desired: int
    state: str
    deployments: int
    tasks: tuple[Task, ...]

    @property
    def is_settled(self) -> bool:
        """Whether one completed deployment is left, with the desired count of tasks, all of which serve."""
        whole = len(self.tasks) == self.desired and all(task.serves for task in self.tasks)
        return whole and self.deployments == 1 and self.state == "COMPLETED"

    @property
    def images(self) -> frozenset[str]:
        """The images of the tasks."""
        return frozenset(task.image for task in self.tasks)

    @property
    def mix(self) -> dict[str, int]:
        """Number of serving tasks on Spot and on demand."""
        spot = sum(task.serves and task.provider == SPOT for task in self.tasks)
        return {"spot": spot, "on_demand": sum(task.serves for task in self.tasks) - spot}


class Service:
    """Reads and changes the service through the emulator.

    Args:
        stack: A stack in which a release is live.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._ecs: Any = stack.client("ecs")
        self._balancers: Any = stack.client("elbv2")
        self._images: dict[str, str] = {}

    def view(self) -> View:
        """Read the current state of the service.

        Raises:
            StackError: The service does not exist.
        """
        service = self._described()
        arns = self._ecs.list_tasks(cluster=self._stack.cluster, serviceName=self._stack.service)["taskArns"]
        found = self._ecs.describe_tasks(cluster=self._stack.cluster, tasks=arns)["tasks"] if arns else []
        health = {
            item["Target"]["Id"]: item["TargetHealth"]["State"]
            for group in service["loadBalancers"]
            for item in self._balancers.describe_target_health(TargetGroupArn=group["targetGroupArn"])[
                "TargetHealthDescriptions"
            ]
        }
        primary = service["deployments"][0]
        return View(
            desired=service["desiredCount"],
            state=primary.get("rolloutState", ""),
            deployments=len(service["deployments"]),
            tasks=tuple(self._task(task, health) for task in found if task["desiredStatus"] == "RUNNING"),
        )

    def want(self, tasks: int) -> int:
        """Set the desired count, as autoscaling does, and return the previous one."""
        before = int(self._described()["desiredCount"])
        if before != tasks:
            self._ecs.update_service(cluster=self._stack.cluster, service=self._stack.service, desiredCount=tasks)
        return before

    def wait(self, condition: Callable[[View], bool], seconds: float) -> View | None:
        """Poll until a condition holds; return None if it does not hold in time."""
        deadline = time.monotonic() + seconds
        while True:
            view = self.view()
            if condition(view):
                return view
            if time.monotonic() > deadline:
                return None
            time.sleep(LOOK_SECONDS)

    def architecture(self) -> str:
        """Return the CPU architecture of the task definition."""
        definition = self._ecs.describe_task_definition(taskDefinition=self._described()["taskDefinition"])
        return str(definition["taskDefinition"].get("runtimePlatform", {}).get("cpuArchitecture", "X86_64"))

    def has_ended(self, arns: list[str]) -> bool:
        """Check whether all of these tasks have stopped."""
        found = self._ecs.describe_tasks(cluster=self._stack.cluster, tasks=arns)["tasks"]
        return all(task["lastStatus"] == "STOPPED" for task in found)

    def stopped_reasons(self, arns: list[str]) -> dict[str, str]:
        """Return the stop code and the exit code of each stopped task, by ARN."""
        found = self._ecs.describe_tasks(cluster=self._stack.cluster, tasks=arns)["tasks"]
        return {
            task["taskArn"]: f"{task.get('stopCode')}, exit code {task['containers'][0].get('exitCode')}"
            for task in found
        }

    def _described(self) -> dict[str, Any]:
        found = self._ecs.describe_services(cluster=self._stack.cluster, services=[self._stack.service])["services"]
        if not found or found[0]["status"] != "ACTIVE":
            raise StackError(f"there is no service {self._stack.service}; `make up`")
        return found[0]

    def _task(self, task: Mapping[str, Any], health: Mapping[str, str]) -> Task:
        definition = str(task["taskDefinitionArn"])
        if definition not in self._images:
            described = self._ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
            self._images[definition] = str(described["containerDefinitions"][0]["image"])
        details = [item for each in task.get("attachments", ()) for item in each.get("details", ())]
        address = next((item["value"] for item in details if item["name"] == "privateIPv4Address"), "")
        is_well = task["lastStatus"] == "RUNNING" and task.get("healthStatus") != "UNHEALTHY"
        return Task(
            arn=str(task["taskArn"]),
            image=self._images[definition],
            provider=str(task.get("capacityProviderName") or task.get("launchType")),
            serves=is_well and health.get(address) == "healthy",
        )
