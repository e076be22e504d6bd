"""Runs `up` as a child process, through the toolchain's command, so that the caller can watch the service meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import IO, Final, Self

from ops.stack_outputs import ROOT
from toolchain.modes import LOCAL_STACK

LAST_LINES: Final = 30
INTERRUPT_SECONDS: Final = 180.0
"""How long the engine may take to stop after SIGINT, before it is killed."""
_ENGINES_LAST: Final = frozenset({"error: preview failed", "error: update failed"})
"""Lines that the engine prints for any failure, in addition to the cause."""


def command_of(stack: str) -> list[str]:
    """Return the command that runs `up`.

    Args:
        stack: The stack's name. The local stack gets no preview: a release changes only the image, and the policies
            judge the update too.
    """
    options = ("--skip-preview",) if stack == LOCAL_STACK else ()
    return [sys.executable, "-m", "toolchain", "up", stack, "--yes", "--plain", *options]


class UpRun:
    """A running `up`: a context manager that stops it at the end of the block.

    Args:
        stack: The stack's name.
        command: The command to run instead of `up`, for tests; None for `up`.
    """

    def __init__(self, stack: str, command: list[str] | None = None) -> None:
        self._process = subprocess.Popen(
            command or command_of(stack),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C then reaches only this process, which stops the engine with SIGINT.
            start_new_session=True,
        )
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        # Kept apart: the list of changes after the errors may be longer than `LAST_LINES`.
        self._errors: deque[str] = deque(maxlen=LAST_LINES)
        assert self._process.stdout is not None  # noqa: S101 (a pipe was asked for)
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """The exit code of `up`; None while it runs."""
        code = self._process.poll()
        if code is not None:
            self._reader.join(timeout=5)
        return code

    @property
    def last_lines(self) -> list[str]:
        """The last lines that `up` printed, without empty ones."""
        return [line for line in self._lines if line.strip()]

    def why(self) -> str:
        """Return the line with the cause of a failure; without one, the last line that `up` printed."""
        errors = list(self._errors)
        causes = [line for line in errors if line not in _ENGINES_LAST]
        return (causes or errors or self.last_lines or ["it printed nothing"])[-1].strip()

    def stop(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Stop `up` with SIGINT, so that the engine finishes the operations it has begun and saves its state.

        Args:
            pause: Sleeps for a number of seconds; replaced in tests.
        """
        deadline = time.monotonic() + INTERRUPT_SECONDS
        if self.exit_code is None:
            self._send(signal.SIGINT)
        while self.exit_code is None:
            if time.monotonic() > deadline:
                self._send(signal.SIGKILL)
                self._process.wait()
            pause(0.1)

    def _send(self, number: signal.Signals) -> None:
        try:
            # SIGINT goes to the toolchain only, which stops the engine and its plugins.
            os.kill(self._process.pid, number) if number != signal.SIGKILL else os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.append(line.rstrip("\n"))
            text = line.strip()
            if text.startswith("error: "):
                self._errors.append(text)
            elif text and self._errors and self._errors[-1].endswith(":"):
                self._errors[-1] += f" {text}"  # the provider lists its errors below a line that ends with a colon
