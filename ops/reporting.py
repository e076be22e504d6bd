"""Prints the events of an operation: lines of text or JSON, and on a terminal a table that is updated in place."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import typer
from rich.console import Console, RenderableType
from rich.live import Live

from ops.cli import printable

_WIDTH: Final = 160
"""Width in characters of output that goes to a file or a pipe."""


class Reporter:
    """Prints events as they happen.

    Args:
        as_json: Whether each event is a line of JSON on standard output.
        console: Where lines and tables go; standard output when None.
    """

    def __init__(self, *, as_json: bool = False, console: Console | None = None) -> None:
        self.as_json = as_json
        width = None if sys.stdout.isatty() else _WIDTH
        self._console = console or Console(highlight=False, emoji=False, markup=False, width=width)
        self._live: Live | None = None

    def say(self, event: str, text: str, **details: Any) -> None:
        """Print an event.

        Args:
            event: The event's name, for programs.
            text: The event's description, for people.
            details: Further keys of the event for ``--json``; no secrets.
        """
        if self.as_json:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            typer.echo(json.dumps({"event": event, "at": at, "text": text, **details}, default=str))
        else:
            self._console.print(printable(text), soft_wrap=True)

    @contextmanager
    def live(self) -> Generator[None]:
        """Show a table on the terminal during the block; without a terminal or with ``--json`` there is no table."""
        if self.as_json or not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def show(self, table: RenderableType) -> None:
        """Replace the table that `live` shows."""
        if self._live is not None:
            self._live.update(table, refresh=True)

    def table(self, table: RenderableType) -> None:
        """Print a table once; not with ``--json``."""
        if not self.as_json:
            self._console.print(table)

    def result(self, result: dict[str, Any]) -> None:
        """Print an operation's result as JSON, if ``--json`` was given."""
        if self.as_json:
            typer.echo(json.dumps(result, default=str))
