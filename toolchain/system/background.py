"""Starts, finds and stops background processes, which outlive the run that starts them.

Each process has a status file that holds its PID.
"""

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
from toolchain.system.printing import visible
from toolchain.system.processes import command_line, is_running, send

START_SECONDS = 60.0
LOG_BYTES = 20_000_000
"""Largest size of a log. A longer log loses its older half."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class BackgroundProcess:
    """A background process ``python -m MODULE STATUS_FILE ...``; each status file has at most one process."""

    module: str
    status_file: Path
    """JSON object with the ``pid``. The process writes it when it is ready, and ends when the file is removed."""
    log_file: Path
    what: str
    """The name of the process in messages, such as ``the emulator``."""
    stop_seconds: float
    """Seconds from SIGTERM to SIGKILL."""

    def start(
        self, environment: Mapping[str, str], ready: Callable[[], _T | None], arguments: tuple[str, ...] = ()
    ) -> _T:
        """Stop the process if it runs, and start a new one, in its own session so that it outlives this process.

        Args:
            environment: All environment variables of the new process.
            ready: Polled until it returns something other than None.
            arguments: Further arguments, after the status file.

        Returns:
            The value that ``ready`` returned.

        Raises:
            ToolchainError: The process is not ready in time. The message names its log.
        """
        self.status_file.parent.mkdir(parents=True, exist_ok=True)
        self.stop()
        self.log_file.write_bytes(b"")
        with self.log_file.open("a+b") as log:  # `bound_own_log` reads and truncates it
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(self.status_file), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
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
        """Return the content of the status file; None if the process does not run."""
        try:
            written = json.loads(self.status_file.read_text(encoding="utf-8"))
            status = cast("dict[str, Any]", written) | {"pid": int(written["pid"])}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # After a restart of the machine, another process may have this PID.
        return status if str(self.status_file) in command_line(status["pid"]) else None

    def stop(self) -> bool:
        """Stop the process, remove its status file, and return whether the process was running.

        A process that does not end after SIGTERM is killed.
        """
        status = self.status()
        if status is not None:
            _end(status["pid"], self.stop_seconds)
        self.status_file.unlink(missing_ok=True)
        return status is not None


def bound_own_log() -> None:
    """Drop the older half of this process's log (its standard output) if the log is longer than `LOG_BYTES`."""
    output = sys.stdout.fileno()
    about = os.fstat(output)
    if stat.S_ISREG(about.st_mode) and about.st_size > LOG_BYTES:
        newer = os.pread(output, LOG_BYTES // 2, about.st_size - LOG_BYTES // 2)
        os.ftruncate(output, 0)
        os.write(output, newer.partition(b"\n")[2])


def is_written(file: Path, text: str) -> bool:
    """Check whether a status file still holds ``text``; if not, the process that wrote it must end."""
    try:
        return file.read_text(encoding="utf-8") == text
    except OSError:
        return False


def environment_without(*names: str) -> dict[str, str]:
    """Return this process's environment variables without the given names."""
    return {name: value for name, value in os.environ.items() if name not in names}


def _end(pid: int, seconds: float) -> None:
    send(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            send(pid, signal.SIGKILL)
        time.sleep(0.05)
