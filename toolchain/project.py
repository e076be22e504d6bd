"""Finds the project's folder and files, and reads ``Pulumi.yaml`` and the stacks' files."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from toolchain.configuration.engine_limits import refuse_environment, refuse_unreadable
from toolchain.configuration.yaml_files import read_yaml
from toolchain.errors import ToolchainError
from toolchain.system.printing import visible


@dataclass(frozen=True)
class Project:
    """A Pulumi project: the folder that holds ``Pulumi.yaml`` and the program beside it."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> "Project":
        """Find the project that contains the folder ``start``.

        Raises:
            ToolchainError: There is no ``Pulumi.yaml`` in ``start`` or above it, or the project's path has characters
                that cannot be printed.
        """
        for folder in (start, *start.parents):
            if (folder / "Pulumi.yaml").is_file():
                if not str(folder).isprintable():
                    raise ToolchainError(
                        f"the checkout's path {visible(str(folder))} holds characters that cannot be printed, which "
                        "the engine's files cannot hold: move the checkout"
                    )
                return cls(folder)
        raise ToolchainError(f"no Pulumi.yaml in {visible(str(start))} or above it: run this inside the project")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The parsed ``Pulumi.yaml``."""
        return read_yaml(self.root / "Pulumi.yaml")

    @property
    def name(self) -> str:
        """The project's name, which is also the namespace of its configuration.

        Raises:
            ToolchainError: ``Pulumi.yaml`` has none.
        """
        name = self.settings.get("name")
        if not name:
            raise ToolchainError("Pulumi.yaml has no name")
        return str(name)

    @property
    def private(self) -> Path:
        """The folder for the toolchain's own files; git ignores it."""
        return self.root / ".platform"

    @property
    def stacks(self) -> list[str]:
        """The sorted names of the stacks that have a file."""
        return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in self.root.glob("Pulumi.*.yaml"))

    def stack_file(self, stack: str) -> Path:
        """Return the configuration file of a stack.

        Raises:
            ToolchainError: The stack has no file. The message lists the stacks that have one.
        """
        if stack not in self.stacks:
            name, known = visible(stack), visible(", ".join(self.stacks))
            raise ToolchainError(f"stack '{name}' has no Pulumi.{name}.yaml; stacks: {known}")
        return self.root / f"Pulumi.{stack}.yaml"


def configuration_of(project: Project, stack: str, *, takes_environments: bool = True) -> dict[str, Any]:
    """Return the ``config`` section of a stack's file, with its keys as they are written there.

    Args:
        project: The project.
        stack: The stack's name.
        takes_environments: Whether the backend has Pulumi ESC environments, as only Pulumi Cloud does.

    Raises:
        ToolchainError: The file cannot be read, by this program or by the engine, or the section is not a mapping.
    """
    path = project.stack_file(stack)
    content = read_yaml(path, project.name)
    refuse_unreadable(path, content)
    if not takes_environments:
        refuse_environment(path, content)
    configuration: Any = content.get("config") or {}
    if not isinstance(configuration, dict):
        raise ToolchainError(f"{path.name}: config must be a mapping, not {type(configuration).__name__}")
    return cast("dict[str, Any]", configuration)
