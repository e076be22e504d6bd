"""The live view on a terminal."""

import io

from pulumi.automation.events import EngineEvent
from rich.console import Console

from toolchain.view.durations import Durations
from toolchain.view.live import LiveView
from toolchain.view.progress import Progress

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
DATABASE = "urn:pulumi:dev::shop::shop:index:ManagedData$aws:rds/instance:Instance::main"


def said(urn: str, severity: str, message: str) -> EngineEvent:
    about = {"urn": urn, "severity": severity, "message": message, "color": "never"}
    return EngineEvent.from_json({"diagnosticEvent": about})


def test_what_the_program_says_stands_above_the_live_view_at_once() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, height=40)
    with LiveView(console, "up of dev", Progress(), Durations(None)) as view:
        view.add(said(STACK, "info", "the name servers are \x1b]0;ns-1\x07"))
        view.add(said("", "info", "about nothing"))
        view.add(said(DATABASE, "info", "still creating"))
        view.add(said(STACK, "warning", "some warning"))
        shown = out.getvalue()
    assert "the name servers are" in shown
    assert "\x1b]0;" not in shown
    assert "about nothing" in shown
    assert "still creating" not in shown
    assert "some warning" not in shown
