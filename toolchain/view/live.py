"""Draws the live view of a run on a terminal: the progress of each component, its slow steps, and why they are slow."""

import threading
import time
import tomllib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pulumi.automation.events import EngineEvent
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from toolchain.system.printing import visible
from toolchain.view import urns
from toolchain.view.durations import Durations, seconds_left
from toolchain.view.progress import SAME, Progress, Status, Step, is_resource

SLOW_SECONDS = 20.0
"""If a step has run longer, the reason is shown too."""

_REDRAWS_PER_SECOND = 2
_NAME_WIDTH = 36
_BAR_WIDTH = 10
_COUNT_WIDTH = 7
_LINES_BESIDE_COMPONENTS = 4


class LiveView:
    """Draws a run while it lasts.

    Args:
        console: The terminal.
        title: The name of the run, such as ``up of local``.
        planned: The progress of the preview; empty if there was none.
        durations: The durations of earlier runs.
    """

    def __init__(self, console: Console, title: str, planned: Progress, durations: Durations) -> None:
        self.progress = planned.following()
        self._console = console
        self._title = title
        self._planned = planned
        self._changes = planned.changes()
        self._durations = durations
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=_REDRAWS_PER_SECOND, transient=True
        )

    def __enter__(self) -> "LiveView":  # noqa: PYI034 - final
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    @property
    def seconds(self) -> float:
        """The duration of the run so far."""
        return time.monotonic() - self._started

    def add(self, event: EngineEvent) -> None:
        """Add an event of the engine; called in a thread of the Automation API."""
        # an error in the view must not make the engine's run fail
        with suppress(Exception):
            with self._lock:
                before = len(self.progress.diagnostics)
                self.progress.add(event, time.monotonic())
                said = self.progress.diagnostics[before:]
            # Printing draws the view again, which takes the lock.
            for each in said:
                if each.severity == "info" and not (each.urn and is_resource(each.urn)):
                    self._console.print(visible(each.message), soft_wrap=True)

    def _draw(self) -> RenderableType:
        with self._lock:
            height = max(self._console.size.height - _LINES_BESIDE_COMPONENTS, 1)
            now = time.monotonic()
            left = seconds_left(self.progress, self._changes, self._durations, self._started, now)
            moment = Moment(now=now, so_far=now - self._started, left=left)
            return drawn(self.progress, self._planned, self._title, moment, height=height)


@dataclass(frozen=True)
class Moment:
    """The times that are drawn, in seconds.

    Attributes:
        now: The current time, on the clock of the run's events.
        so_far: The duration of the run so far.
        left: The least remaining time; None if unknown.
    """

    now: float
    so_far: float
    left: float | None = None


def drawn(progress: Progress, planned: Progress, title: str, moment: Moment, *, height: int) -> RenderableType:
    """Return the drawing of a run.

    Args:
        progress: The progress of the run.
        planned: The progress of the preview.
        title: The name of the run.
        moment: The times to draw.
        height: The largest number of rows for components.
    """
    is_known = moment.left is not None and not progress.is_finished
    time_left = f", at least {clock(moment.left or 0)} left" if is_known else ""
    heading = Text(f"{title}: {clock(moment.so_far)} so far{time_left}", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    counted = progress.done_by_component()
    totals = _totals(progress, planned)
    # rich narrows columns that may wrap; the text in the last column has its own ellipsis
    table.add_column(no_wrap=True, overflow="ellipsis", width=min(max(map(len, totals), default=1), _NAME_WIDTH))
    table.add_column(width=_BAR_WIDTH, no_wrap=True)
    table.add_column(justify="right", no_wrap=True, width=_COUNT_WIDTH)
    table.add_column()
    for component in list(totals)[:height]:
        done, total = counted.get(component, Counter[Status]()), totals[component]
        ended = done[Status.DONE] + done[Status.FAILED]
        bar = ProgressBar(total=max(total, 1), completed=ended, width=_BAR_WIDTH)
        table.add_row(visible(component), bar, f"{ended}/{total}", _doing(progress, component, moment.now))
    hidden = len(totals) - height
    return Group(heading, table, *([Text(f"and {hidden} more components")] if hidden > 0 else []))


def _totals(progress: Progress, planned: Progress) -> dict[str, int]:
    """Return the number of resources of each component, from the preview and from the run."""
    return dict(Counter((progress.components() | planned.components()).values()))


def _doing(progress: Progress, component: str, now: float) -> Text:
    """Return what a component is doing: its failure, or its longest running step and why that is slow."""
    failed = [step for step in progress.steps.values() if step.component == component and step.status is Status.FAILED]
    if failed:
        return _cut(f"failed: {visible(urns.label(failed[0].urn))}", "red")
    running = [step for step in progress.running() if step.component == component and step.change != SAME]
    if not running:
        return Text("")
    longest = min(running, key=lambda step: step.started)
    others = f" and {len(running) - 1} more" if len(running) > 1 else ""
    text = f"{_ing(longest)} {visible(urns.label(longest.urn))} {clock(now - longest.started)}{others}"
    reason = why_slow(longest.urn) if now - longest.started >= SLOW_SECONDS else None
    return _cut(f"{text}: {reason}", "yellow") if reason else _cut(text)


def _cut(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def why_slow(urn: str) -> str | None:
    """Return why AWS is slow with a resource of this type; None if unknown."""
    return _reasons().get(urns.type_of(urn))


def clock(seconds: float) -> str:
    """Format a duration, such as ``9 s`` or ``2 min 05 s``."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"  # noqa: PLR2004 - seconds a minute


def _ing(step: Step) -> str:
    words = {"create": "creating", "update": "updating", "replace": "replacing", "delete": "deleting"}
    return words[step.change]


@cache
def _reasons() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "slow.toml").read_text(encoding="utf-8"))
