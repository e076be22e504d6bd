"""Whether anything runs the tasks of the local stack: without its data path a release would wait for one for ever."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ops.errors import OperationError
from ops.stack_outputs import ROOT
from toolchain.local_stack import LocalStack
from toolchain.project import Project

MISSED_LOOKS: Final = 3
"""Looks in a row that must find no data path: `up` may just be starting another one."""


def data_path_runs() -> bool:
    """Whether the local stack's data path runs."""
    return _local().data_path_runs


@dataclass
class TasksWatch:
    """Notices that the tasks that are waited for have nothing to run them.

    Attributes:
        runs: Whether something runs tasks.
        was_there: Whether it has run; before that it is not missed, since `up` starts it.
    """

    runs: Callable[[], bool]
    was_there: bool
    _missed: int = 0

    def look(self) -> None:
        """Look once.

        Raises:
            OperationError: It is gone, after several looks in a row.
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
