"""The data path's process: started once for each emulator, and stopped with all its child processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.toolchain.datapath.running import FOREVER, KEEPS_A_CHILD
from tests.waiting import wait_until
from toolchain.datapath.__main__ import MEMBERS
from toolchain.datapath.children import CHILDREN_FILE, Children
from toolchain.datapath.process import DataPath
from toolchain.system.processes import is_running

EMULATOR = "http://127.0.0.1:1"
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def data_path(tmp_path: Path) -> Iterator[DataPath]:
    data_path = DataPath(tmp_path / "datapath")
    yield data_path
    data_path.remove()


def pid_of(data_path: DataPath) -> int:
    return json.loads((data_path.folder / "status.json").read_text())["pid"]


def test_it_is_started_once_for_an_emulator(data_path: DataPath) -> None:
    assert data_path.serve(EMULATOR)
    pid = pid_of(data_path)
    assert not data_path.serve(EMULATOR)
    assert pid_of(data_path) == pid
    (data_path.folder / "data").write_text("of the first emulator")
    assert data_path.serve("http://127.0.0.1:2")
    assert not is_running(pid)
    assert not (data_path.folder / "data").exists()


def test_its_data_outlive_a_process_that_was_killed(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    (data_path.folder / "data").write_text("kept")
    pid = pid_of(data_path)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), "killed")
    assert data_path.serve(EMULATOR)
    assert (data_path.folder / "data").read_text() == "kept"


def test_one_that_is_stopping_is_waited_for_and_keeps_its_data(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    (data_path.folder / "data").write_text("kept")
    pid = pid_of(data_path)
    os.kill(pid, signal.SIGTERM)
    status = data_path.folder / "status.json"
    wait_until(lambda: json.loads(status.read_text())["emulator"] is None, "stopping is said")
    assert data_path.serve(EMULATOR)
    assert not is_running(pid)
    assert (data_path.folder / "data").read_text() == "kept"


def members(data_path: DataPath) -> dict[str, psutil.Process]:
    """Return the data path's child processes, by the package that each runs."""
    found: dict[str, psutil.Process] = {}
    for process in psutil.Process(pid_of(data_path)).children():
        with suppress(psutil.Error, IndexError):  # the process is starting or has ended
            found[process.cmdline()[2].rpartition(".")[2]] = process
    return found


def test_each_package_has_a_process_and_one_that_was_killed_is_started_again(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    first = wait_until(lambda: found if set(found := members(data_path)) == set(MEMBERS) else None, "all run")
    first["stores"].kill()
    wait_until(lambda: members(data_path).get("stores") not in {first["stores"], None}, "another runs", 60)
    assert "stores: its process has ended (exit status -9), starting it again" in data_path.log_file.read_text()
    again = members(data_path)
    assert all(again[name] == first[name] for name in MEMBERS if name != "stores")


def test_its_processes_end_with_the_first_one(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    found = wait_until(lambda: found if set(found := members(data_path)) == set(MEMBERS) else None, "all run")
    os.kill(pid_of(data_path), signal.SIGKILL)
    for process in found.values():
        wait_until(lambda process=process: not process.is_running(), f"{process} has ended", 60)


ASKS = """
import os, sys
from toolchain.datapath.children import first_process
print(first_process().pid == os.getppid())
"""
STARTS_ONE_THAT_ASKS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ASKS!r}])"


@pytest.mark.parametrize(("arguments", "is_first"), [(["toolchain.datapath"], "True"), (["tests"], "False")])
def test_the_first_process_is_the_one_that_runs_the_others(arguments: list[str], is_first: str) -> None:
    command = [sys.executable, "-c", STARTS_ONE_THAT_ASKS, *arguments]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == is_first


def test_it_ends_with_its_folder(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    pid = pid_of(data_path)
    shutil.rmtree(data_path.folder)
    wait_until(lambda: not is_running(pid), "ended")


def test_removing_ends_it_and_leaves_nothing(data_path: DataPath) -> None:
    data_path.serve(EMULATOR)
    pid = pid_of(data_path)
    assert data_path.remove()
    assert not is_running(pid)
    assert not data_path.folder.exists()
    assert not data_path.remove()


@pytest.fixture
def left(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A child process that a killed data path left: it is recorded, but nobody manages it."""
    (tmp_path / "datapath").mkdir()
    process = Children(tmp_path / "datapath" / CHILDREN_FILE).start(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_what_a_killed_one_left_is_ended_when_it_is_removed(
    data_path: DataPath, left: "subprocess.Popen[bytes]"
) -> None:
    data_path.remove()
    assert not is_running(left.pid)


def test_what_a_killed_one_left_is_ended_when_it_starts_again(
    data_path: DataPath, left: "subprocess.Popen[bytes]"
) -> None:
    data_path.serve(EMULATOR)
    wait_until(lambda: not is_running(left.pid), "ended")


@pytest.mark.parametrize("first_is_gone", [False, True])
def test_what_a_killed_one_left_is_ended_with_its_children(tmp_path: Path, first_is_gone: bool) -> None:
    children = Children(tmp_path / CHILDREN_FILE)
    first = children.start([sys.executable, "-c", KEEPS_A_CHILD, FOREVER], cwd=tmp_path)
    (child,) = wait_until(psutil.Process(first.pid).children, "its child runs")
    if first_is_gone:
        first.kill()
        first.wait()
    assert Children(tmp_path / CHILDREN_FILE).end_leftovers() == 1
    wait_until(lambda: not is_running(child.pid), "the child is ended", 60)
    first.wait()


def test_another_session_under_the_pid_of_a_program_that_has_ended_is_left_alone(tmp_path: Path) -> None:
    first = subprocess.Popen([sys.executable, "-c", KEEPS_A_CHILD, FOREVER], start_new_session=True)
    (child,) = wait_until(psutil.Process(first.pid).children, "its child runs")
    first.kill()
    first.wait()
    (tmp_path / CHILDREN_FILE).write_text(json.dumps({str(first.pid): 1.0}))
    assert Children(tmp_path / CHILDREN_FILE).end_leftovers() == 0
    assert is_running(child.pid)
    child.kill()


def test_a_pid_that_was_reused_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as other:
        file = tmp_path / CHILDREN_FILE
        file.write_text(json.dumps({str(other.pid): psutil.Process(other.pid).create_time() - 1}))
        assert Children(file).end_leftovers() == 0
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "null"])
def test_a_file_that_says_nothing_ends_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / CHILDREN_FILE
    file.write_text(content)
    assert Children(file).end_leftovers() == 0
