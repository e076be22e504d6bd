"""The Makefile's commands, and the generated page of terminal output."""

import re
import subprocess
from pathlib import Path

from tests.toolchain.terminal import PAGE, page

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


def targets_with_recipe() -> set[str]:
    rules = re.findall(r"^([a-z][\w -]*):(?!=)[^\n]*\n\t", MAKEFILE, re.MULTILINE)
    return {name for names in rules for name in names.split()}


def test_every_command_that_is_named_does_something() -> None:
    named = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert named
    assert set(named[1].split()) == targets_with_recipe()


def test_help_lists_every_command_with_a_description() -> None:
    described = re.findall(r"^([a-z][\w -]*):(?!=)[^\n]* ## (.+)$", MAKEFILE, re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(described) > 10
    assert [names for names, text in described if not re.search(rf"make {names} +{re.escape(text)}", shown)] == []


def test_generate_runs_every_generator_of_a_page_or_table() -> None:
    recipe = MAKEFILE.partition("\ngenerate:")[2].partition("\n\n")[0]
    for module in (
        "toolchain.offline.generate",
        "configuration",
        "ops policies",
        "tests.prices",
        "tests.toolchain.terminal",
    ):
        assert f"-m {module}" in recipe


def test_the_recording_of_the_terminal_is_what_the_view_draws() -> None:
    """If this fails, run 'python -m tests.toolchain.terminal'."""
    assert PAGE.read_text() == page()
