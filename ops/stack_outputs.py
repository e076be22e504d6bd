"""Reads a stack's outputs through the toolchain's command, so that the operations need no engine of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, cast

ROOT: Final = Path(__file__).parents[1]
TIMEOUT_SECONDS: Final = 300
"""Timeout of the command: it may have to download the engine, and to read the state over the network."""


def stack_outputs(stack: str) -> dict[str, Any]:
    """Read the outputs of a stack; secrets stay hidden.

    Args:
        stack: Name of the stack, such as ``dev``.

    Returns:
        Values by name.

    Raises:
        ValueError: The stack cannot be read; the message has the toolchain's output.
    """
    try:
        run = subprocess.run(
            [sys.executable, "-m", "toolchain", "outputs", stack, "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"stack={stack}: its outputs were not there after {TIMEOUT_SECONDS} seconds") from error
    if run.returncode:
        raise ValueError(f"stack={stack}: {(run.stderr.strip() or run.stdout.strip()).removeprefix('error: ')}")
    return json.loads(run.stdout)


def bucket_of(outputs: dict[str, Any], purpose: str) -> str:
    """Return the name of a bucket from a stack's outputs.

    Args:
        outputs: The outputs, from `stack_outputs`.
        purpose: The bucket's purpose, such as ``uploads``.

    Raises:
        ValueError: The stack has no bucket for this purpose, or is not up yet.
    """
    names = outputs.get("bucket_names")
    if not isinstance(names, dict) or purpose not in names:
        raise ValueError(f"the stack exports no bucket_names.{purpose}; run `make up` first")
    return str(cast("dict[str, Any]", names)[purpose])
