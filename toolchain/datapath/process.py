"""Starts, finds and stops the data path of a stack."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from toolchain.emulator.process import ENVIRONMENT
from toolchain.errors import ToolchainError
from toolchain.processes import command_line, is_running, send

STATUS_FILE = "status.json"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
"""Long enough for tasks that finish what they are doing."""


@dataclass(frozen=True)
class DataPath:
    """The data path whose files are in ``folder``; one a stack."""

    folder: Path

    @property
    def log_file(self) -> Path:
        """Where the process writes what it does."""
        return self.folder.with_name("datapath.log")

    def is_running_for(self, endpoint: str) -> bool:
        """Whether the process runs, and serves what the emulator at ``endpoint`` holds."""
        status = self._status()
        return status is not None and status.emulator == endpoint

    def start(self, endpoint: str) -> None:
        """Start the process; one that serves another emulator is ended. A session of its own lets it outlive this one.

        Args:
            endpoint: The emulator's address.

        Raises:
            ToolchainError: It does not start in time; the message names its log.
        """
        self.stop()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "toolchain.datapath", str(self.folder), endpoint],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
                env={**os.environ, **ENVIRONMENT},
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self.is_running_for(endpoint):
                return
            time.sleep(0.1)
        process.kill()  # otherwise it would go on, and no run would find it
        process.wait()
        raise ToolchainError(f"the local data path does not start; its log: {self.log_file}")

    def stop(self) -> bool:
        """End the process and everything that it runs; returns whether it was running."""
        status = self._status()
        if status is not None:
            _end(status.pid)
        (self.folder / STATUS_FILE).unlink(missing_ok=True)
        return status is not None

    def _status(self) -> "_Status | None":
        """What the process has written about itself; None if no data path of this stack is running."""
        try:
            written = json.loads((self.folder / STATUS_FILE).read_text(encoding="utf-8"))
            status = _Status(pid=int(written["pid"]), emulator=str(written["emulator"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # After a restart of the machine the PID may be another process's.
        return status if str(self.folder) in command_line(status.pid) else None


@dataclass(frozen=True)
class _Status:
    pid: int
    emulator: str


def _end(pid: int) -> None:
    send(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(pid):
        if time.monotonic() > deadline:
            send(pid, signal.SIGKILL)
        time.sleep(0.05)
