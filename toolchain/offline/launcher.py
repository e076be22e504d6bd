"""Puts the stand-ins where the engine looks for plugins: as executables in a folder for ``PATH``."""

from pathlib import Path

from toolchain.launchers import write_launcher
from toolchain.offline.announcement import RUN_FOLDER

_PLUGINS = {
    "pulumi-resource-aws": "toolchain.offline",
    "pulumi-resource-awsx": "toolchain.offline.awsx",
}


def write_launchers(directory: Path) -> None:
    """Write an executable for each plugin that is stood in for.

    The engine prefers a plugin found on ``PATH`` to an installed one (unless ``PULUMI_IGNORE_AMBIENT_PLUGINS`` is
    set), so the folder must be on ``PATH`` for the runs that are to be offline, and for no other.

    Args:
        directory: A folder for this run; made if it is not there.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, module in _PLUGINS.items():
        write_launcher(directory / name, module, environment={RUN_FOLDER: str(directory.resolve())})
