"""What a release works on, as the stack's outputs say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ops.aws import StackSession


@dataclass(frozen=True)
class Target:
    """The service of a stack and what belongs to it.

    Attributes:
        stack: The stack's name.
        cluster: Name of the cluster.
        service: Name of the service; another one while it waits for its first image.
        container: Name of its container.
        task_definition_arn: The revision that the last `up` asked for.
        migration_arn: The task definition of the migration; None where the stack has none.
        repository_url: Where its images are, without tag and digest.
        log_group: Log group of its tasks.
        subnet_ids: Of its tasks.
        security_group_ids: Of its tasks.
        api_url: Where its API answers.
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
        """Read it from a stack's outputs.

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
        """Name of the repository in its registry."""
        return self.repository_url.partition("/")[2]


def image_of(definition: Mapping[str, Any], container: str) -> str:
    """The image of a container.

    Args:
        definition: ``taskDefinition`` of `describe_task_definition`.
        container: The container's name; that of the only one when there is just one.

    Returns:
        The image; empty when there is no such container.
    """
    containers = cast("list[dict[str, Any]]", definition.get("containerDefinitions", []))
    found = next((each for each in containers if each.get("name") == container), None)
    if found is None and len(containers) == 1:
        found = containers[0]
    return str((found or {}).get("image", ""))


def revision_of(arn: str) -> str:
    """The short form of a task definition's ARN: ``family:revision``."""
    return arn.rpartition("/")[2]


def _texts(session: StackSession, name: str) -> tuple[str, ...]:
    value = session.outputs.get(name)
    if value is None:
        session.output(name)  # says what is missing
    return tuple(str(each) for each in cast("list[Any]", value))
