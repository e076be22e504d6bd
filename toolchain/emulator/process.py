"""Starts, finds and stops the emulator of a stack."""

import http.client
import os
from dataclasses import dataclass
from pathlib import Path

from toolchain.system.background import BackgroundProcess, environment_without
from toolchain.system.environment import NO_ACCOUNT

STOP_SECONDS = 10.0
ANSWER_SECONDS = 30.0

# Neither moto nor the provider may use the AWS credentials of this shell.
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

# AWS takes minutes to create some resources, so the provider waits up to a minute before it looks for the first time.
# The emulator creates them at once. In this mode of its own tests the provider looks at once (Terraform AWS provider,
# "Go-VCR" in its contributor guide, and internal/retry/state.go); nothing reads or writes the path. A version of the
# provider without the mode ignores the variables, and waits.
_WITHOUT_WAITS = {"VCR_MODE": "REPLAY_ONLY", "VCR_PATH": os.devnull}

PROVIDER_ENVIRONMENT = {**_ACCOUNT, **dict.fromkeys(UNSET, ""), **_WITHOUT_WAITS}
"""Variables of the provider plugin. Some are empty instead of unset: the Automation API cannot unset variables, and the
AWS SDK for Go treats an empty variable as unset."""

ENVIRONMENT = {
    **_ACCOUNT,
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # otherwise attaching a managed policy of AWS fails with 404
    "MOTO_PORT": "0",
    # All requests are of moto's default account. Without this, moto looks for the access key in each of AWS's eight
    # partitions, and makes AWS's managed policies for each of them: a second of processor time.
    "MOTO_ACCOUNT_ID": "123456789012",
    "MOTO_ACM_VALIDATION_WAIT": "0",  # seconds until a certificate is issued; moto's default is 60
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Emulator:
    """The emulator of a stack, whose files are in ``directory``."""

    directory: Path

    @property
    def log_file(self) -> Path:
        """The log file, to which the process writes requests and tracebacks."""
        return self.directory / "emulator.log"

    @property
    def _process(self) -> BackgroundProcess:
        status_file = self.directory / "emulator.json"
        return BackgroundProcess("toolchain.emulator", status_file, self.log_file, "the emulator", STOP_SECONDS)

    def endpoint(self) -> str | None:
        """Return ``http://127.0.0.1:<port>``; None if no process runs or it does not answer in `ANSWER_SECONDS`."""
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
        """Start the process and return its endpoint; an earlier process is stopped first.

        Raises:
            ToolchainError: The process does not answer in time. The message names its log.
        """
        return self._process.start({**environment_without(*UNSET), **ENVIRONMENT}, self.endpoint)

    def stop(self) -> bool:
        """Stop the process, remove its status file, and return whether the process was running."""
        return self._process.stop()
