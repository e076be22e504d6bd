"""Runs an operation of the engine and shows its progress: a live view on a terminal, lines elsewhere."""

import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent
from rich.console import Console

from toolchain.errors import EngineError, exit_code
from toolchain.system.coroutines import warned_of_after_success
from toolchain.system.interrupts import Interrupts
from toolchain.system.printing import print_error, print_line
from toolchain.view.durations import Durations
from toolchain.view.findings import incomplete
from toolchain.view.lines import LineFilter
from toolchain.view.live import LiveView
from toolchain.view.progress import Progress
from toolchain.view.report import Ending, names_a_cause, print_report, rules_not_asked

AFTER_A_FAILURE = "mend what is named above, then run this again"

_MOST_LAST_LINES = 20


@dataclass(frozen=True)
class Display:
    """The options for showing runs.

    Attributes:
        console: The console to print to.
        plain: Whether to print lines on a terminal too, instead of the live view.
        details: Whether to print everything that the engine prints.
    """

    console: Console
    plain: bool = False
    details: bool = False

    @property
    def is_live(self) -> bool:
        """Whether runs have a live view, with a summary at the end."""
        return self.console.is_terminal and not self.console.is_dumb_terminal and not self.plain and not self.details

    @property
    def color(self) -> str:
        """The value of the engine's option ``color``."""
        plain = os.environ.get("NO_COLOR") or self.console.is_dumb_terminal or not self.console.is_terminal
        return "never" if plain else "always"


@dataclass
class Shown:
    """The result of a run that has ended.

    Attributes:
        progress: The steps of the run.
        seconds: The duration of the run.
        printed: The lines that the engine printed during a live view, which does not show them.
        result: What the operation returned, such as ``UpResult``; None while it has not returned.
    """

    progress: Progress
    seconds: float
    printed: list[str] = field(default_factory=list[str])
    result: object = None


class Engine:
    """Runs operations of the engine and shows them."""

    def __init__(self, display: Display, signals: Interrupts) -> None:
        self._display = display
        self._signals = signals

    @property
    def is_live(self) -> bool:
        """Whether runs have a live view, with a summary at the end."""
        return self._display.is_live

    def run(
        self,
        title: str,
        operation: Callable[..., object],
        *,
        planned: Progress | None = None,
        durations: Durations | None = None,
        is_preview: bool = False,
        is_hidden: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> Shown:
        """Run an operation.

        Args:
            title: The name of the run, such as ``up of local``.
            operation: A method of the Automation API's stack.
            planned: The progress of the preview, for the live view; None without a preview.
            durations: The durations of earlier runs, to which this run is added; None to keep none.
            is_preview: Whether the operation is a preview.
            is_hidden: Whether to print the engine's lines only if the operation fails.
            options: Keyword arguments of the operation.

        Raises:
            EngineError: The operation failed. The reason was printed.
        """
        options = options or {}
        is_judged = bool(options.get("policy_packs"))
        failed = Ending(title, succeeded=False, is_preview=is_preview, is_judged=is_judged, next_step=AFTER_A_FAILURE)
        if self._display.is_live:
            view = LiveView(self._display.console, title, planned or Progress(), durations or Durations(None))
            shown = self._run_live(view, operation, options, failed)
        else:
            shown = self._run_as_lines(operation, options, failed, is_hidden=is_hidden)
        if durations is not None:
            durations.learn(shown.progress)
        return shown

    def report(self, shown: Shown, ending: Ending) -> None:
        """Print the summary of a run with a live view; otherwise only what the engine's lines lack."""
        if self._display.is_live:
            print_report(self._display.console, shown.progress, replace(ending, seconds=shown.seconds))
            return
        for line in (*ending.chain, *ending.kept):
            self._display.console.print(line, soft_wrap=True)

    def _run_live(
        self, view: LiveView, operation: Callable[..., object], options: Mapping[str, Any], failed: Ending
    ) -> Shown:
        printed: list[str] = []
        keep = printed.append
        try:
            with warned_of_after_success(), view, self._signals.left_to_the_engine(), _failing_as_engine_error():
                result = operation(color="never", on_output=keep, on_error=keep, on_event=view.add, **options)
        except EngineError:
            shown = Shown(view.progress, view.seconds, printed)
            if self._signals.exit_code is None:
                self._say_why(shown)
                self.report(shown, failed)
            else:
                self.report(shown, replace(failed, next_step=""))
            raise
        return Shown(view.progress, view.seconds, printed, result)

    def _say_why(self, failed: Shown) -> None:
        """Print the engine's last lines, if no event says why the run failed."""
        if names_a_cause(failed.progress):
            return
        for line in failed.printed[-_MOST_LAST_LINES:]:
            print_error(line)

    def _run_as_lines(
        self, operation: Callable[..., object], options: Mapping[str, Any], failed: Ending, *, is_hidden: bool
    ) -> Shown:
        progress, started = Progress(), time.monotonic()
        printed: list[str] = []

        def take(event: EngineEvent) -> None:
            progress.add(event, time.monotonic())

        shown = {"on_output": printed.append, "on_error": printed.append} if is_hidden else self._printing()
        try:
            with warned_of_after_success(), self._signals.left_to_the_engine(), _failing_as_engine_error():
                result = operation(color=self._display.color, on_event=take, **shown, **options)
        except EngineError:
            show = self._printing()["on_output"]
            for line in printed:
                show(line)
            rules = rules_not_asked(progress, failed)
            if rules:
                print_line(f"{incomplete(rules)}: {', '.join(rules)}")
            raise
        return Shown(progress, time.monotonic() - started, result=result)

    def _printing(self) -> dict[str, Callable[[str], None]]:
        if self._display.details:
            return {"on_output": print_line, "on_error": print_error}
        filtered = LineFilter()

        def show(line: str) -> None:
            for each in filtered.passed(line):
                print_line(each)

        return {"on_output": show, "on_error": print_error}


@contextmanager
def _failing_as_engine_error() -> Generator[None]:
    try:
        yield
    except CommandError as error:
        raise EngineError(exit_code(error)) from error
