"""Processes of this toolchain that outlive the run that starts them; each says in a file what it is."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from toolchain.errors import ToolchainError
from toolchain.printing import visible
from toolchain.processes import command_line, is_running, send

START_SECONDS = 60.0
LOG_BYTES = 20_000_000
"""A log that is longer loses its older half."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class BackgroundProcess:
    """A module that is run as ``python -m MODULE STATUS_FILE ...``; one for each status file."""

    module: str
    status_file: Path
    """Written by the process when it is ready: a JSON object with its ``pid``. It ends when the file is gone."""
    log_file: Path
    what: str
    """What it is in a message, such as ``the emulator``."""
    stop_seconds: float
    """How long it may take to end after SIGTERM."""

    def start(
        self, environment: Mapping[str, str], ready: Callable[[], _T | None], arguments: tuple[str, ...] = ()
    ) -> _T:
        """Start the process, after ending one that runs; a session of its own lets it outlive this process.

        Args:
            environment: All of its environment variables.
            ready: Asked until it returns something.
            arguments: Its arguments after the status file.

        Returns:
            What ``ready`` returned.

        Raises:
            ToolchainError: It is not ready in time; the message names its log.
        """
        self.status_file.parent.mkdir(parents=True, exist_ok=True)
        self.stop()
        self.log_file.write_bytes(b"")
        with self.log_file.open("a+b") as log:  # as `bound_own_log` needs it
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(self.status_file), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=Path(__file__).parents[1],
                env=environment,
            )
        try:
            return self._answer_of(process, ready)
        except BaseException:
            process.kill()  # otherwise it would go on, and no run would find it
            process.wait()
            raise

    def _answer_of(self, process: "subprocess.Popen[bytes]", ready: Callable[[], _T | None]) -> _T:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            answer = ready()
            if answer is not None:
                return answer
            time.sleep(0.1)
        said = self.log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f" ({visible(said[-1][:200])})" if said else ""
        raise ToolchainError(f"{self.what} does not start{last}; its log: {self.log_file}")

    def status(self) -> dict[str, Any] | None:
        """What the process has written about itself; None if it does not run."""
        try:
            written = json.loads(self.status_file.read_text(encoding="utf-8"))
            status = cast("dict[str, Any]", written) | {"pid": int(written["pid"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # After a restart of the machine the PID may be another process's.
        return status if str(self.status_file) in command_line(status["pid"]) else None

    def stop(self) -> bool:
        """End the process, also if it does not answer, and remove its file; returns whether it was running."""
        status = self.status()
        if status is not None:
            _end(status["pid"], self.stop_seconds)
        self.status_file.unlink(missing_ok=True)
        return status is not None


def bound_own_log() -> None:
    """Keep only the newer half of this process's log, which is its standard output, when it is too long."""
    output = sys.stdout.fileno()
    about = os.fstat(output)
    if stat.S_ISREG(about.st_mode) and about.st_size > LOG_BYTES:
        newer = os.pread(output, LOG_BYTES // 2, about.st_size - LOG_BYTES // 2)
        os.ftruncate(output, 0)
        os.write(output, newer.partition(b"\n")[2])


def is_written(file: Path, text: str) -> bool:
    """Whether a status file is there and still says the same; a process that finds another there ends."""
    try:
        return file.read_text(encoding="utf-8") == text
    except OSError:
        return False


def environment_without(*names: str) -> dict[str, str]:
    """This process's environment variables but for some."""
    return {name: value for name, value in os.environ.items() if name not in names}


def _end(pid: int, seconds: float) -> None:
    send(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            send(pid, signal.SIGKILL)
        time.sleep(0.05)
