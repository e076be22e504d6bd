"""The help texts of the command line."""

import pytest
import typer

from ops.cli import VERB_GROUPS, VERBS, application, main


@pytest.mark.parametrize("verb", ["smoke", "reference"])
def test_a_verb_without_subcommands_promises_none(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    usage = next(line for line in capsys.readouterr().out.splitlines() if "Usage:" in line)
    assert usage.split("Usage:")[1].split() == ["python", "-m", "ops", verb, "[OPTIONS]"]
    assert main([verb, "nothing"]) == 2
    said = capsys.readouterr().err
    assert "No such command" not in said
    assert "nothing" in said


def test_all_verbs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for verb in ("frontend", "openapi", "policies", "reference", "release", "smoke", "spot", "storage"):
        assert f"│ {verb} " in listed
    assert main(["nothing"]) == 2


@pytest.mark.parametrize("group", [*VERB_GROUPS, *VERBS])
def test_help_is_for_who_calls_it_and_not_for_who_reads_the_code(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = typer.main.get_command(application(group))
    found = getattr(command, "commands")[group]  # noqa: B009
    names = getattr(found, "commands", {})
    for words in ([group], *([group, name] for name in names)):
        assert main([*words, "--help"]) == 0
        printed = capsys.readouterr().out
        assert "Usage:" in printed
        for section in ("Args:", "Raises:", "Returns:"):
            assert section not in printed, words
