"""Reads and sets single values of a stack's configuration, such as the image of a release.

For a stack in AWS, the stack's file in the checkout is changed, to be committed. The local stack's file stays as it is
in git. Its values are stored in another file, which is removed with the emulator, because the values name resources
that only the emulator holds.
"""

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from toolchain.configuration.merging import merged
from toolchain.configuration.yaml_edits import with_value
from toolchain.configuration.yaml_files import read_yaml
from toolchain.errors import ToolchainError
from toolchain.modes import LOCAL_STACK
from toolchain.project import Project, configuration_of
from toolchain.system.files import private_folder, write_whole

SETTINGS_FILE = "settings.yaml"


def local_settings_file(project: Project) -> Path:
    """Return the file with the local stack's own values."""
    return project.private / LOCAL_STACK / SETTINGS_FILE


def merged_configuration(project: Project, stack: str) -> dict[str, Any]:
    """Return the ``config`` section of a stack's file; for the local stack, merged with its own values.

    Raises:
        ToolchainError: A file cannot be read.
    """
    configuration = configuration_of(project, stack)
    file = local_settings_file(project)
    if stack != LOCAL_STACK or not file.is_file():
        return configuration
    own: Any = read_yaml(file).get("config") or {}
    return merged(configuration, {_written(project, configuration, key): value for key, value in own.items()})


def value_of(project: Project, stack: str, path: Sequence[str]) -> Any:
    """Return one value of the configuration.

    Args:
        project: The project.
        stack: The stack's name.
        path: Keys below ``config``, without the project's namespace, such as ``("service", "image")``.

    Returns:
        The value; None if it is not set.
    """
    node: Any = merged_configuration(project, stack)
    for key in (_written(project, node, path[0]), *path[1:]):
        node = cast("dict[str, Any]", node).get(key) if isinstance(node, dict) else None
    return node


def set_value(project: Project, stack: str, path: Sequence[str], value: str | None) -> Path:
    """Set or remove one value of the configuration.

    Args:
        project: The project.
        stack: The stack's name.
        path: As for `value_of`.
        value: The new value; None to remove it.

    Returns:
        The file that was changed.

    Raises:
        ToolchainError: The file is written in a way that cannot be changed automatically.
    """
    file, mode = local_settings_file(project), 0o600
    if stack == LOCAL_STACK:
        private_folder(project.private)
        private_folder(file.parent)
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        keys = ("config", *path)
    else:
        file = project.stack_file(stack)
        configuration = configuration_of(project, stack)  # first, because it refuses what is no regular file
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8")
        keys = ("config", _written(project, configuration, path[0]), *path[1:])
    try:
        changed = with_value(text, keys, value)
    except ValueError as error:
        raise ToolchainError(f"{file.name}: {error}") from error
    if changed != text:
        write_whole(file, changed)
        file.chmod(mode)
    return file


def _written(project: Project, configuration: dict[str, Any], key: str) -> str:
    """Return a key as the stack's file writes it, with or without the project's namespace."""
    full = f"{project.name}:{key}"
    return full if full in configuration else key
