"""Reads a service of Amazon ECS, its tasks and their targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ops.aws import StackSession
from ops.release.rollout import Snapshot, snapshot_of
from ops.release.target import Target, image_of

_DESCRIBED_TASKS: Final = 100
"""Most tasks in one `describe_tasks`."""
_DESCRIBED_SERVICES: Final = 10
"""Most services in one `describe_services`."""
_GONE: Final = {"INACTIVE", "DRAINING"}


@dataclass
class ServiceReader:
    """Reads the services of a cluster.

    Attributes:
        ecs: A client of Amazon ECS.
        elbv2: A client of Elastic Load Balancing.
        cluster: Name of the cluster.
        container: Name of the container that answers.
    """

    ecs: Any
    elbv2: Any
    cluster: str
    container: str
    _definitions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], init=False)

    @classmethod
    def of(cls, session: StackSession, target: Target) -> "ServiceReader":
        """The reader of a stack's cluster.

        Args:
            session: The way to the stack.
            target: The stack's service.
        """
        return cls(session.client("ecs"), session.client("elbv2"), target.cluster, target.container)

    def service(self, name: str) -> dict[str, Any] | None:
        """A service; None when it is not there, or is being deleted.

        Args:
            name: Its name.

        Raises:
            ClientError: AWS refused.
        """
        found = self.ecs.describe_services(cluster=self.cluster, services=[name])["services"]
        return next((each for each in found if each.get("status") not in _GONE), None)

    def service_with(self, image: str, otherwise: str) -> dict[str, Any] | None:
        """The service that runs an image, or begins to; its name is another one while it waits for its first image.

        Args:
            image: The image, as task definitions have it.
            otherwise: Name of the service to take when none has the image.

        Raises:
            ClientError: AWS refused.
        """
        fallback = None
        for service in self._services():
            if any(self.image(each["taskDefinition"]) == image for each in service.get("deployments", [])):
                return service
            if service["serviceName"] == otherwise:
                fallback = service
        return fallback

    def definition(self, arn: str) -> dict[str, Any]:
        """A task definition; a revision never changes, so it is read once.

        Args:
            arn: Its ARN, or ``family:revision``.

        Raises:
            ClientError: AWS refused.
        """
        if arn not in self._definitions:
            self._definitions[arn] = self.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        return self._definitions[arn]

    def image(self, definition_arn: str) -> str:
        """The image of the container that answers.

        Args:
            definition_arn: The task definition.

        Raises:
            ClientError: AWS refused.
        """
        return image_of(self.definition(definition_arn), self.container)

    def tasks(self, service: str, desired_status: str = "RUNNING") -> list[dict[str, Any]]:
        """The tasks of a service.

        Args:
            service: Name of the service.
            desired_status: ``RUNNING``, or ``STOPPED`` for those that stopped within the last hour or are about to.

        Raises:
            ClientError: AWS refused.
        """
        pages = self.ecs.get_paginator("list_tasks").paginate(
            cluster=self.cluster, serviceName=service, desiredStatus=desired_status
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
        return self.described(arns)

    def described(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        """Tasks by their ARNs; those that Amazon ECS has forgotten are missing.

        Args:
            arns: The ARNs.

        Raises:
            ClientError: AWS refused.
        """
        parts = (arns[start : start + _DESCRIBED_TASKS] for start in range(0, len(arns), _DESCRIBED_TASKS))
        return [
            task for part in parts for task in self.ecs.describe_tasks(cluster=self.cluster, tasks=list(part))["tasks"]
        ]

    def target_health(self, service: Mapping[str, Any]) -> dict[str, str]:
        """Private address -> state in the target group.

        Args:
            service: As `describe_services` gives it.

        Raises:
            ClientError: AWS refused.
        """
        return {
            str(each["Target"]["Id"]): str(each["TargetHealth"]["State"])
            for balancer in cast("list[dict[str, Any]]", service.get("loadBalancers", []))
            for each in self.elbv2.describe_target_health(TargetGroupArn=balancer["targetGroupArn"])[
                "TargetHealthDescriptions"
            ]
        }

    def snapshot(self, service: Mapping[str, Any] | None) -> Snapshot:
        """The service at this moment.

        Args:
            service: As `describe_services` gives it; None when there is none.

        Raises:
            ClientError: AWS refused.
        """
        if service is None:
            return Snapshot()
        definition = self.definition(str(service["taskDefinition"]))
        checks = any(
            each.get("healthCheck") for each in definition["containerDefinitions"] if each["name"] == self.container
        )
        return snapshot_of(
            service, self.tasks(str(service["serviceName"])), self.target_health(service), checks_health=checks
        )

    def _services(self) -> Iterator[dict[str, Any]]:
        pages = self.ecs.get_paginator("list_services").paginate(cluster=self.cluster)
        arns = [arn for page in pages for arn in page["serviceArns"]]
        for start in range(0, len(arns), _DESCRIBED_SERVICES):
            answer = self.ecs.describe_services(
                cluster=self.cluster, services=arns[start : start + _DESCRIBED_SERVICES]
            )
            yield from (each for each in answer["services"] if each.get("status") not in _GONE)
