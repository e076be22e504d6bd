"""Shows the progress of a run: on a terminal a progress bar for each step, else one line when a step begins."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars


class Progress:
    """The progress of a run, whose steps follow one after the other."""

    def __init__(self, bars: "Bars | None", *, lines: bool) -> None:
        self._bars, self._lines = bars, lines
        self._task: int | None = None
        self._what = ""

    def begin(self, what: str, total: int | None = None) -> None:
        """Begin a step.

        Args:
            what: Description of the step.
            total: Number of the step's items; None if it is not known.
        """
        if what == self._what and total is None:
            return
        self._finish()
        self._what = what
        if self._bars is not None:
            self._bars.start()
            self._task = self._bars.add_task(what, total=total or None)
        elif self._lines and total != 0:
            sys.stderr.write(f"{what}{'' if total is None else f': {total}'}\n")

    def advance(self) -> None:
        """Record that an item of the step is done."""
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task)  # type: ignore[arg-type]

    def end(self) -> None:
        """End the last step and the progress bar, so that the caller can print."""
        self._finish()
        self._what = ""
        if self._bars is not None:
            self._bars.stop()

    def _finish(self) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)  # type: ignore[arg-type]
            self._task = None


@contextmanager
def progress(*, shown: bool) -> Generator[Progress]:
    """Show the steps of a block on standard error.

    Args:
        shown: Whether anything is shown.
    """
    if not shown or not sys.stderr.isatty():
        yield Progress(None, lines=shown)
        return
    from rich.console import Console  # noqa: PLC0415 (a run in a pipeline need not pay for it)
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        yield Progress(bars, lines=False)
