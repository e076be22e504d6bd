"""Starts, finds and stops the data path of a stack."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from toolchain.datapath.children import end_all_leftovers
from toolchain.emulator.process import ENVIRONMENT, UNSET
from toolchain.system.background import BackgroundProcess, environment_without

STOP_SECONDS = 60.0
"""Time for programs to finish their current work."""


@dataclass(frozen=True)
class DataPath:
    """The data path whose files are in ``folder``. Each stack has its own."""

    folder: Path

    @property
    def log_file(self) -> Path:
        """Path of the process's log, outside the folder: it stays when the folder is removed."""
        return self.folder.with_name("datapath.log")

    @property
    def _process(self) -> BackgroundProcess:
        status_file = self.folder / "status.json"
        return BackgroundProcess("toolchain.datapath", status_file, self.log_file, "the local data path", STOP_SECONDS)

    def serve(self, endpoint: str) -> bool:
        """Start the process for an emulator, if it does not run yet.

        A process that serves another emulator is ended, and its data is removed.

        Args:
            endpoint: The emulator's address.

        Returns:
            True if the process was started, False if it already ran.

        Raises:
            ToolchainError: The process does not start in time; the message names its log.
        """
        if self._serves(endpoint):
            return False
        status = self._process.status()
        if status is not None and status.get("emulator") not in {endpoint, None}:  # None: it is stopping
            self.remove()
        self._process.start(
            {**environment_without(*UNSET), **ENVIRONMENT},
            lambda: self._serves(endpoint) or None,
            (endpoint,),
        )
        return True

    @property
    def is_running(self) -> bool:
        """Whether the process runs."""
        return self._process.status() is not None

    def stop(self) -> bool:
        """End the process and everything that it runs; returns whether it was running."""
        stopped = self._process.stop()
        end_all_leftovers(self.folder)  # if the process was killed
        return stopped

    def remove(self) -> bool:
        """End the process and everything that it runs, and remove their data; returns whether it was running."""
        stopped = self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        return stopped

    def _serves(self, endpoint: str) -> bool:
        status = self._process.status()
        return status is not None and status.get("emulator") == endpoint
