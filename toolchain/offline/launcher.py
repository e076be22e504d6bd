"""Writes launchers of the offline providers: executables for a folder on ``PATH``, where the engine finds plugins."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from .announcement import RUN_FOLDER
from .configuration import ACCOUNT_VARIABLE, REGION_VARIABLE
from .parent import PARENT_VARIABLE
from .values import ACCOUNT, REGION

_PACKAGE = __package__ or ""
_IMPORT_ROOT = Path(__file__).resolve().parents[len(_PACKAGE.split("."))]
"""The folder from which this package is imported; it depends on the package's name there."""

_PLUGINS = {
    "pulumi-resource-aws": _PACKAGE,
    "pulumi-resource-awsx": f"{_PACKAGE}.awsx",
}


def write_launchers(directory: Path, *, account: str = ACCOUNT, region: str = REGION) -> None:
    """Write an executable for each provider plugin that this package replaces.

    The engine prefers a plugin on ``PATH`` to an installed one (unless ``PULUMI_IGNORE_AMBIENT_PLUGINS`` is set), so
    the folder must be on ``PATH`` only in offline runs.

    Args:
        directory: A folder for this run; it is created if it does not exist.
        account: The AWS account id of a provider without ``allowedAccountIds``.
        region: The Region of a provider without ``region``, if ``AWS_REGION`` and ``AWS_DEFAULT_REGION`` are not set.
    """
    directory.mkdir(parents=True, exist_ok=True)
    variables = {
        RUN_FOLDER: str(directory.resolve()),
        ACCOUNT_VARIABLE: account,
        REGION_VARIABLE: region,
    }
    for name, module in _PLUGINS.items():
        write_launcher(directory / name, module, import_root=_IMPORT_ROOT, variables=variables)


def write_launcher(
    path: Path,
    module: str,
    *,
    import_root: Path,
    arguments: str = '"$@"',
    variables: Mapping[str, str] | None = None,
) -> None:
    """Write an executable that runs a module with this Python, and passes it the PID of the process that started it.

    Args:
        path: The executable; its folder must exist.
        module: The module for ``python -m``.
        import_root: The folder from which the module is imported.
        arguments: The arguments that the executable passes on, in the shell's notation.
        variables: Environment variables for the module.
    """
    assignments = "".join(f"{name}={shlex.quote(value)}\n" for name, value in (variables or {}).items())
    path.write_text(
        "#!/bin/sh\n"
        f"{assignments}"
        f'PYTHONPATH={shlex.quote(str(import_root))}${{PYTHONPATH:+":$PYTHONPATH"}}\n'
        f"{PARENT_VARIABLE}=$PPID\n"
        f"export {' '.join((*(variables or {}), PARENT_VARIABLE, 'PYTHONPATH'))}\n"
        f"exec {shlex.quote(sys.executable)} -u -P -m {module} {arguments}\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
