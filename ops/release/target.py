"""Reads the service that a release changes from the stack's outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ops.aws import StackSession


@dataclass(frozen=True)
class Target:
    """The service of a stack, and the resources that belong to it.

    Attributes:
        stack: The stack's name.
        cluster: Name of the cluster.
        service: Name of the service; while the stack waits for its first image, the service has another name.
        container: Name of the service's container.
        task_definition_arn: ARN of the revision that the last `up` registered.
        migration_arn: ARN of the migration's task definition; None when the stack has no migration.
        repository_url: URL of the repository with the service's images, without tag and digest.
        log_group: Log group of the tasks.
        subnet_ids: Subnets of the tasks.
        security_group_ids: Security groups of the tasks.
        api_url: Public URL of the API.
    """

    stack: str
    cluster: str
    service: str
    container: str
    task_definition_arn: str
    migration_arn: str | None
    repository_url: str
    log_group: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    api_url: str

    @classmethod
    def of(cls, session: StackSession) -> "Target":
        """Read the target from a stack's outputs.

        Raises:
            ValueError: An output is missing.
        """
        migration = session.outputs.get("migration_task_definition_arn")
        return cls(
            stack=session.stack,
            cluster=session.output("cluster_name"),
            service=session.output("service_name"),
            container=session.output("container_name"),
            task_definition_arn=session.output("task_definition_arn"),
            migration_arn=None if migration is None else str(migration),
            repository_url=session.output("repository_url"),
            log_group=session.output("service_log_group_name"),
            subnet_ids=_texts(session, "private_subnet_ids"),
            security_group_ids=_texts(session, "task_security_group_ids"),
            api_url=session.output("api_url"),
        )

    @property
    def repository(self) -> str:
        """Name of the repository, without its registry."""
        return self.repository_url.partition("/")[2]


def image_of(definition: Mapping[str, Any], container: str) -> str:
    """Return the image of a container in a task definition.

    Args:
        definition: ``taskDefinition`` of `describe_task_definition`.
        container: The container's name; ignored when the task definition has only one container.

    Returns:
        The image; empty when there is no such container.
    """
    containers = cast("list[dict[str, Any]]", definition.get("containerDefinitions", []))
    found = next((each for each in containers if each.get("name") == container), None)
    if found is None and len(containers) == 1:
        found = containers[0]
    return str((found or {}).get("image", ""))


def revision_of(arn: str) -> str:
    """Return the short form of a task definition's ARN: ``family:revision``."""
    return arn.rpartition("/")[2]


def _texts(session: StackSession, name: str) -> tuple[str, ...]:
    value = session.outputs.get(name)
    if value is None:
        session.output(name)  # raises the error about the missing output
    return tuple(str(each) for each in cast("list[Any]", value))
