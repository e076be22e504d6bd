"""Runs a container with a container engine of this machine, if the image was built with one.

The engine's client runs for as long as the container and passes signals on to it, so the data path handles that client
as the container's process. The container shares this machine's network, as a task's process does. Its file system,
its user and its processes are its own.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from toolchain.datapath.containers import LABEL
from toolchain.datapath.tasks.images import Image
from toolchain.datapath.tasks.process import Program
from toolchain.system.files import private_folder

_CLIENTS_OWN: Final = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL"})
"""Variables that the engine's client reads itself; none of them holds a secret."""


@dataclass(frozen=True)
class ContainerProgram(Program):
    """A program that a container engine runs in a container.

    ``environment`` is the environment of the engine's client. The command line names the container's variables without
    their values, because a value can be a secret and every user can read command lines. Only those of `_CLIENTS_OWN`
    have their values there.
    """

    engine: str = ""
    name: str = ""
    """Name of the container in the engine."""
    options: tuple[str, ...] = ()
    """Options of the engine's ``run``; the last item is the image."""

    def started(self) -> list[str]:
        """Return the client's command line that runs the container."""
        entrypoint, *arguments = self.command or ("",)
        given = ["--entrypoint", entrypoint] if entrypoint else []
        return [self.engine, "run", "--rm", "--name", self.name, *given, *self.options, *arguments]

    def beside(self, command: Sequence[str]) -> list[str]:
        """Return the client's command line that runs another command in the container."""
        return [self.engine, "exec", self.name, *command]

    @property
    def ending(self) -> list[str]:
        """The client's command line that ends the container, even if the first client no longer runs."""
        return [self.engine, "rm", "--force", self.name]


def container_program(
    image: Image,
    definition: Mapping[str, Any],
    command: Sequence[str],
    variables: Mapping[str, str],
    *,
    name: str,
    folder: Path,
    scratch: Path,
) -> ContainerProgram:
    """Make the program that runs a container with an engine.

    Args:
        image: Image that was built with an engine.
        definition: The container definition.
        command: Entry point and command.
        variables: The container's environment variables.
        name: Unique name of the container in the engine.
        folder: The data path's folder, which is the value of the container's label.
        scratch: The container's folder on this machine. The container sees its files at the same path, read-only. The
            folder ``volumes`` beside it holds the volumes that the task's containers share.

    Raises:
        ValueError: The image was not built with an engine.
    """
    if image.container is None:
        raise ValueError(f"the image {image.digest} was not built with a container engine")
    own = {each: value for each, value in variables.items() if each in _CLIENTS_OWN}
    named = [f"{each}={value}" for each, value in own.items()] + sorted(set(variables) - set(own))
    user = str(definition.get("user") or "")
    linux: Mapping[str, Any] = definition.get("linuxParameters") or {}
    capabilities: Mapping[str, Sequence[str]] = linux.get("capabilities") or {}
    options = [
        *("--network", "host", "--label", f"{LABEL}={folder}"),
        *(word for each in named for word in ("--env", each)),
        *(("--user", user) if user else ()),
        *(("--workdir", str(definition["workingDirectory"])) if definition.get("workingDirectory") else ()),
        *(("--read-only",) if definition.get("readonlyRootFilesystem") else ()),
        *(word for each in capabilities.get("drop") or () for word in ("--cap-drop", each)),
        *(word for each in _mounts(definition, scratch) for word in ("--volume", each)),
        image.container.reference,
    ]
    return ContainerProgram(
        command=tuple(command),
        folder=scratch,
        files=scratch,
        scratch=scratch,
        environment=dict(os.environ) | {each: value for each, value in variables.items() if each not in own},
        engine=image.container.engine,
        name=name,
        options=tuple(options),
    )


def _mounts(definition: Mapping[str, Any], scratch: Path) -> list[str]:
    """Return the container's mounts: the files in its folder, and the task's volumes."""
    files = [f"{path}:{path}:ro" for path in sorted(scratch.iterdir()) if path.is_file()]
    volumes: list[str] = []
    for each in definition.get("mountPoints") or ():
        shared = private_folder(scratch.parent / "volumes") / str(each["sourceVolume"])
        shared.mkdir(exist_ok=True)
        shared.chmod(0o1777)  # containers may have different users; the folder above is private
        volumes.append(f"{shared}:{each['containerPath']}{':ro' if each.get('readOnly') else ''}")
    return files + volumes
