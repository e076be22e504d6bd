"""Reads a stack's file and its state, with what the toolchain knows of the project and its engine."""

import json
import sys
from pathlib import Path

from pulumi.automation import CommandError

from toolchain.deployment import exported
from toolchain.driver import Driver
from toolchain.errors import ToolchainError
from toolchain.modes import Operation
from toolchain.project import Project, configuration_of


def project_name() -> str:
    """Read the name of the project in the current folder.

    Raises:
        ValueError: There is no project here.
    """
    try:
        return Project.find(Path.cwd()).name
    except ToolchainError as error:
        raise ValueError(str(error)) from error


def configuration(stack: str) -> dict[str, str]:
    """Read a stack's file as the engine passes it on.

    Args:
        stack: The stack's name.

    Returns:
        Key with namespace -> text; an object or a list is JSON.

    Raises:
        ValueError: There is no such stack, or its file cannot be read.
    """
    try:
        project = Project.find(Path.cwd())
        given = configuration_of(project, stack)
        name = project.name
    except ToolchainError as error:
        raise ValueError(str(error)) from error
    return {
        key if ":" in key else f"{name}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in given.items()
    }


def export(stack: str) -> object:
    """Read a stack's state, with its secrets encrypted.

    Args:
        stack: The stack's name.

    Returns:
        What ``pulumi stack export`` prints, as data.

    Raises:
        ValueError: There is no such stack, or its backend cannot be reached.
    """
    try:
        with Driver(Project.find(Path.cwd()), _say).run(Operation.OUTPUTS, stack) as run:
            return exported(run.stack)
    except ToolchainError as error:
        raise ValueError(str(error)) from error
    except CommandError as error:
        last = [line for line in str(error).splitlines() if line.strip()][-1]
        raise ValueError(f"the state of {stack} cannot be read: {last.strip()}") from error


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
