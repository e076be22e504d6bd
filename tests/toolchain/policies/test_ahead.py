"""The policy pack's process is started in advance: it becomes the plugin, and never outlives the run."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.waiting import wait_until
from toolchain.policies import ahead as policy_ahead
from toolchain.setup import pulumi_command
from toolchain.system.processes import is_running

IMPORTED_AHEAD = "colorsys"
"""A module that no other module imports."""
PACK = f"""
import os, sys, time
sys.stderr.write("told\\n")
sys.stderr.flush()
print(os.getpid(), {IMPORTED_AHEAD!r} in sys.modules, os.getcwd(), os.environ.get("GIVEN"), flush=True)
time.sleep(600)
"""


class Engine:
    """Starts the pack as the engine does."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        pulumi_command.write_policy_launcher(folder)
        self.pack = folder / "pack"
        self.pack.mkdir()
        (self.pack / "__main__.py").write_text(PACK)
        self._launcher = folder / "pulumi-analyzer-policy-python"
        self._variables = variables
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *, given: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self._launcher, "127.0.0.1:1", "."],
            cwd=self.pack,
            env=os.environ | self._variables | {"GIVEN": given},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    socket = tmp_path / "s"
    socket.mkdir()
    with policy_ahead.started(socket, [IMPORTED_AHEAD]) as variables:
        assert variables, "this system has no Unix sockets"
        engine = Engine(tmp_path, variables)
        yield engine
    for process in engine.started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> tuple[int, bool, str, str]:
    """Read the pack's output: its PID, whether it was started in advance, its folder, and the variable GIVEN."""
    assert process.stdout is not None
    assert process.stderr is not None
    pid, ahead, folder, given = process.stdout.readline().split()
    assert process.stderr.readline() == "told\n"
    return int(pid), ahead == "True", folder, given


def test_the_waiting_process_becomes_the_plugin(engine):
    launched = engine.start(given="by-the-engine")
    pid, ahead, folder, given = said(launched)
    assert ahead
    assert pid != launched.pid
    assert (Path(folder), given) == (engine.pack.resolve(), "by-the-engine")


def test_the_plugin_ends_with_what_the_engine_started(engine):
    launched = engine.start(given="x")
    pid, *_rest = said(launched)
    launched.kill()
    wait_until(lambda: not is_running(pid), "the plugin ends", 20)


def test_a_second_run_gets_a_process_of_its_own(engine):
    first, second = said(engine.start(given="1")), said(engine.start(given="2"))
    assert (first[1], second[1]) == (True, False)
    assert (first[3], second[3]) == ("1", "2")


def test_a_process_that_has_ended_is_not_waited_for(tmp_path):
    socket = tmp_path / "s"
    socket.mkdir()
    with policy_ahead.started(socket, []) as variables:
        pass
    engine = Engine(tmp_path, variables)
    launched = engine.start(given="x")
    _pid, ahead, *_rest = said(launched)
    assert not ahead
    launched.kill()
    launched.communicate()


def test_the_engine_sees_that_a_pack_ends(engine):
    (engine.pack / "__main__.py").write_text("raise SystemExit(3)\n")
    launched = engine.start(given="x")
    output, _errors = launched.communicate(timeout=60)
    assert output == ""
    assert launched.returncode != 0


def test_a_module_that_cannot_be_imported_is_left_to_the_pack(tmp_path):
    socket = tmp_path / "s"
    socket.mkdir()
    with policy_ahead.started(socket, ["no_such_module"]) as variables:
        launched = Engine(tmp_path, variables).start(given="x")
        assert said(launched)[3] == "x"
        launched.kill()
        launched.communicate()


def test_a_path_too_long_for_a_socket_starts_nothing(tmp_path):
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with policy_ahead.started(folder, []) as variables:
        assert variables == {}
