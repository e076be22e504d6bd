"""Lets one release at a time change a stack, whatever machine it runs on.

The engine's own lock covers `up` only, and neither the migration before it nor the watch after it. So a release holds a
parameter of AWS Systems Manager: `put_parameter` without overwriting either makes it or fails, for everybody alike. It
needs no resource that would have to be made first, costs nothing, and leaves nothing behind. It cannot be taken over on
a condition, so the lock of a run that was killed on another machine is removed by people (`ops release unlock`), as the
engine's own lock is (`pulumi cancel`). That of a process of this machine that is gone is removed here.
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
from toolchain.locks import alone

POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Attributes:
        token: Tells this run from all others.
        who: The credentials' user or role.
        host: Name of the machine.
        pid: Of the process.
        started: When the process began, in seconds since 1970: PIDs are used again.
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
        """This run."""
        started = psutil.Process().create_time()
        return cls(secrets.token_hex(8), who, socket.gethostname(), os.getpid(), started, _now())

    @classmethod
    def parsed(cls, text: str) -> "Holder | None":
        """Read what a holder wrote; None when it is something else."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    @property
    def is_gone(self) -> bool:
        """Whether it was a process of this machine that has ended."""
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
        guard: File that only one process of this machine holds at a time.
    """

    def __init__(self, ssm: Any, project: str, stack: str, guard: Path = ROOT / ".platform" / "release-lock") -> None:
        self._ssm = ssm
        self._guard = guard
        self.name = f"/{project}/{stack}/release-lock"

    def holder(self) -> Holder | None:
        """Who holds it; None when nobody does.

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
        """Hold the lock while the block lasts.

        Args:
            who: The credentials' user or role.
            wait_seconds: How long another release is waited for.
            on_wait: Is told once whom this run waits for.
            pause: Waits some seconds; for tests.

        Raises:
            BusyError: Another release still holds it.
            ClientError: AWS refused.
        """
        own = Holder.of_this_process(who)
        self._take(own, wait_seconds, on_wait, pause)
        try:
            yield
        finally:
            self._give_up(own)

    def remove(self) -> Holder | None:
        """Remove the lock, whoever holds it; returns who did.

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
        # One process of this machine at a time: a second one must not remove the lock that the first has taken since.
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
        if holder is not None and holder.token == own.token:  # people may have removed it, and another run taken it
            self._delete()

    def _delete(self) -> None:
        try:
            self._ssm.delete_parameter(Name=self.name)
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
