"""One run at a time changes a stack. A second run fails with the name of the first, before it changes anything."""

import getpass
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from toolchain.driver import Driver
from toolchain.errors import ToolchainError
from toolchain.modes import Mode, Operation
from toolchain.project import Project
from toolchain.system.change_lock import changer, changing_alone, refuse_if_engine_runs

HOLDING = """
import sys
from pathlib import Path
from toolchain.system.change_lock import changer, changing_alone
from toolchain.modes import Operation

with changing_alone(Path(sys.argv[1]), Operation.UP, "local"):
    print("in", flush=True)
    sys.stdin.read()
"""
AGAIN = "Nothing has changed; wait until that run has ended, then run 'make destroy STACK=local' again"


@contextmanager
def up_elsewhere(lock: Path) -> Generator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", HOLDING, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        try:
            yield other
        finally:
            other.kill()


def refusal(lock: Path) -> str:
    with pytest.raises(ToolchainError) as error, changing_alone(lock, Operation.DESTROY, "local"):
        pass
    assert str(error.value).isprintable()
    return str(error.value)


def test_the_second_run_is_told_which_run_it_meets_and_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "private" / "changing-local"
    with up_elsewhere(lock) as other:
        said = refusal(lock)
        assert said.startswith(f"another run is changing the local stack: 'up', process {other.pid} since 20")
        assert f"'kill -INT {other.pid}' ends it in order). {AGAIN}" in said
        assert "pulumi cancel" not in said
        other.kill()
        other.wait()
        with changing_alone(lock, Operation.DESTROY, "local"):
            assert "'destroy'" in refusal(lock)
    assert lock.stat().st_mode & 0o077 == 0


def test_a_run_that_changes_the_stack_is_found_without_disturbing_it(tmp_path: Path) -> None:
    lock = tmp_path / "changing-local"
    assert changer(lock) is None
    assert not lock.exists()
    with up_elsewhere(lock) as other:
        assert str(changer(lock)).startswith(f"'up', process {other.pid} since 20")
    with changing_alone(lock, Operation.UP, "local"):
        pass
    assert changer(lock) is None


def test_a_run_that_has_ended_leaves_no_name_behind(tmp_path: Path) -> None:
    with changing_alone(tmp_path / "lock", Operation.UP, "local"):
        pass
    assert (tmp_path / "lock").read_text() == ""


@pytest.mark.parametrize("text", ["", "[]", "no JSON", '{"pid": "x"}', '{"operation": "up", "pid": 2147483647}'])
def test_a_holder_that_has_not_yet_said_who_it_is(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "lock"
    with changing_alone(lock, Operation.UP, "local"):
        lock.write_text(text)
        assert f"the local stack: it has just begun. {AGAIN}" in refusal(lock)


def engine_lock(root: Path, about: Any) -> Path:
    path = root / ".pulumi" / "locks" / "organization" / "shop" / "local" / "a.json"
    path.parent.mkdir(parents=True)
    path.write_text(about if isinstance(about, str) else json.dumps(about))
    return path


ENGINE = {
    "pid": os.getpid(),
    "username": getpass.getuser(),
    "hostname": socket.gethostname(),
    "timestamp": "2026-11-29T14:03:12.123456+00:00",
}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (ENGINE, f"an engine, process {os.getpid()} since 2026-11-"),
        ({**ENGINE, "hostname": "laptop\x1b[2J"}, "on laptop\\x1b[2J, process"),
        ("no JSON", "an engine that its lock does not name (if it is gone, remove its lock "),
    ],
    # fixed ids, because each test worker has another process id
    ids=["on this machine", "on another machine", "unreadable"],
)
def test_an_engine_at_work_is_not_disturbed(tmp_path: Path, about: Any, said: str) -> None:
    path = engine_lock(tmp_path, about)
    with pytest.raises(ToolchainError) as error:
        refuse_if_engine_runs(f"file://{tmp_path}", "shop", Operation.DESTROY, "local")
    assert said in str(error.value)
    assert AGAIN in str(error.value)
    assert str(error.value).isprintable()
    # the message names the lock's file only if this machine cannot check whether the other run lives
    assert (str(path) in str(error.value)) == (about is not ENGINE)


def test_a_lock_that_a_killed_engine_left_stops_nobody(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    engine_lock(tmp_path, {**ENGINE, "pid": ended.pid})
    refuse_if_engine_runs(f"file://{tmp_path}", "shop", Operation.DESTROY, "local")


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}\n")
    return Driver(Project(tmp_path), lambda _: None)


def contents(folder: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("operation", [Operation.UP, Operation.REFRESH, Operation.DESTROY, Operation.REPAIR])
def test_a_refused_run_has_touched_nothing(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    def unexpected(*_: Any) -> Any:
        raise AssertionError

    driver._local.directory.mkdir(parents=True)
    driver._local.remember(Mode.EMULATOR)
    monkeypatch.setattr("toolchain.driver.pulumi_command.find_or_install", unexpected)
    with up_elsewhere(tmp_path / ".platform" / "changing-local"):
        before = contents(tmp_path)
        with pytest.raises(ToolchainError, match="another run is changing the local stack"):
            driver.run(operation, "local").__enter__()
        assert contents(tmp_path) == before


@pytest.mark.parametrize("operation", [Operation.PREVIEW, Operation.OUTPUTS])
def test_what_changes_nothing_waits_for_nobody(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    def reached(*_: Any) -> Any:
        raise LookupError

    monkeypatch.setattr("toolchain.driver.pulumi_command.find_or_install", reached)
    with up_elsewhere(tmp_path / ".platform" / "changing-local"), pytest.raises(LookupError):
        driver.run(operation, "local").__enter__()


def test_stacks_and_backends_are_told_apart(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {driver._change_lock("local"), driver._change_lock("dev")}
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states?password=s3cret")
    # the local stack's files are in the checkout, wherever its state is
    assert driver._change_lock("local") in here
    assert driver._change_lock("dev") not in here
    assert "s3cret" not in str(driver._change_lock("dev"))
