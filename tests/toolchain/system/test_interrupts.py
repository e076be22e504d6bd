import os
import signal
import subprocess
import sys

import psutil
import pytest

from toolchain.system.interrupts import Interrupts


@pytest.fixture
def interrupts():
    return Interrupts()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_outside_the_engine_each_ends_this_process_in_order(interrupts, number):
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interrupts.raised():
        os.kill(os.getpid(), number)
    assert interrupts.exit_code == 128 + number
    assert signal.getsignal(number) is before


def test_what_comes_after_the_engine_does_not_begin(interrupts):
    reached: list[str] = []

    def engine():
        with interrupts.left_to_the_engine():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("the engine goes on to its end")

    with pytest.raises(KeyboardInterrupt):
        engine()
    assert reached
    assert interrupts.exit_code == 130


LEFT = """
import os, signal
from toolchain.system.interrupts import Interrupts

async def task_of_the_program():
    pass

try:
    with Interrupts().left_to_the_engine():
        os.kill(os.getpid(), signal.SIGINT)
        task_of_the_program()
except KeyboardInterrupt:
    task_of_the_program()
    print("in order")
"""


def test_what_the_program_leaves_undone_is_not_told():
    ended = subprocess.run([sys.executable, "-c", LEFT], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("in order\n", "")


# After an interrupt, the engine runs for longer than this process waits before it forwards a signal, so that a second
# interrupt would be printed.
ENGINE = """#!/bin/sh
left=60
trap 'echo interrupt; left=8' INT TERM HUP
echo up
while [ $left -gt 0 ]; do sleep 0.5; left=$((left - 1)); done
"""
DRIVER = """
import subprocess, sys
from toolchain.system.interrupts import Interrupts

def run():
    with interrupts.left_to_the_engine():
        subprocess.run([sys.argv[1]])

interrupts = Interrupts()
try:
    run()
except KeyboardInterrupt:
    print("in order", interrupts.exit_code)
"""


@pytest.fixture
def engine(tmp_path):
    path = tmp_path / "pulumi"
    path.write_text(ENGINE)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_the_engine_is_interrupted_once_whoever_was_told(engine, number, send):
    """The signal comes from a terminal, or from a sender that knows only this process."""
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, engine], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "up\n"
        send(driver.pid, number)
        assert driver.stdout.read() == f"interrupt\nin order {128 + number}\n"


def test_an_engine_that_ends_meanwhile_is_no_error(interrupts, engine, monkeypatch):
    def gone(process: psutil.Process, *_number: int) -> str:
        raise psutil.NoSuchProcess(process.pid)

    def interrupted():
        with interrupts.left_to_the_engine(), subprocess.Popen([engine], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            for name in ("name", "send_signal"):
                with monkeypatch.context() as context:
                    context.setattr(psutil.Process, name, gone)
                    os.kill(os.getpid(), signal.SIGTERM)
            process.kill()

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert interrupts.exit_code == 128 + signal.SIGTERM


def test_what_was_to_be_ignored_stays_ignored(interrupts):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.raised(), interrupts.left_to_the_engine():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert interrupts.exit_code is None
