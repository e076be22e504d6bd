"""Runs `ops release --build` in a checkout, and reads what it said."""

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
"""Event of the release -> the step that begins with it."""


@dataclass(frozen=True)
class Said:
    """What a release said, and how it ended.

    Attributes:
        exit_code: Of the command.
        lines: What it said, in its own words for people.
        digest: Of the image that it was to make live; empty when it did not come so far.
        is_live: Whether it said that the image is live.
        steps: Step -> the seconds that it took.
    """

    exit_code: int
    lines: tuple[str, ...]
    digest: str
    is_live: bool
    steps: dict[str, float]

    def reason(self, pattern: str) -> str:
        """The last line with a match of a regular expression; empty for none."""
        return next((line for line in reversed(self.lines) if re.search(pattern, line)), "")


def release(stack: Stack, folder: Path, planned: Planned, platform: str | None) -> Said:
    """Build a folder and release it.

    Args:
        stack: The stack.
        folder: Of the service.
        planned: The release.
        platform: Of the image; None for the service's own.

    Raises:
        subprocess.TimeoutExpired: It took longer than any release should.
    """
    options = [] if platform is None else ["--platform", platform]
    run = stack.command(
        *("ops", "release", "--build", str(folder), "--json"),
        *("--build-context", f"document={stack.checkout / 'examples'}", *options),
        timeout_seconds=LIMIT_SECONDS,
    )
    return read(run)


def read(run: "subprocess.CompletedProcess[str]") -> Said:
    """Read what a release said, with ``--json``."""
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
    """How long each step took, in seconds, from the times of the events; the last step has no end but `result`."""
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
