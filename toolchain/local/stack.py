"""Manages the files and processes of the local stack: mode, passphrase, TLS, emulator and data path."""

import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from toolchain.configuration import stack_files
from toolchain.configuration.stack_values import local_settings_file
from toolchain.datapath.addresses import EDGE, read_addresses
from toolchain.datapath.authorizers import VARIABLE, Authorizers
from toolchain.datapath.process import DataPath
from toolchain.datapath.tls import EDGE as TLS_EDGE
from toolchain.datapath.tls import Tls
from toolchain.emulator.process import PROVIDER_ENVIRONMENT, Emulator
from toolchain.errors import ToolchainError
from toolchain.modes import LOCAL_STACK, Mode, Operation
from toolchain.project import Project
from toolchain.state.file import StateFile
from toolchain.system.environment import STATE_PASSPHRASE
from toolchain.system.files import private_folder, write_whole
from toolchain.system.printing import Say, visible

READS = frozenset({Operation.OUTPUTS, Operation.REPAIR, Operation.CHECK_STATE})
"""The operations that need the stack's state and no emulator."""

TLS_SECONDS = 30.0
"""How long the edge may take to listen with HTTPS. It checks the option several times a second, but may be starting."""
_WORK = "work"
_FOLDERS = {Operation.PREVIEW: "preview"} | dict.fromkeys(READS, "reading")
"""Operations whose engine runs in a folder of their own. The engine reads its files more than once in a run, so only
operations that change the stack may write the files in the folder `_WORK`."""


