import fcntl
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.waiting import wait_until
from toolchain.errors import ToolchainError
from toolchain.system.locks import alone, left_behind


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def write_lock(root, content):
    folder = root / ".pulumi" / "locks" / "organization" / "shop" / "local"
    folder.mkdir(parents=True)
    lock = folder / "a.json"
    lock.write_text(content if isinstance(content, str) else json.dumps(content))
    return lock


def test_the_lock_of_a_dead_process_is_left_behind(tmp_path):
    lock = write_lock(tmp_path, {"pid": ended_process(), "hostname": socket.gethostname()})
    assert left_behind(f"file://{tmp_path}?create_dir=true", "shop", "local") == [lock]


def test_the_lock_of_a_process_whose_number_is_anothers_by_now_is_left_behind(tmp_path):
    lock = write_lock(tmp_path, {"pid": os.getpid(), "hostname": socket.gethostname()})
    os.utime(lock, (0, 0))
    assert left_behind(f"file://{tmp_path}", "shop", "local") == [lock]


def test_the_lock_of_a_run_that_a_set_clock_makes_younger_than_its_lock_is_held(tmp_path):
    lock = write_lock(tmp_path, {"pid": os.getpid(), "hostname": socket.gethostname()})
    began = psutil.Process().create_time()
    os.utime(lock, (began - 60, began - 60))
    assert left_behind(f"file://{tmp_path}", "shop", "local") == []


def test_the_lock_of_an_engine_is_held_however_old_it_looks(tmp_path):
    engine = tmp_path / "pulumi"
    engine.write_text("#!/bin/sh\necho up\nread _\n")
    engine.chmod(0o755)
    with subprocess.Popen([engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        lock = write_lock(tmp_path, {"pid": process.pid, "hostname": socket.gethostname()})
        os.utime(lock, (0, 0))
        assert left_behind(f"file://{tmp_path}", "shop", "local") == []


@pytest.mark.parametrize("name", ["a b", "a#b", "a%20b"])
def test_a_backend_in_a_folder_with_an_odd_name(tmp_path, name):
    lock = write_lock(tmp_path / name, {"pid": ended_process(), "hostname": socket.gethostname()})
    assert left_behind(f"file://{quote(str(tmp_path / name))}", "shop", "local") == [lock]


def test_a_backend_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    lock = write_lock(tmp_path / "states", {"pid": ended_process(), "hostname": socket.gethostname()})
    assert left_behind("file://~/states", "shop", "local") == [lock]


@pytest.mark.parametrize(
    "content",
    [
        {"pid": os.getpid(), "hostname": socket.gethostname()},
        {"pid": ended_process(), "hostname": "another-machine"},
        {"hostname": socket.gethostname()},
        "not JSON",
    ],
)
def test_a_lock_that_may_be_held_is_not(tmp_path, content):
    write_lock(tmp_path, content)
    assert left_behind(f"file://{tmp_path}", "shop", "local") == []


def test_other_stacks_and_backends_are_not_looked_at(tmp_path):
    write_lock(tmp_path, {"pid": ended_process(), "hostname": socket.gethostname()})
    assert left_behind(f"file://{tmp_path}", "shop", "prod") == []
    assert left_behind("s3://bucket", "shop", "local") == []


def test_two_runs_prepare_one_after_the_other_and_a_killed_one_is_not_waited_for(tmp_path):
    lock = tmp_path / "private" / "lock"
    holding = (
        "import sys, time; from pathlib import Path; from toolchain.system.locks import alone\n"
        "with alone(Path(sys.argv[1])): print('in', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", holding, str(lock)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    with lock.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    other.kill()
    other.wait()
    with alone(lock):
        pass


def test_a_lock_file_that_its_holder_has_removed_is_made_anew_by_who_waited(tmp_path):
    lock = tmp_path / "private" / "lock"
    waiting = (
        "import sys; from pathlib import Path; from toolchain.system.locks import alone\n"
        "print('waiting', flush=True)\n"
        "with alone(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    with alone(lock):
        other = subprocess.Popen(
            [sys.executable, "-c", waiting, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "waiting\n"
        wait_until(lambda: _has_open(other.pid, lock), "the other run waits for the lock")
        lock.unlink()
    assert other.stdout.readline() == "in\n"
    assert lock.is_file(), "a third run must find the lock that the second one holds"
    with pytest.raises(ToolchainError, match="held"), alone(lock, "held"):
        pass
    other.communicate("")


def _has_open(pid: int, path: Path) -> bool:
    return str(path) in [each.path for each in psutil.Process(pid).open_files()]
