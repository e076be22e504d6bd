"""The operation ``python -m ops openapi check`` with hostile files: it ends soon, within limits of time and memory.

Each file goes to a process of its own, which the limits would kill. `tests/unit/planning/api/openapi` has the bounds of
each function.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden_openapi import ROOT
from tests.unit.planning.api.openapi.test_reading import BOMB


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.yaml", BOMB.encode),
        ("deep.yaml", lambda: b"a: " + b"[" * 2_000_000),
        ("deep.json", lambda: b'{"a":' * 2_000_000),
        ("wide.yaml", lambda: b"- a\n" * 4_000_000),
        ("twice.json", lambda: b"{%s}" % b",".join([*(b'"k%d":1' % i for i in range(900_000)), b'"k899999":1'])),
        ("keys.yaml", lambda: b"".join(b"k%d: {a: &x%d 1}\n" % (i, i) for i in range(300_000))),
        ("broken.json", lambda: b'{"a": "' + b"x" * 15_000_000),
        ("twenty.json", lambda: json.dumps({"x": "y" * 20_000_000}).encode()),
    ],
)
def test_hostile_files_take_bounded_time_and_memory(name: str, content: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1536 * 1024 * 1024,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))

    done = subprocess.run(
        [sys.executable, "-m", "ops", "openapi", "check", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=120,
        check=False,
    )
    assert done.returncode in {1, 2}, done.stderr[-500:]
    assert "Traceback" not in done.stderr
    assert len((done.stderr or done.stdout).strip().splitlines()) <= 6
