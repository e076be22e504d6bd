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

from toolchain.environment import NO_ACCOUNT
from toolchain.errors import ToolchainError
from toolchain.processes import command_line, is_running, send

START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 30.0

# Neither moto nor the provider may use the account that this shell is logged in to.
_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    **NO_ACCOUNT,
}
_UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
)

PROVIDER_ENVIRONMENT = {**_ACCOUNT, **dict.fromkeys(_UNSET, "")}
"""For the provider plugin. The Automation API cannot unset variables; the AWS SDK for Go treats empty as unset."""

ENVIRONMENT = {
    **_ACCOUNT,
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # otherwise attaching a managed policy of AWS fails with 404
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
        """``http://127.0.0.1:<port>`` of the running process, or None; a busy process gets time to answer."""
        status = self._status()
        if status is None:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", status.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("HEAD", "/moto-api/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return f"http://127.0.0.1:{status.port}"

    def start(self) -> str:
        """Start the process and return its endpoint; a session of its own lets it outlive this process.

        An earlier process that does not answer is ended.

        Raises:
            ToolchainError: It does not answer in time; the message names its log.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self.stop()
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "toolchain.emulator", str(self._status_file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
                env={**{k: v for k, v in os.environ.items() if k not in _UNSET}, **ENVIRONMENT},
            )
        try:
            return self._answer_of(process)
        except BaseException:
            process.kill()  # otherwise it would go on, and no run would find it
            process.wait()
            raise

    def _answer_of(self, process: "subprocess.Popen[bytes]") -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            endpoint = self.endpoint()
            if endpoint is not None:
                return endpoint
            time.sleep(0.1)
        raise ToolchainError(f"the emulator does not start; its log: {self.log_file}")

    def stop(self) -> bool:
        """End the process, also if it does not answer, and remove its file; returns whether it was running."""
        status = self._status()
        if status is not None:
            _end(status.pid)
        self._status_file.unlink(missing_ok=True)
        return status is not None

    def _status(self) -> "_Status | None":
        """What the process has written about itself; None if no emulator of this stack is running."""
        try:
            written = json.loads(self._status_file.read_text(encoding="utf-8"))
            status = _Status(pid=int(written["pid"]), port=int(written["port"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # After a restart of the machine the PID may be another process's.
        return status if str(self._status_file) in command_line(status.pid) else None


@dataclass(frozen=True)
class _Status:
    pid: int
    port: int


def _end(pid: int) -> None:
    send(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(pid):
        if time.monotonic() > deadline:
            send(pid, signal.SIGKILL)
        time.sleep(0.05)