class LocalStack:
    """The files of the local stack in the checkout's private folder."""

    def __init__(self, project: Project, say: Say) -> None:
        self._project = project
        self._say = say

    @property
    def lock(self) -> Path:
        """The lock file, held while the stack's files are prepared or removed; outside the folder that is removed."""
        return self._project.private / "lock"

    @property
    def directory(self) -> Path:
        """The folder that is removed together with the stack."""
        return self._project.private / LOCAL_STACK

    @property
    def begins_anew(self) -> Path:
        """A file that exists if the stack's state describes resources of an emulator that has ended."""
        return self.directory / "anew"

    @property
    def data_path_runs(self) -> bool:
        """Whether the data path, which runs the stack's tasks, is running."""
        return self._data_path.is_running

    @property
    def data_path_log(self) -> Path:
        """The log file of the data path."""
        return self._data_path.log_file

    @property
    def tls(self) -> Tls:
        """The TLS option of the stack."""
        return Tls.beside(self._data_path.folder)

    def set_tls(self, wanted: bool | None) -> None:
        """Turn the TLS option on or off; a running edge follows it.

        Args:
            wanted: Whether TLS is on; None to leave the option as it is.

        Raises:
            ToolchainError: The stack's folder cannot be made private.
        """
        if wanted:
            private_folder(self._project.private)
            private_folder(self.directory)
            self.tls.turn_on()
        elif wanted is not None:
            self.tls.turn_off()

    def told_of_tls(self, outputs: Mapping[str, Any], wait_seconds: float = 0.0) -> list[str]:
        """Return lines for the user: the HTTPS addresses, and how to trust their certificates; none without TLS.

        Args:
            outputs: The stack's outputs, which contain the addresses in AWS.
            wait_seconds: How long to wait until the edge listens with HTTPS.
        """
        if not self.tls.is_on:
            return []
        deadline = time.monotonic() + wait_seconds
        while (port := self._tls_port()) is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if port is None:
            return [f"TLS is on, but the edge does not listen with it: the log {self.data_path_log} says why"]
        found = _addresses("https", outputs, port)
        return [f"With TLS: {', '.join(found) or f'https://127.0.0.1:{port}'}", self.tls.how_to_trust]

    def told_of_edge(self, outputs: Mapping[str, Any]) -> list[str]:
        """Return a line with the addresses that open on this machine; none while nothing serves them.

        Args:
            outputs: The stack's outputs, which contain the addresses in AWS.
        """
        port = self._edge_port(EDGE)
        found = [] if port is None else _addresses("http", outputs, port)
        return [f"On this machine: {', '.join(found)}"] if found else []

    def _tls_port(self) -> str | None:
        return self._edge_port(TLS_EDGE)

    def _edge_port(self, edge: tuple[str, int]) -> str | None:
        folder = self._data_path.folder
        served = read_addresses(folder).get(f"{edge[0]}:{edge[1]}") if folder.is_dir() else None
        return served and served.rpartition(":")[2]

    @property
    def _data_path(self) -> DataPath:
        return DataPath(self.directory / "datapath")

    @property
    def _authorizers(self) -> Authorizers:
        return Authorizers.beside(self._data_path.folder)

    @property
    def _mode_file(self) -> Path:
        return self.directory / "mode"

    def remembered(self) -> Mode | None:
        """Return the mode in which the stack's resources were created; None if there is no stack.

        Raises:
            ToolchainError: The file with the mode has other content.
        """
        if not self._mode_file.is_file():
            return None
        text = self._mode_file.read_text(encoding="utf-8", errors="replace").strip()
        if text in set(Mode):
            return Mode(text)
        raise ToolchainError(
            f"{self._mode_file} must hold {' or '.join(sorted(Mode))}, not {visible(text[:40])!r}: write into it what "
            f"the {LOCAL_STACK} stack was made with, or remove the folder {self.directory} to begin anew"
        )

    def remember(self, mode: Mode) -> None:
        """Store the mode in which the stack's resources are created."""
        write_whole(self._mode_file, mode)

    def prepare(self, operation: Operation, mode: Mode, environment: dict[str, str], state: StateFile | None) -> Path:
        """Prepare a run on the stack: start the emulator and the data path if needed, and write the files of the run.

        Args:
            operation: The operation.
            mode: The mode of the run: emulator or offline provider.
            environment: The environment of the run, to which its variables are added.
            state: The stack's state file; None for a backend that is not a folder.

        Returns:
            The folder that the engine runs in.

        Raises:
            ToolchainError: The environment names a plug for an authorizer that cannot be loaded.
        """
        private_folder(self._project.private)
        private_folder(self.directory)
        if operation is Operation.UP:
            self._authorizers.choose(os.environ.get(VARIABLE))
        directory = self.directory / _FOLDERS.get(operation, _WORK)
        directory.mkdir(parents=True, exist_ok=True)
        # The operations in READS need only the state, so they also work after the emulator has ended.
        needed = mode is Mode.EMULATOR and operation not in READS
        endpoint = self._emulator() if needed else None
        if endpoint is not None and operation is Operation.UP and self._data_path.serve(endpoint):
            # before the resources are created, because the engine waits until their tasks run
            self._say("The local data path is started")
        earlier = [self.directory / name for name in (_WORK, *sorted(set(_FOLDERS.values())))]
        stack_files.write_copy(self._project, LOCAL_STACK, directory, endpoint, earlier)
        if mode is Mode.EMULATOR:
            environment.update(PROVIDER_ENVIRONMENT)
        environment.update(self.passphrase(state))
        return directory

    def _emulator(self) -> str:
        """Return the emulator's address, and start an emulator if none runs.

        If the emulator that the state describes has ended, the file `begins_anew` is created.
        """
        emulator = Emulator(self.directory)
        endpoint = emulator.endpoint()
        if endpoint is not None:
            self._say(f"The emulator is running at {endpoint}")
            return endpoint
        if self.remembered() is Mode.EMULATOR:
            self._say("The emulator of this stack has ended, and everything in it is gone")
            # stored on disk: if this run is interrupted before it removes the state, the next run must not use it
            self.begins_anew.touch()
            self._data_path.remove()
            local_settings_file(self._project).unlink(missing_ok=True)  # they name resources of that emulator
        endpoint = emulator.start()
        self.remember(Mode.EMULATOR)  # at once, so that 'destroy' stops the emulator even if this run fails
        self._say(f"The emulator is started at {endpoint}")
        return endpoint

    def passphrase(self, state: StateFile | None) -> dict[str, str]:
        """Return the environment variables for the state's passphrase; create the passphrase for a new stack.

        They are empty if the shell sets a passphrase itself.

        Raises:
            ToolchainError: There is a state, but its passphrase is missing.
        """
        if any(os.environ.get(name) for name in STATE_PASSPHRASE):
            return {}
        os.environ.pop("PULUMI_CONFIG_PASSPHRASE", None)  # the engine would use even an empty one instead of the file
        path = self._passphrase_file
        if not path.is_file():
            if state is not None and state.read():
                raise ToolchainError(
                    f"the passphrase of the {LOCAL_STACK} stack's state is gone: restore {path}, set "
                    f"PULUMI_CONFIG_PASSPHRASE, or begin anew by removing the folder {self._project.private}"
                )
            write_whole(path, secrets.token_urlsafe(32))
        path.chmod(0o600)
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(path)}

    def forget_passphrase(self) -> None:
        """Remove the passphrase, which the state that it encrypted no longer needs; do nothing if there is none."""
        self._passphrase_file.unlink(missing_ok=True)

    @property
    def _passphrase_file(self) -> Path:
        return self._project.private / "passphrase"

    def endpoint(self) -> str | None:
        """Return the address of the running emulator; None if it is not running."""
        return Emulator(self.directory).endpoint()

    def end_tasks(self) -> None:
        """Stop the data path and everything that it runs; keep its data."""
        self._data_path.stop()

    def remove(self) -> bool:
        """Stop the emulator, remove the stack's files, and return whether an emulator was running."""
        self._data_path.remove()  # first, because the data path calls the emulator
        stopped = Emulator(self.directory).stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        return stopped


def _addresses(scheme: str, outputs: Mapping[str, Any], port: str) -> list[str]:
    """Return the addresses of the site and the API at the local edge."""
    urls = (urlsplit(str(outputs[name])) for name in ("site_url", "api_url") if name in outputs)
    return [f"{scheme}://{url.hostname}.localhost:{port}{url.path.rstrip('/')}" for url in urls]
