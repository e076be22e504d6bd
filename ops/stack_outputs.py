"""What a stack exports, read through the toolchain's own command, so that operations need no engine of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, cast

ROOT: Final = Path(__file__).parents[1]
TIMEOUT_SECONDS: Final = 300
"""The engine may have to be fetched and the state to be read over the network."""


def stack_outputs(stack: str) -> dict[str, Any]:
    """Read the outputs of a stack; secrets stay hidden.

    Args:
        stack: Name of the stack, such as ``dev``.

    Returns:
        Values by name.

    Raises:
        ValueError: If the stack cannot be read; with what the toolchain said.
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
        raise ValueError(f"stack={stack}: {run.stderr.strip() or run.stdout.strip()}")
    return json.loads(run.stdout)


def bucket_of(outputs: dict[str, Any], purpose: str) -> str:
    """Find a bucket among a stack's outputs.

    Args:
        outputs: Those of `stack_outputs`.
        purpose: What the bucket is for, such as ``uploads``.

    Raises:
        ValueError: If the stack has no such bucket, or is not up yet.
    """
    names = outputs.get("bucket_names")
    if not isinstance(names, dict) or purpose not in names:
        raise ValueError(f"the stack exports no bucket_names.{purpose}; run `python -m toolchain up` first")
    return str(cast("dict[str, Any]", names)[purpose])
