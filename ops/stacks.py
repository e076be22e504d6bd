"""Reads a stack's configuration file and its state through the toolchain, and sets ``service.image`` in the file."""

import json
import sys
from pathlib import Path

from pulumi.automation import CommandError

from ops.stack_outputs import ROOT
from toolchain.configuration.stack_values import set_value, value_of
from toolchain.driver import Driver
from toolchain.modes import Operation
from toolchain.project import Project, configuration_of
from toolchain.state.deployment import exported


def project_name() -> str:
    """Read the name of the project in the current folder.

    Raises:
        ToolchainError: There is no project here.
    """
    return Project.find(Path.cwd()).name


def configuration(stack: str) -> dict[str, str]:
    """Read a stack's configuration, in the form in which the engine passes it to the program.

    Args:
        stack: The stack's name.

    Returns:
        Key with namespace -> value as text; objects and lists are JSON.

    Raises:
        ToolchainError: There is no such stack, or its file cannot be read.
    """
    project = Project.find(Path.cwd())
    name = project.name
    return {
        key if ":" in key else f"{name}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in configuration_of(project, stack).items()
    }


def changer(stack: str) -> str | None:
    """Return in words which run of this checkout changes the stack now, such as an `up`; None if none does.

    Args:
        stack: The stack's name.
    """
    return Driver(Project(ROOT), lambda _: None).changer(stack)


def service_image(stack: str) -> str | None:
    """Read ``service.image`` of a stack's configuration.

    Args:
        stack: The stack's name.

    Raises:
        ToolchainError: There is no such stack, or its file cannot be read.
        ValueError: The stack sets ``service.build``, so `up` builds its image.
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
    """Set ``service.image`` in a stack's configuration file; its comments and the order of its keys stay.

    Args:
        stack: The stack's name.
        image: The image's name with its digest; None removes the key.

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
