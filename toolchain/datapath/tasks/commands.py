"""Makes a container's command line from the image, the task definition and RunTask's overrides."""

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
    """Return the program and its arguments.

    An entry point in the task definition replaces the image's entry point and also discards the image's command, as
    Docker's ``--entrypoint`` does. If the container is a process of this machine, a path that exists in the image's
    folder is replaced by its path there, and the init ``tini`` is left out if this machine does not have it.

    Args:
        image: The image.
        definition: The container definition.
        override: RunTask's override of the container; empty for none.
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
    """Return the command's working directory, inside the image's folder."""
    wanted = str(definition.get("workingDirectory") or image.working_directory)
    return inside(image.folder, wanted)


def inside(folder: Path, path: str) -> Path:
    """Return where a path of an image is on this machine; the image's folder itself if the path leads out of it."""
    found = (folder / path.lstrip("/")).resolve()
    return found if found.is_relative_to(folder.resolve()) else folder


def search_path(given: str) -> str:
    """Return ``PATH``: this Python's programs first, instead of the image's ``/venv/bin``, then the given ``PATH``."""
    return ":".join(dict.fromkeys([str(Path(sys.executable).parent), *given.split(":")])).strip(":")


def health_command(check: Mapping[str, Any], container_port: int | None, port: int | None) -> list[str] | None:
    """Return the command of a health check, in which the process's port replaces the container's port.

    Args:
        check: ``healthCheck`` of the container definition.
        container_port: The container's port in the task definition; None for none.
        port: The process's port on this machine; None for none.

    Returns:
        The command; None if there is no check.
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
