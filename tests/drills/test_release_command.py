"""Parsing of `ops release`'s output."""

import json
import subprocess

from tests.drills.release_command import read


def run(code, *events, stderr=""):
    lines = [json.dumps({"event": event, "at": at, "text": text, **more}) for event, at, text, more in events]
    return subprocess.CompletedProcess([], code, "\n".join([*lines, "no JSON"]), stderr)


BUILT = ("build", "2026-01-01T00:00:00.000+00:00", "image is new", {"digest": "sha256:1"})
MIGRATED = ("migration", "2026-01-01T00:00:02.000+00:00", "the migration runs", {})
CONFIGURED = ("configuration", "2026-01-01T00:00:06.500+00:00", "up begins", {})


def test_a_release_that_is_live():
    said = read(
        run(
            0,
            BUILT,
            MIGRATED,
            ("migration", "2026-01-01T00:00:06.000+00:00", "has ended well", {}),
            CONFIGURED,
            ("up", "2026-01-01T00:00:20.000+00:00", "up has ended", {}),
            ("result", "2026-01-01T00:00:50.000+00:00", "live: repository@sha256:1", {"image": "x"}),
        )
    )
    assert (said.exit_code, said.digest, said.is_live) == (0, "sha256:1", True)
    assert said.steps == {"build": 2.0, "migration": 4.5, "up": 13.5, "rollout": 30.0}


def test_a_release_that_failed_says_why():
    said = read(run(1, BUILT, CONFIGURED, stderr="error: tasks failed to start\n"))
    assert not said.is_live
    assert said.reason("failed to start") == "error: tasks failed to start"
    assert not said.reason("something else")
