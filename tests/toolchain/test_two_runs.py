"""Two runs on one stack at the same time, with the real engine."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.toolchain import test_faults
from tests.toolchain.test_faults import environment_of, run
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

project = test_faults.project
WAITING = """\
import os, pathlib, time
import pulumi

home = pathlib.Path(os.environ["HOME"])
(home / "begun").touch()
deadline = time.monotonic() + 300
while (home / "wait").exists():
    assert time.monotonic() < deadline
    time.sleep(0.05)
pulumi.ComponentResource("shop:index:Thing", "thing")
pulumi.export("url", "https://shop.test")
"""
DEADLINE_SECONDS = 200


@contextmanager
def waiting_up(project: Path) -> Generator["subprocess.Popen[str]"]:
    """Run an `up` whose program waits until the block ends; the `up` must succeed."""
    home = project.parent
    (home / "begun").unlink()
    (home / "wait").touch()
    command = [sys.executable, "-m", "toolchain", "up", "local"]
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment_of(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        try:
            wait_until((home / "begun").exists, "the program runs", DEADLINE_SECONDS)
            yield up
            (home / "wait").unlink()
            output = up.communicate(timeout=DEADLINE_SECONDS)[0]
            assert up.returncode == 0, output
        finally:
            up.kill()


def files_of(project: Path) -> dict[str, str]:
    work = project / ".platform" / "local" / "work"
    return {path.name: path.read_text() for path in work.iterdir()}


def test_a_running_up_is_met_by_others(project: Path) -> None:
    nothing = run(project, "destroy", "local")
    assert (nothing.returncode, nothing.stderr) == (0, "")
    assert nothing.stdout == "There is no local stack, so nothing to destroy\n"

    (project / "__main__.py").write_text(WAITING)
    made = run(project, "up", "local", "--no-emulator")
    assert made.returncode == 0, made.stdout + made.stderr
    with waiting_up(project) as up:
        before = files_of(project)
        for operation in ("up", "destroy"):
            refused = run(project, operation, "local")
            assert (refused.returncode, refused.stdout) == (2, "")
            (line,) = refused.stderr.splitlines()
            assert f"another run is changing the local stack: 'up', process {up.pid} since 20" in line
        outputs = run(project, "outputs", "local", "--json")
        assert outputs.returncode == 0, outputs.stderr
        assert "https://shop.test" in outputs.stdout
        assert files_of(project) == before
    destroyed = run(project, "destroy", "local")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert "removed completely" in destroyed.stderr
    assert "stack rm" not in destroyed.stdout + destroyed.stderr
    assert not (project / ".platform" / "local").exists()
    gone = run(project, "outputs", "local")
    assert gone.returncode == 2
    assert not (project / ".platform" / "local").exists()
