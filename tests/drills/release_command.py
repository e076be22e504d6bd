"""Runs `ops release --build` in a checkout, and parses its output."""

import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.drills.sabotage import Planned
from tests.drills.stack import Stack

LIMIT_SECONDS = 1800.0
STEPS = {"build": "build", "migration": "migration", "configuration": "up", "up": "rollout", "result": "end"}
"""Event of the release -> step that begins with this event."""


@dataclass(frozen=True)
class Said:
    """The output of a release command, and its exit code.

    Attributes:
        exit_code: Exit code of the command.
        lines: Its messages for people.
        digest: Digest of the image to release; empty when the command failed before it had one.
        is_live: Whether the command reported that the image is live.
        steps: Step -> its duration in seconds.
    """

    exit_code: int
    lines: tuple[str, ...]
    digest: str
    is_live: bool
    steps: dict[str, float]

    def reason(self, pattern: str) -> str:
        """Return the last line that a regular expression matches; empty when it matches none."""
        return next((line for line in reversed(self.lines) if re.search(pattern, line)), "")


def release(stack: Stack, folder: Path, planned: Planned, platform: str | None) -> Said:
    """Build a folder and release it.

    Args:
        stack: The stack.
        folder: The service's folder.
        planned: The release.
        platform: Platform of the image, such as ``linux/arm64``; None for the service's own.

    Raises:
        subprocess.TimeoutExpired: The command took longer than `LIMIT_SECONDS`.
    """
    options = [] if platform is None else ["--platform", platform]
    run = stack.command(
        *("ops", "release", "--build", str(folder), "--json"),
        *("--build-context", f"document={stack.checkout / 'examples'}", *options),
        timeout_seconds=LIMIT_SECONDS,
    )
    return read(run)


def read(run: "subprocess.CompletedProcess[str]") -> Said:
    """Parse the output of a release with ``--json``."""
    events = list(_events(run.stdout.splitlines()))
    digest = next((str(event["digest"]) for event in events if event.get("digest")), "")
    result = next((event for event in events if event["event"] == "result"), {})
    return Said(
        exit_code=run.returncode,
        lines=(*(str(event.get("text", "")) for event in events), *run.stderr.strip().splitlines()),
        digest=digest,
        is_live=str(result.get("text", "")).startswith("live: "),
        steps=steps_of(events),
    )


def steps_of(events: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Return the seconds that each step took, from the times of the events; the event `result` ends the last step."""
    began: dict[str, datetime] = {}
    for event in events:
        step = STEPS.get(str(event["event"]))
        if step is not None and step not in began:
            began[step] = datetime.fromisoformat(str(event["at"]))
    names = list(began)
    return {name: round((began[after] - began[name]).total_seconds(), 1) for name, after in pairwise(names)}


def _events(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event and "at" in event:
            yield event
