"""Starts, finds and stops the emulator of a stack."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from toolchain.errors import ToolchainError
from toolchain.processes import is_running

START_SECONDS = 60.0
STOP_SECONDS = 10.0

ENVIRONMENT = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # else attaching a policy of AWS's own is a 404
    "MOTO_PORT": "0",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Emulator:
    """The emulator whose files are in ``directory``; one a stack."""

    directory: Path

    @property
    def _status_file(self) -> Path:
        return self.directory / "emulator.json"

    @property
    def log_file(self) -> Path:
        """Where the process writes each request and each traceback."""
        return self.directory / "emulator.log"

    def endpoint(self) -> str | None:
        """``http://127.0.0.1:<port>`` of the running process, or None."""
        status = self._status()
        if status is None or not is_running(status["pid"]):
            return None
        connection = http.client.HTTPConnection("127.0.0.1", status["port"], timeout=5)
        try:
            connection.request("HEAD", "/moto-api/")
            connection.getresponse()
        except OSError:
            return None
        finally:
            connection.close()
        return f"http://127.0.0.1:{status['port']}"

    def start(self) -> str:
        """Start the process, in a session of its own so that it outlives this one, and return its endpoint.

        Raises:
            ToolchainError: It does not answer in time; the message names its log.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._status_file.unlink(missing_ok=True)
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "toolchain.emulator", str(self._status_file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
                env={**os.environ, **ENVIRONMENT},
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            endpoint = self.endpoint()
            if endpoint is not None:
                return endpoint
            time.sleep(0.1)
        process.kill()
        raise ToolchainError(f"the emulator does not start; its log: {self.log_file}")

    def stop(self) -> bool:
        """End the process and forget it. Returns whether one was running."""
        status = self._status()
        running = self.endpoint() is not None and status is not None
        if running and status is not None:
            _end(status["pid"])
        self._status_file.unlink(missing_ok=True)
        return running

    def _status(self) -> dict[str, int] | None:
        try:
            return dict(json.loads(self._status_file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
