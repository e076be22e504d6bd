import json
import os
import socket
import subprocess
import sys
import threading
from urllib.parse import quote

import pytest

from toolchain.locks import alone, left_behind


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
        "import sys, time; from pathlib import Path; from toolchain.locks import alone\n"
        "with alone(Path(sys.argv[1])): print('in', flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", holding, str(lock)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    entered = threading.Event()

    def enter():
        with alone(lock):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.3)
    other.kill()
    assert entered.wait(10)
    thread.join()
    other.wait()
