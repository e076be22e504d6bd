"""The lock of a release: one release at a time on all machines, and no lock of a dead process."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.errors import BusyError
from ops.release.lock import Holder, Lock


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    return Lock(client("ssm"), "house", "dev", tmp_path / "guard" / "lock")


def held(lock: Lock, **changes: Any) -> Any:
    options: dict[str, Any] = {"wait_seconds": 0, "on_wait": lambda _: None, "pause": lambda _: None}
    return lock.held("user/anna", **{**options, **changes})


def test_the_lock_lets_one_in_and_leaves_nothing_behind(lock: Lock) -> None:
    with held(lock):
        with pytest.raises(BusyError, match=r"another release is under way: user/anna on .* `.*release unlock`"):
            held(lock).__enter__()
        assert lock.holder() is not None
    assert lock.holder() is None
    with held(lock):
        pass


def test_another_release_is_waited_for_as_long_as_asked(lock: Lock) -> None:
    waits: list[float] = []
    told: list[str] = []
    with held(lock):

        def leaves(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                lock.remove()

        with held(lock, wait_seconds=60, on_wait=told.append, pause=leaves):
            assert lock.holder() is not None
    assert len(waits) == 3
    assert len(told) == 1
    waits.clear()
    with held(lock), pytest.raises(BusyError):
        held(lock, wait_seconds=10, pause=waits.append).__enter__()
    assert waits == [5.0, 5.0]


def put(lock: Lock, **changes: Any) -> None:
    about = {"token": "t", "who": "ci", "host": socket.gethostname(), "pid": os.getpid(), "started": 1.0, "since": "x"}
    client("ssm").put_parameter(Name=lock.name, Value=json.dumps({**about, **changes}), Type="String")


def test_a_process_of_this_machine_that_is_gone_holds_no_lock(lock: Lock) -> None:
    put(lock)  # the PID of this process, but with an earlier start time
    with held(lock):
        holder = lock.holder()
        assert holder is not None
        assert holder.who == "user/anna"


def test_a_process_of_another_machine_is_left_alone(lock: Lock) -> None:
    put(lock, host="elsewhere")
    with pytest.raises(BusyError, match="ci on elsewhere"):
        held(lock).__enter__()


def test_a_lock_that_another_run_has_taken_since_is_not_given_up(lock: Lock) -> None:
    with held(lock):
        lock.remove()
        put(lock, host="elsewhere")
    holder = lock.holder()
    assert holder is not None
    assert holder.host == "elsewhere"


def test_a_lock_that_holds_something_else_still_locks(lock: Lock) -> None:
    client("ssm").put_parameter(Name=lock.name, Value="hello", Type="String")
    with pytest.raises(BusyError, match="somebody on an unknown machine"):
        held(lock).__enter__()
    assert lock.remove() is not None


def test_this_process_is_not_gone() -> None:
    assert not Holder.of_this_process("user/anna").is_gone
