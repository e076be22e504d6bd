"""Measures how much the pack adds to a preview of prod: ``python -m tests.benchmarks.policy_preview [PAIRS]``.

Previews run in turns with and without the pack, so that the machine's load affects both. They use the offline provider.
The time of a run includes its preparation, during which the pack's process starts. CPU seconds are those of all
processes; other work on the machine hardly changes them.
"""

import os
import statistics
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from toolchain.driver import Driver, ensure_importable
from toolchain.modes import Operation
from toolchain.policies import ahead as policy_ahead
from toolchain.project import Project

PAIRS = 7


class Seconds(NamedTuple):
    """Duration of one preview."""

    wall: float
    cpu: float


def preview(project: Project, *, packs: bool) -> Seconds:
    """Preview prod.

    Args:
        project: The checkout.
        packs: Whether the policy pack is attached.

    Returns:
        Seconds of the whole run.
    """
    begun, before = time.perf_counter(), sum(os.times()[:4])
    ahead = nullcontext() if packs else mock.patch.object(policy_ahead, "started", return_value=nullcontext({}))
    with ahead, Driver(project, lambda _line: None).run(Operation.PREVIEW, "prod", offline=True) as run:
        run.stack.preview(policy_packs=run.policy_packs if packs else None)
    return Seconds(time.perf_counter() - begun, sum(os.times()[:4]) - before)


def main() -> None:
    """Print the medians with and without the pack, and the median of the differences."""
    project = Project.find(Path.cwd())
    ensure_importable(project)
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    preview(project, packs=True)
    taken = [(preview(project, packs=True), preview(project, packs=False)) for _ in range(pairs)]
    for index, kind in enumerate(Seconds._fields):
        with_pack, without = (statistics.median(each[index] for each in column) for column in zip(*taken, strict=True))
        added = statistics.median(one[index] - other[index] for one, other in taken)
        print(
            f"{kind}: {with_pack:.2f} s with the pack, {without:.2f} s without; it adds {added:.2f} s ({pairs} pairs)"
        )


if __name__ == "__main__":
    main()
