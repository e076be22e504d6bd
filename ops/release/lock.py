"""Lets only one release at a time change a stack, on any machine.

The engine's own lock covers `up` only, and neither the migration before it nor the watch after it. So a release creates
a parameter of AWS Systems Manager as its lock. `put_parameter` without overwriting is atomic: of several callers only
one succeeds. The parameter needs no resource that must exist first, costs nothing, and is deleted at the end.
Parameter Store cannot delete a parameter on a condition. So when a run was killed on another machine, a person removes
its lock (`ops release unlock`), as with the engine's own lock (`pulumi cancel`). When the holder was a process of this
machine that has ended, this module removes the lock.
"""

import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.errors import BusyError
from ops.stack_outputs import ROOT
from toolchain.system.locks import alone

POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Attributes:
        token: A random text that identifies this run.
        who: The credentials' user or role.
        host: Name of the machine.
        pid: PID of the process.
        started: When the process began, in seconds since 1970, because PIDs are reused.
        since: When the lock was taken, in ISO 8601.
    """

    token: str
    who: str
    host: str
    pid: int
    started: float
    since: str

    @classmethod
    def of_this_process(cls, who: str) -> "Holder":
        """Describe this process as a holder."""
        started = psutil.Process().create_time()
        return cls(secrets.token_hex(8), who, socket.gethostname(), os.getpid(), started, _now())

    @classmethod
    def parsed(cls, text: str) -> "Holder | None":
        """Parse the parameter's value; None when it is not a holder's."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    @property
    def is_gone(self) -> bool:
        """Whether the holder was a process of this machine and has ended."""
        if self.host != socket.gethostname():
            return False
        try:
            return psutil.Process(self.pid).create_time() != self.started
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False

    def __str__(self) -> str:
        return f"{self.who} on {self.host} (process {self.pid}) since {self.since}"


class Lock:
    """The lock of a stack's releases.

    Args:
        ssm: A client of AWS Systems Manager.
        project: Name of the project.
        stack: Name of the stack.
        guard: Lock file of this machine, held while the lock of an ended process is removed.
    """

    def __init__(self, ssm: Any, project: str, stack: str, guard: Path = ROOT / ".platform" / "release-lock") -> None:
        self._ssm = ssm
        self._guard = guard
        self.name = f"/{project}/{stack}/release-lock"

    def holder(self) -> Holder | None:
        """Return who holds the lock; None when nobody does.

        Raises:
            ClientError: AWS refused.
        """
        text = self._text()
        return (
            None if text is None else Holder.parsed(text) or Holder("", "somebody", "an unknown machine", 0, 0.0, "?")
        )

    @contextmanager
    def held(
        self,
        who: str,
        *,
        wait_seconds: float,
        on_wait: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> Generator[None]:
        """Hold the lock during the block.

        Args:
            who: The credentials' user or role.
            wait_seconds: How long to wait for another release.
            on_wait: Called once with the holder that this run waits for.
            pause: Sleeps for a number of seconds; replaced in tests.

        Raises:
            BusyError: Another release still holds the lock after `wait_seconds`.
            ClientError: AWS refused.
        """
        own = Holder.of_this_process(who)
        self._take(own, wait_seconds, on_wait, pause)
        try:
            yield
        finally:
            self._give_up(own)

    def remove(self) -> Holder | None:
        """Remove the lock, whoever holds it; returns the former holder, or None.

        Raises:
            ClientError: AWS refused.
        """
        holder = self.holder()
        if holder is not None:
            self._delete()
        return holder

    def _take(
        self, own: Holder, wait_seconds: float, on_wait: Callable[[str], None], pause: Callable[[float], None]
    ) -> None:
        waited, told = 0.0, False
        while not self._put(own):
            holder = self.holder()
            if holder is None:
                continue
            if holder.is_gone:
                self._remove_that_of_a_dead_process()
                continue
            if waited >= wait_seconds:
                raise BusyError(
                    f"another release is under way: {holder}; wait for it, or, when that run is gone: "
                    "`python -m ops release unlock`"
                )
            if not told:
                on_wait(str(holder))
                told = True
            pause(POLL_SECONDS)
            waited += POLL_SECONDS

    def _remove_that_of_a_dead_process(self) -> None:
        # Only one process of this machine may do this at a time: otherwise a second one could remove the lock that the
        # first has taken in the meantime.
        with alone(self._guard):
            holder = self.holder()
            if holder is not None and holder.is_gone:
                self._delete()

    def _put(self, own: Holder) -> bool:
        try:
            self._ssm.put_parameter(
                Name=self.name,
                Description="Held while a release of the service is under way",
                Value=json.dumps(asdict(own)),
                Type="String",
                Overwrite=False,
            )
        except ClientError as error:
            if code_of(error) == "ParameterAlreadyExists":
                return False
            raise
        return True

    def _text(self) -> str | None:
        try:
            return str(self._ssm.get_parameter(Name=self.name)["Parameter"]["Value"])
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise

    def _give_up(self, own: Holder) -> None:
        holder = self.holder()
        # A person may have removed this run's lock, and another run may have taken it.
        if holder is not None and holder.token == own.token:
            self._delete()

    def _delete(self) -> None:
        try:
            self._ssm.delete_parameter(Name=self.name)
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
