"""What the command line says of its verbs."""

import pytest

from ops.cli import main


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
