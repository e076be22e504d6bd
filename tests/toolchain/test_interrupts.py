import os
import signal
import subprocess

import pytest

from toolchain.interrupts import Interrupts


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


def test_being_told_to_end_is_passed_on_to_the_engine(interrupts, tmp_path):
    engine = tmp_path / "pulumi"

    def until_it_ends(process):
        with interrupts.left_to_the_engine():
            os.kill(os.getpid(), signal.SIGTERM)
            process.wait(20)

    engine.write_text("#!/bin/sh\ntrap 'exit 7' INT\necho up\nwhile :; do sleep 0.1; done\n")
    engine.chmod(0o755)
    with subprocess.Popen([engine], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        with pytest.raises(KeyboardInterrupt):
            until_it_ends(process)
        assert process.returncode == 7


def test_what_was_to_be_ignored_stays_ignored(interrupts):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.raised(), interrupts.left_to_the_engine():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert interrupts.exit_code is None
