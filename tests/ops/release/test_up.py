"""`up` in a child process: its exit code, the reason of a failure, and that it ends with the release."""

import sys

import psutil
import pytest

from ops.release.up import UpRun, command_of
from tests.waiting import wait_until

DEADLINE_SECONDS = 30


def test_only_the_local_stack_is_changed_without_a_preview() -> None:
    up = [sys.executable, "-m", "toolchain", "up"]
    assert command_of("dev") == [*up, "dev", "--yes", "--plain"]
    assert command_of("local") == [*up, "local", "--yes", "--plain", "--skip-preview"]


def test_the_exit_code_and_the_last_error_are_known() -> None:
    with UpRun(
        "dev", [sys.executable, "-c", "print('begin'); print('error: no'); print('more'); raise SystemExit(3)"]
    ) as up:
        wait_until(lambda: up.exit_code is not None, "the end of up", DEADLINE_SECONDS)
        assert up.exit_code == 3
        assert (up.why(), up.last_lines) == ("error: no", ["begin", "error: no", "more"])


PLAIN_OUTPUT = """\
 +  aws:ecs:Service api creating (3s) error: waiting for the service to become stable
    pulumi:pulumi:Stack house-local creating error: update failed
 +  aws:ecs:Service api **creating failed** 1 error
Diagnostics:
  pulumi:pulumi:Stack (house-local):
    error: update failed

  aws:ecs:Service (api):
    error: creating the service api: ClientException: no such cluster

Resources:
    + 3 created
    1 errored
    210 unchanged

Duration: 4s"""


@pytest.mark.parametrize("lines_after", [0, 100])
def test_the_cause_is_known_and_not_that_there_was_one(lines_after: int) -> None:
    printed = PLAIN_OUTPUT + "\n    more" * lines_after
    with UpRun("dev", [sys.executable, "-c", f"print({printed!r}); raise SystemExit(1)"]) as up:
        wait_until(lambda: up.exit_code is not None, "the end of up", DEADLINE_SECONDS)
        assert up.why() == "error: creating the service api: ClientException: no such cluster"


def test_a_cause_that_is_a_list_is_said_with_its_first_item() -> None:
    printed = (
        "    error: 1 error occurred:\n    \t* creating the service api: no such cluster\n\nResources:\n    1 errored"
    )
    with UpRun("dev", [sys.executable, "-c", f"print({printed!r}); raise SystemExit(1)"]) as up:
        wait_until(lambda: up.exit_code is not None, "the end of up", DEADLINE_SECONDS)
        assert up.why() == "error: 1 error occurred: * creating the service api: no such cluster"


def test_without_a_cause_the_last_line_about_an_error_is_said() -> None:
    printed = "    error: update failed\nResources:\n    1 errored"
    with UpRun("dev", [sys.executable, "-c", f"print({printed!r}); raise SystemExit(1)"]) as up:
        wait_until(lambda: up.exit_code is not None, "the end of up", DEADLINE_SECONDS)
        assert up.why() == "error: update failed"


def test_only_the_last_lines_are_kept() -> None:
    with UpRun("dev", [sys.executable, "-c", "for n in range(10000): print(n)"]) as up:
        wait_until(lambda: up.exit_code is not None, "the end of up", DEADLINE_SECONDS)
        assert up.why() == "9999"
        assert len(up.last_lines) == 30


def test_leaving_the_block_interrupts_it_and_waits_for_its_end() -> None:
    program = "import time\ntry:\n  print('begun', flush=True); time.sleep(600)\nexcept KeyboardInterrupt:\n  print('in order')"
    with UpRun("dev", [sys.executable, "-c", program]) as up:
        wait_until(lambda: up.last_lines == ["begun"], "the first line", DEADLINE_SECONDS)
        pid = up._process.pid
    assert not psutil.pid_exists(pid)
    assert up.exit_code == 0
    assert up.last_lines == ["begun", "in order"]


def test_one_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.release.up.INTERRUPT_SECONDS", 0.2)
    program = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('begun', flush=True)\ntime.sleep(600)"
    )
    with UpRun("dev", [sys.executable, "-c", program]) as up:
        wait_until(lambda: up.last_lines == ["begun"], "the first line", DEADLINE_SECONDS)
    assert up.exit_code == -9
