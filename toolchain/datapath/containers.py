"""The containers that a data path starts, so that none outlives it, also when it is killed.

A container is no child of the process that asked for it: the engine's own process has it.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from toolchain.files import write_whole

LABEL: Final = "org.spot-platform.data-path"
"""Label of every container that a data path starts; its value is the data path's folder."""
_ENGINES_FILE: Final = "container-engines.json"
_SECONDS: Final = 60.0
"""As long as an engine may take for an answer."""


def note_engine(folder: Path, engine: str) -> None:
    """Note that an engine runs containers for a data path; to be done before the first is started.

    Args:
        folder: The data path's.
        engine: The engine's program.
    """
    engines = _noted(folder)
    if engine not in engines:
        write_whole(folder / _ENGINES_FILE, json.dumps([*engines, engine]))


def end_left_containers(folder: Path) -> int:
    """End the containers that a data path has left running.

    Args:
        folder: The data path's.

    Returns:
        How many.
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
    """What the engine answers; nothing where it does not run, and so runs no container either."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout if ended.returncode == 0 else ""
