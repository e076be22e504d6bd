"""Finds and ends a data path's containers, so that no container outlives the data path, even if it is killed.

A container is not a child process of the data path: it is a child of the container engine's own process.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from toolchain.system.files import write_whole

LABEL: Final = "org.spot-platform.data-path"
"""Label of every container that a data path starts; its value is the data path's folder."""
_ENGINES_FILE: Final = "container-engines.json"
_SECONDS: Final = 60.0
"""Timeout of a command of an engine."""


def note_engine(folder: Path, engine: str) -> None:
    """Record that an engine runs containers for a data path. Call this before the first container is started.

    Args:
        folder: The data path's folder.
        engine: Name or path of the engine's program.
    """
    engines = _noted(folder)
    if engine not in engines:
        write_whole(folder / _ENGINES_FILE, json.dumps([*engines, engine]))


def end_left_containers(folder: Path) -> int:
    """End the containers that a data path has left running.

    Args:
        folder: The data path's folder.

    Returns:
        Number of containers that were ended.
    """
    count = 0
    for engine in _noted(folder):
        left = _asked([engine, "ps", "--all", "--quiet", "--filter", f"label={LABEL}={folder}"]).split()
        if left:
            _asked([engine, "rm", "--force", *left])
        count += len(left)
    (folder / _ENGINES_FILE).unlink(missing_ok=True)
    return count


def _noted(folder: Path) -> list[str]:
    try:
        noted = json.loads((folder / _ENGINES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [str(engine) for engine in noted] if isinstance(noted, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


def _asked(command: Sequence[str]) -> str:
    """Return the output of an engine's command; empty if it fails: an engine that does not run has no containers."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout if ended.returncode == 0 else ""
