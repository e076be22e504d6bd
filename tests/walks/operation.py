"""Runs one step of a walk in a checkout: preview, up, and a second preview.

Run as `python -P operation.py RESULT emulator|offline` with the checkout as working directory and on PYTHONPATH. Writes
a JSON list to RESULT, with one object for each operation that was started. The first failure ends the step.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent

from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.project import Project
from toolchain.view.progress import Progress

PARALLEL = 64


def observed(name: str, operation: Callable[..., object], **options: Any) -> dict[str, Any]:
    """Run an operation of the engine and return its changes, refusals and errors."""
    progress, printed, started = Progress(), [], time.monotonic()
    differences: dict[str, list[str]] = {}

    def seen(event: EngineEvent) -> None:
        progress.add(event, time.monotonic())
        if event.resource_pre_event is not None:
            metadata = event.resource_pre_event.metadata
            differences[metadata.urn] = sorted(metadata.detailed_diff or metadata.diffs or [])

    try:
        operation(
            color="never",
            on_output=printed.append,
            on_error=printed.append,
            on_event=seen,
            **options,
        )
        succeeded = True
    except CommandError:
        succeeded = False
    errors = [
        f"{said.urn.rpartition('::')[2]}: {said.message}" for said in progress.diagnostics if said.severity == "error"
    ]
    return {
        "operation": name,
        "succeeded": succeeded,
        "seconds": round(time.monotonic() - started, 1),
        "changes": {urn: change for urn, change in progress.changes().items() if change != "same"},
        "differences": differences,
        "refusals": sorted({each.policy for each in progress.violations if each.is_mandatory}),
        "errors": errors or ([] if succeeded else printed[-10:]),
    }


def main(result: Path, what: str) -> None:
    """Run the operations of the step, and write their results."""
    project = Project.find(Path.cwd())
    ensure_importable(project)
    done: list[dict[str, Any]] = []
    with Driver(project, print).run(Operation.UP, "local", emulator=what == "emulator") as run:
        policies = {"policy_packs": run.policy_packs}
        for name in ("preview", "up", "preview"):
            options = {**policies, **({"parallel": PARALLEL} if name == "up" else {})}
            done.append(observed(name, getattr(run.stack, name), **options))
            if not done[-1]["succeeded"]:
                break
    result.write_text(json.dumps(done), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
