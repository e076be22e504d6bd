"""The summary of a destroy names what remains."""

import io

from rich.console import Console

from tests.toolchain.view.test_view import SCREEN, replayed, text_of
from toolchain.state.protection import Kept, Price
from toolchain.summary import kept_lines
from toolchain.view.report import MOST_KEPT, Ending, print_report

KEY = Kept("Key data (retained)", Price(1.0, "month"))


def test_what_is_kept_stands_in_the_summary_before_its_outcome() -> None:
    ending = Ending("destroy of dev", succeeded=True, seconds=9, kept=kept_lines([KEY], done=True))
    lines = text_of(replayed("up-changing"), ending).splitlines()
    at = lines.index("Kept, from now on at most 1.00 USD a month where known:")
    assert lines[at + 1] == "  Key data (retained): 1.00 USD a month"
    assert lines[at + 2].startswith("destroy of dev done in 9 s: ")


def test_a_preview_names_what_will_remain() -> None:
    assert kept_lines([KEY], done=False) == [
        "This keeps, from now on at most 1.00 USD a month where known:",
        "  Key data (retained): 1.00 USD a month",
    ]


def test_nothing_kept_is_no_line() -> None:
    assert kept_lines([], done=True) == []


def test_the_summary_still_fits_on_a_screen() -> None:
    many = kept_lines([KEY] * 50, done=True)
    ending = Ending("destroy of dev", succeeded=True, kept=many, next_step="go")
    console = Console(record=True, width=120, height=SCREEN, file=io.StringIO(), highlight=False)
    print_report(console, replayed("up-changing"), ending)
    lines = console.export_text().splitlines()
    assert len(lines) <= SCREEN
    assert f"  and {len(many) - MOST_KEPT} more (--details)" in lines
