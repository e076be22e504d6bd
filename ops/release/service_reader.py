"""Reads a service of Amazon ECS, its tasks and their targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ops.aws import StackSession
from ops.release.rollout import Snapshot, snapshot_of
from ops.release.target import Target, image_of

_DESCRIBED_TASKS: Final = 100
"""Maximum number of tasks in one `describe_tasks` request."""
_DESCRIBED_SERVICES: Final = 10
"""Maximum number of services in one `describe_services` request."""
_GONE: Final = {"INACTIVE", "DRAINING"}


@dataclass
class ServiceReader:
    """Reads the services of a cluster.

    Attributes:
        ecs: A client of Amazon ECS.
        elbv2: A client of Elastic Load Balancing.
        cluster: Name of the cluster.
        container: Name of the service's container.
    """

    ecs: Any
    elbv2: Any
    cluster: str
    container: str
    _definitions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], init=False)

    @classmethod
    def of(cls, session: StackSession, target: Target) -> "ServiceReader":
        """Make a reader for a stack's cluster.

        Args:
            session: The stack's outputs and its access to AWS.
            target: The stack's service.
        """
        return cls(session.client("ecs"), session.client("elbv2"), target.cluster, target.container)

    def service(self, name: str) -> dict[str, Any] | None:
        """Return a service; None when it does not exist, or is being deleted.

        Args:
            name: The service's name.

        Raises:
            ClientError: AWS refused.
        """
        found = self.ecs.describe_services(cluster=self.cluster, services=[name])["services"]
        return next((each for each in found if each.get("status") not in _GONE), None)

    def service_with(self, image: str, otherwise: str) -> dict[str, Any] | None:
        """Return the service with a deployment of an image.

        The first release replaces the service that waits for an image by one with another name, so the name alone does
        not find it.

        Args:
            image: The image's name in task definitions.
            otherwise: Name of the service to return when no service has the image.

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
        """Return a task definition; a revision never changes, so the response is cached.

        Args:
            arn: ARN of the revision, or ``family:revision``.

        Raises:
            ClientError: AWS refused.
        """
        if arn not in self._definitions:
            self._definitions[arn] = self.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        return self._definitions[arn]

    def image(self, definition_arn: str) -> str:
        """Return the image of the service's container in a task definition.

        Args:
            definition_arn: ARN of the task definition.

        Raises:
            ClientError: AWS refused.
        """
        return image_of(self.definition(definition_arn), self.container)

    def tasks(self, service: str, desired_status: str = "RUNNING") -> list[dict[str, Any]]:
        """Return the tasks of a service.

        Args:
            service: Name of the service.
            desired_status: ``RUNNING``, or ``STOPPED`` for tasks that are stopping or stopped within the last hour.

        Raises:
            ClientError: AWS refused.
        """
        pages = self.ecs.get_paginator("list_tasks").paginate(
            cluster=self.cluster, serviceName=service, desiredStatus=desired_status
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
        return self.described(arns)

    def described(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        """Return tasks by their ARNs; tasks that Amazon ECS no longer knows are left out.

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
        """Return the targets of a service: private IP address -> state in the target group.

        Args:
            service: The service, from `describe_services`.

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
        """Return a snapshot of the service at this moment.

        Args:
            service: The service, from `describe_services`; None gives an empty snapshot.

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
