"""Reads a stack's file and its state, with what the toolchain knows of the project and its engine."""

import json
import sys
from pathlib import Path

from pulumi.automation import CommandError

from ops.stack_outputs import ROOT
from toolchain.deployment import exported
from toolchain.driver import Driver
from toolchain.modes import Operation
from toolchain.project import Project, configuration_of
from toolchain.stack_values import set_value, value_of


def project_name() -> str:
    """Read the name of the project in the current folder.

    Raises:
        ToolchainError: There is no project here.
    """
    return Project.find(Path.cwd()).name


def configuration(stack: str) -> dict[str, str]:
    """Read a stack's file as the engine passes it on.

    Args:
        stack: The stack's name.

    Returns:
        Key with namespace -> text; an object or a list is JSON.

    Raises:
        ToolchainError: There is no such stack, or its file cannot be read.
    """
    project = Project.find(Path.cwd())
    name = project.name
    return {
        key if ":" in key else f"{name}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in configuration_of(project, stack).items()
    }


def service_image(stack: str) -> str | None:
    """Read ``service.image`` of a stack's configuration.

    Args:
        stack: The stack's name.

    Raises:
        ToolchainError: There is no such stack, or its file cannot be read.
        ValueError: It builds its image itself.
    """
    project = Project(ROOT)
    if value_of(project, stack, ("service", "build")) is not None:
        raise ValueError(
            f"stack={stack}: service.build is set, so `up` builds the image itself; remove it from the stack's "
            "file to release images"
        )
    image = value_of(project, stack, ("service", "image"))
    return None if image is None else str(image)


def set_service_image(stack: str, image: str | None) -> Path:
    """Set ``service.image`` in a stack's configuration; comments and order of its file stay.

    Args:
        stack: The stack's name.
        image: The image by digest; None removes the key.

    Returns:
        The file that was changed.

    Raises:
        ToolchainError: The file is written in a way that only people can change.
    """
    return set_value(Project(ROOT), stack, ("service", "image"), image)


def export(stack: str) -> object:
    """Read a stack's state for ``check-state``, with its secrets encrypted.

    Args:
        stack: The stack's name.

    Returns:
        What ``pulumi stack export`` prints, as data.

    Raises:
        ToolchainError: There is no such stack.
        ValueError: Its backend cannot be reached.
    """
    try:
        with Driver(Project.find(Path.cwd()), _say).run(Operation.CHECK_STATE, stack) as run:
            return exported(run.stack)
    except CommandError as error:
        last = [line for line in str(error).splitlines() if line.strip()][-1]
        raise ValueError(f"the state of {stack} cannot be read: {last.strip()}") from error


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
