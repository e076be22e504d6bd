"""What the toolchain keeps for the local stack: its mode, its passphrase, its emulator."""

import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from toolchain import stack_files
from toolchain.datapath.addresses import read_addresses
from toolchain.datapath.process import DataPath
from toolchain.datapath.tls import EDGE, Tls
from toolchain.emulator.process import PROVIDER_ENVIRONMENT, Emulator
from toolchain.environment import STATE_PASSPHRASE
from toolchain.errors import ToolchainError
from toolchain.files import private_folder, write_whole
from toolchain.modes import LOCAL_STACK, Mode, Operation
from toolchain.printing import Say, visible
from toolchain.project import Project
from toolchain.stack_values import local_settings_file
from toolchain.state import StateFile

READS = frozenset({Operation.OUTPUTS, Operation.REPAIR, Operation.CHECK_STATE})
"""The operations that need the stack's state and no emulator."""

TLS_SECONDS = 30.0
"""The edge looks several times a second whether it is to listen with HTTPS, but may just be starting."""
_WORK = "work"
_FOLDERS = {Operation.PREVIEW: "preview"} | dict.fromkeys(READS, "reading")
"""The folder that the engine runs in. It reads its files more than once in a run, so those of an operation that changes
the stack are written by such operations alone."""


class LocalStack:
    """The files of the local stack in the checkout's private folder."""

    def __init__(self, project: Project, say: Say) -> None:
        self._project = project
        self._say = say

    @property
    def lock(self) -> Path:
        """Held while the stack's files are prepared or removed; it is outside of what is removed."""
        return self._project.private / "lock"

    @property
    def directory(self) -> Path:
        """The folder with everything that ends with the stack."""
        return self._project.private / LOCAL_STACK

    @property
    def begins_anew(self) -> Path:
        """This file exists while the stack's state describes an emulator that has ended."""
        return self.directory / "anew"

    @property
    def data_path_runs(self) -> bool:
        """Whether there is something that runs the stack's tasks."""
        return self._data_path.is_running

    @property
    def data_path_log(self) -> Path:
        """Where the data path writes what it does."""
        return self._data_path.log_file

    @property
    def tls(self) -> Tls:
        """The stack's option for TLS."""
        return Tls.beside(self._data_path.folder)

    def set_tls(self, wanted: bool | None) -> None:
        """Turn the option for TLS on or off; an edge that runs follows it.

        Args:
            wanted: None to leave it as it is.

        Raises:
            ToolchainError: The stack's folder is not private.
        """
        if wanted:
            private_folder(self._project.private)
            private_folder(self.directory)
            self.tls.turn_on()
        elif wanted is not None:
            self.tls.turn_off()

    def told_of_tls(self, outputs: Mapping[str, Any], wait_seconds: float = 0.0) -> list[str]:
        """Lines on the addresses with HTTPS, and on who vouches for them; none without TLS.

        Args:
            outputs: The stack's, with the addresses in AWS.
            wait_seconds: How long the edge may take to listen.
        """
        if not self.tls.is_on:
            return []
        deadline = time.monotonic() + wait_seconds
        while (port := self._tls_port()) is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if port is None:
            return [f"TLS is on, but the edge does not listen with it: the log {self.data_path_log} says why"]
        urls = (str(outputs[name]) for name in ("site_url", "api_url") if name in outputs)
        found = [f"https://{urlsplit(url).hostname}.localhost:{port}{urlsplit(url).path.rstrip('/')}" for url in urls]
        return [f"With TLS: {', '.join(found) or f'https://127.0.0.1:{port}'}", self.tls.how_to_trust]

    def _tls_port(self) -> str | None:
        host, port = EDGE
        served = read_addresses(self._data_path.folder).get(f"{host}:{port}")
        return served and served.rpartition(":")[2]

    @property
    def _data_path(self) -> DataPath:
        return DataPath(self.directory / "datapath")

    @property
    def _mode_file(self) -> Path:
        return self.directory / "mode"

    def remembered(self) -> Mode | None:
        """What the stack's resources were made with; None when there is no stack.

        Raises:
            ToolchainError: The file that says so holds something else.
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
        """Note what the stack's resources are made with."""
        write_whole(self._mode_file, mode)

    def prepare(self, operation: Operation, mode: Mode, environment: dict[str, str], state: StateFile | None) -> Path:
        """Prepare a run on the stack.

        Args:
            operation: The operation.
            mode: What answers in place of AWS.
            environment: Gets the variables that the run needs.
            state: The stack's state file; None for a backend that is no folder.

        Returns:
            The folder that the engine runs in.
        """
        private_folder(self._project.private)
        private_folder(self.directory)
        directory = self.directory / _FOLDERS.get(operation, _WORK)
        directory.mkdir(parents=True, exist_ok=True)
        # Outputs are in the state: they need no emulator, and can be read after its end.
        needed = mode is Mode.EMULATOR and operation not in READS
        endpoint = self._emulator() if needed else None
        if endpoint is not None and operation is Operation.UP and self._data_path.serve(endpoint):
            # before the resources: the engine waits for tasks that run
            self._say("The local data path is started")
        earlier = [self.directory / name for name in (_WORK, *sorted(set(_FOLDERS.values())))]
        stack_files.write_copy(self._project, LOCAL_STACK, directory, endpoint, earlier)
        if mode is Mode.EMULATOR:
            environment.update(PROVIDER_ENVIRONMENT)
        environment.update(self.passphrase(state))
        return directory

    def _emulator(self) -> str:
        """The emulator's address; if the one that the state describes has ended, `begins_anew` exists from now on."""
        emulator = Emulator(self.directory)
        endpoint = emulator.endpoint()
        if endpoint is not None:
            self._say(f"The emulator is running at {endpoint}")
            return endpoint
        if self.remembered() is Mode.EMULATOR:
            self._say("The emulator of this stack has ended, and everything in it is gone")
            # on disk, since a run that is interrupted before the state is removed must not continue with it
            self.begins_anew.touch()
            self._data_path.remove()
            local_settings_file(self._project).unlink(missing_ok=True)  # they name what only that emulator held
        endpoint = emulator.start()
        self.remember(Mode.EMULATOR)  # at once: from now on there is something for 'destroy' to stop
        self._say(f"The emulator is started at {endpoint}")
        return endpoint

    def passphrase(self, state: StateFile | None) -> dict[str, str]:
        """The variables with the passphrase that the state is encrypted with; it is made for a new stack.

        Raises:
            ToolchainError: There is a state, and its passphrase is gone.
        """
        if any(os.environ.get(name) for name in STATE_PASSPHRASE):
            return {}
        os.environ.pop("PULUMI_CONFIG_PASSPHRASE", None)  # the engine would prefer an empty one to the file
        path = self._project.private / "passphrase"
        if not path.is_file():
            if state is not None and state.read():
                raise ToolchainError(
                    f"the passphrase of the {LOCAL_STACK} stack's state is gone: restore {path}, set "
                    f"PULUMI_CONFIG_PASSPHRASE, or begin anew by removing the folder {self._project.private}"
                )
            write_whole(path, secrets.token_urlsafe(32))
        path.chmod(0o600)
        return {"PULUMI_CONFIG_PASSPHRASE_FILE": str(path)}

    def end_tasks(self) -> None:
        """End the data path with all that it runs; its data stay."""
        self._data_path.stop()

    def remove(self) -> bool:
        """End the emulator and remove what was kept for the stack; returns whether an emulator was running."""
        self._data_path.remove()  # first: it asks the emulator
        stopped = Emulator(self.directory).stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        return stopped
