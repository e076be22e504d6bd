"""Starts, finds and stops the emulator of a stack."""

import http.client
from dataclasses import dataclass
from pathlib import Path

from toolchain.background import BackgroundProcess, environment_without
from toolchain.environment import NO_ACCOUNT

STOP_SECONDS = 10.0
ANSWER_SECONDS = 30.0

# Neither moto nor the provider may use the account that this shell is logged in to.
_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    **NO_ACCOUNT,
}
UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
)

PROVIDER_ENVIRONMENT = {**_ACCOUNT, **dict.fromkeys(UNSET, "")}
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
    def log_file(self) -> Path:
        """Where the process writes each request and each traceback."""
        return self.directory / "emulator.log"

    @property
    def _process(self) -> BackgroundProcess:
        status_file = self.directory / "emulator.json"
        return BackgroundProcess("toolchain.emulator", status_file, self.log_file, "the emulator", STOP_SECONDS)

    def endpoint(self) -> str | None:
        """``http://127.0.0.1:<port>`` of the running process, or None; a busy process gets time to answer."""
        status = self._process.status()
        if status is None or not isinstance(status.get("port"), int):
            return None
        connection = http.client.HTTPConnection("127.0.0.1", status["port"], timeout=ANSWER_SECONDS)
        try:
            connection.request("HEAD", "/moto-api/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return f"http://127.0.0.1:{status['port']}"

    def start(self) -> str:
        """Start the process and return its endpoint; an earlier process that does not answer is ended.

        Raises:
            ToolchainError: It does not answer in time; the message names its log.
        """
        return self._process.start({**environment_without(*UNSET), **ENVIRONMENT}, self.endpoint)

    def stop(self) -> bool:
        """End the process, also if it does not answer, and remove its file; returns whether it was running."""
        return self._process.stop()
