"""Checks that the local stack's data path, which runs its tasks, is running: without it a release would never end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ops.errors import OperationError
from ops.stack_outputs import ROOT
from toolchain.local.stack import LocalStack
from toolchain.project import Project

MISSED_LOOKS: Final = 3
"""Number of consecutive checks that must find no data path: between two checks `up` may be restarting it."""


def data_path_runs() -> bool:
    """Return whether the local stack's data path is running."""
    return _local().data_path_runs


@dataclass
class TasksWatch:
    """Detects, while the caller waits for tasks, that the data path has ended.

    Attributes:
        runs: Returns whether the data path is running.
        was_there: Whether the data path has been running. Until then its absence is no error, because `up` starts it.
    """

    runs: Callable[[], bool]
    was_there: bool
    _missed: int = 0

    def look(self) -> None:
        """Check once.

        Raises:
            OperationError: `MISSED_LOOKS` consecutive checks found no data path.
        """
        if self.runs():
            self.was_there, self._missed = True, 0
            return
        self._missed += 1
        if self.was_there and self._missed >= MISSED_LOOKS:
            raise OperationError(
                "the local data path has ended, and without it no task runs: 'make up' starts it again; "
                f"its log is {_local().data_path_log}"
            )


def _local() -> LocalStack:
    return LocalStack(Project(ROOT), lambda _: None)
