"""Executables that start a module of this project: the engine finds plugins as programs in a folder on ``PATH``."""

import shlex
import sys
from pathlib import Path

from toolchain.parent import PARENT

REPOSITORY = Path(__file__).resolve().parents[1]


def write_launcher(
    path: Path, module: str, *, arguments: str = '"$@"', environment: dict[str, str] | None = None
) -> None:
    """Write an executable that runs a module with this Python, and tells it which process has started it.

    Args:
        path: The executable; its folder must exist.
        module: What ``python -m`` runs.
        arguments: Which of its own arguments it passes on, as a shell writes them.
        environment: Further variables for the module.
    """
    variables = "".join(f"{name}={shlex.quote(value)}\n" for name, value in (environment or {}).items())
    path.write_text(
        "#!/bin/sh\n"
        f"{variables}"
        f'PYTHONPATH={shlex.quote(str(REPOSITORY))}${{PYTHONPATH:+":$PYTHONPATH"}}\n'
        f"{PARENT}=$PPID\n"
        f"export {' '.join((*(environment or {}), PARENT, 'PYTHONPATH'))}\n"
        f"exec {shlex.quote(sys.executable)} -u -m {module} {arguments}\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
