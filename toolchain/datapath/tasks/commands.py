"""The command line of a container, as the image, the task definition and the caller of RunTask give it."""

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from toolchain.datapath.tasks.images import Image

PATH: Final = "PATH"
_INIT: Final = "tini"


def command_of(image: Image, definition: Mapping[str, Any], override: Mapping[str, Any]) -> list[str]:
    """Program and arguments.

    An entry point of the task definition puts the image's own away together with the image's command, as Docker's
    ``--entrypoint`` does. For a process of this machine, a path of the image that its folder has is taken from there,
    and the init ``tini`` is left out where this machine has none.

    Args:
        image: The image.
        definition: The container definition.
        override: The container override of RunTask; empty for none.
    """
    entrypoint: Sequence[str] = definition.get("entryPoint") or image.entrypoint
    command: Sequence[str] = override.get("command") or definition.get("command") or ()
    if not command and not definition.get("entryPoint"):
        command = image.command
    words = [*entrypoint, *command]
    if image.container is not None:
        return words
    if words and Path(words[0]).name == _INIT:
        found = shutil.which(_INIT)
        words = [found, *words[1:]] if found else _without_init(words)
    return [_local(word, image.folder) for word in words]


def folder_of(image: Image, definition: Mapping[str, Any]) -> Path:
    """Where the command is started: the working directory, within the image's folder."""
    wanted = str(definition.get("workingDirectory") or image.working_directory)
    return inside(image.folder, wanted)


def inside(folder: Path, path: str) -> Path:
    """A path of an image on this machine; one that leads out of the image's folder is that folder."""
    found = (folder / path.lstrip("/")).resolve()
    return found if found.is_relative_to(folder.resolve()) else folder


def search_path(given: str) -> str:
    """``PATH``: this Python's programs first, in place of the image's ``/venv/bin``, then what the image says."""
    return ":".join(dict.fromkeys([str(Path(sys.executable).parent), *given.split(":")])).strip(":")


def health_command(check: Mapping[str, Any], container_port: int | None, port: int | None) -> list[str] | None:
    """The command of a health check, with the process's port where it names the container's.

    Args:
        check: ``healthCheck`` of the container definition.
        container_port: The container's port in the task definition.
        port: The process's port.

    Returns:
        None for no check.
    """
    kind, *words = check.get("command") or ["NONE"]
    if kind == "NONE" or not words:
        return None
    if container_port and port:
        pattern = rf"(127\.0\.0\.1|localhost):{container_port}(?!\d)"
        words = [re.sub(pattern, f"127.0.0.1:{port}", word) for word in words]
    return ["/bin/sh", "-c", words[0]] if kind == "CMD-SHELL" else words


def _without_init(words: list[str]) -> list[str]:
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
    return rest


def _local(word: str, folder: Path) -> str:
    if not word.startswith("/"):
        return word
    found = inside(folder, word)
    return str(found) if found != folder and found.exists() else word
