"""Puts the stand-ins where the engine looks for plugins: as executables in a folder for ``PATH``."""

import shlex
import sys
from pathlib import Path

from toolchain.offline.announcement import RUN_FOLDER
from toolchain.parent import PARENT

REPOSITORY = Path(__file__).resolve().parents[2]

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
        launcher = directory / name
        launcher.write_text(_script(directory.resolve(), module), encoding="utf-8")
        launcher.chmod(0o755)


def _script(directory: Path, module: str) -> str:
    run_folder, repository, python = (shlex.quote(str(part)) for part in (directory, REPOSITORY, sys.executable))
    return (
        "#!/bin/sh\n"
        f"{RUN_FOLDER}={run_folder}\n"
        f'PYTHONPATH={repository}${{PYTHONPATH:+":$PYTHONPATH"}}\n'
        f"{PARENT}=$PPID\n"
        f"export {RUN_FOLDER} {PARENT} PYTHONPATH\n"
        f'exec {python} -m {module} "$@"\n'
    )
