"""Runs a container as a process: its start, its log, its health check and its end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from toolchain.datapath.children import Children, kill_session
from toolchain.datapath.tasks.confinement import User, as_user, can_change_user
from toolchain.datapath.tasks.logs import LogStream, copy_lines

STOP_SECONDS: Final = 30.0
"""``stopTimeout`` of a container definition without one: Amazon ECS Developer Guide."""
LOOK_SECONDS: Final = 0.05
_KILLED: Final = 137
"""Exit code of a process that was ended by SIGKILL, as a container engine gives it: 128 and the signal's number."""
_SHUTDOWN_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Program:
    """A container's program: its command, folders, environment and user."""

    command: tuple[str, ...]
    folder: Path
    """Working directory."""
    files: Path
    """The image's folder."""
    scratch: Path
    """The program's own folder, to which it may write."""
    environment: Mapping[str, str] = field(repr=False, default_factory=dict[str, str])
    """Environment variables. They may hold secrets, so they are never written anywhere."""
    user: User | None = None
    """User that the program runs as; None for the user of this process."""

    def started(self) -> list[str]:
        """Return the command line that starts the program."""
        return self.beside(self.command)

    @property
    def ending(self) -> list[str]:
        """The command line that ends what outlives the program's process; empty if nothing does."""
        return []

    def beside(self, command: Sequence[str]) -> list[str]:
        """Return a command line that runs another command as the program's user."""
        if self.user is None or self.user.uid == os.geteuid() or not can_change_user():
            return list(command)
        interpreter = Path(sys.base_prefix)
        return as_user(command, self.user, [self.files, self.scratch, interpreter, Path(sys.prefix)], self.folder)


@dataclass(frozen=True)
class HealthCheck:
    """``healthCheck`` of a container definition, with Amazon ECS's defaults."""

    command: tuple[str, ...]
    interval_seconds: float = 30.0
    timeout_seconds: float = 5.0
    retries: int = 3
    start_seconds: float = 0.0
    """``startPeriod``: time after the start in which failures do not count."""


def check_of(definition: Mapping[str, Any], command: Sequence[str]) -> HealthCheck:
    """Make a health check from a container definition's ``healthCheck`` and the command to run."""
    return HealthCheck(
        tuple(command),
        float(definition.get("interval") or 30),
        float(definition.get("timeout") or 5),
        int(definition.get("retries") or 3),
        float(definition.get("startPeriod") or 0),
    )


class Container:
    """A container as a process of this machine.

    Args:
        name: The container's name.
        program: Program that the container runs.
        children: Child processes of the data path, which start and record the program.
        log: Log stream for the program's output.
        check: The container's health check; None for none.
    """

    def __init__(
        self, name: str, program: Program, children: Children, log: LogStream, check: HealthCheck | None
    ) -> None:
        self.name = name
        self.health = "UNKNOWN"
        self.exit_code: int | None = None
        self.reason = ""
        self._program = program
        self._children = children
        self._log = log
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None
        self._background: list[asyncio.Task[Any]] = []
        self.ended = asyncio.Event()

    @property
    def has_check(self) -> bool:
        """Whether it has a health check."""
        return self._check is not None

    @property
    def was_started(self) -> bool:
        """Whether there is, or was, a process."""
        return self._process is not None

    async def start(self) -> None:
        """Start the process.

        Raises:
            LogError: The log stream cannot be made.
            OSError: The process cannot be started.
        """
        await self._log.open()
        try:
            self._process = self._children.start(
                self._program.started(),
                cwd=self._program.folder,
                env=dict(self._program.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError:
            await self._log.close()
            raise
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, self._process.stdout)
        copying = asyncio.create_task(copy_lines(reader, self._log))
        self._background = [asyncio.create_task(self._watch(self._process, copying))]
        if self._check is not None:
            self._background.append(asyncio.create_task(self._look_after(self._check)))

    async def stop(self, seconds: float) -> None:
        """Send SIGTERM, and SIGKILL after the given seconds. Return when the process has ended."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            self.kill()
            await self.ended.wait()

    def kill(self) -> None:
        """Send SIGKILL to the process and its descendants."""
        if self._process is not None:
            kill_session(self._process.pid)

    async def _watch(self, process: "subprocess.Popen[bytes]", copying: "asyncio.Task[None]") -> None:
        # Poll: waiting in a thread would block one of the few threads that calls to the emulator need.
        while process.poll() is None:
            await asyncio.sleep(LOOK_SECONDS)
        self.kill()  # processes that it has left running end with the container
        await self._end_rest()
        self._children.forget(process)
        with suppress(TimeoutError):
            await asyncio.wait_for(copying, _SHUTDOWN_SECONDS)
        await self._log.close()
        for task in self._background[1:]:
            task.cancel()
        code = process.returncode
        self.exit_code = code if code >= 0 else 128 - code
        if self.exit_code == _KILLED and not self.reason:
            self.reason = "Killed by SIGKILL"
        self.ended.set()

    async def _end_rest(self) -> None:
        """Run the program's `ending` command, for what `kill` does not reach, such as an engine's container."""
        if not self._program.ending:
            return
        process = await asyncio.create_subprocess_exec(
            *self._program.ending,
            env=dict(self._program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _SHUTDOWN_SECONDS)

    async def _look_after(self, check: HealthCheck) -> None:
        began = time.monotonic()
        failures = 0
        while True:
            await asyncio.sleep(check.interval_seconds)
            asked = time.monotonic()
            if await self._is_well(check):
                failures, self.health = 0, "HEALTHY"
            elif asked - began >= check.start_seconds:
                failures += 1
                if failures >= check.retries:
                    self.health = "UNHEALTHY"

    async def _is_well(self, check: HealthCheck) -> bool:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program.beside(check.command),
                cwd=self._program.folder,
                env=dict(self._program.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )
        except OSError:
            return False
        try:
            return await asyncio.wait_for(process.wait(), check.timeout_seconds) == 0
        except TimeoutError:
            return False
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def environment_for(variables: Mapping[str, str], scratch: Path, search: Callable[[str], str]) -> dict[str, str]:
    """Return a process's environment: the container's variables, and variables that a process needs on this machine.

    Args:
        variables: The container's variables.
        scratch: The container's writable folder.
        search: Function that makes the process's ``PATH`` from the container's.
    """
    path = search(variables.get("PATH") or "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    # tini is not PID 1 here; with this variable it reaps child processes without a warning.
    return {
        "LANG": "C.UTF-8",
        **variables,
        "PATH": path,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "TINI_SUBREAPER": "1",
    }
