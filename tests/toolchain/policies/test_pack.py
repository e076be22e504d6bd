"""The option --policy-pack-config: an invalid file is refused in one line, a valid configuration reaches the engine."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.toolchain.test_command_line import stack  # noqa: F401 - a fixture
from toolchain import __main__ as command_line
from toolchain.errors import ToolchainError
from toolchain.policies.pack import checked_configuration

RIGHT = '{"all": "advisory", "undecided-at-preview": "mandatory", "log-group-retention": {"minimum-days": 400}}'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_right_file_is_named_in_full_since_the_engine_runs_elsewhere(project: Path) -> None:
    (project / "ci.json").write_text(RIGHT)
    assert checked_configuration(Path("ci.json")) == str(project / "ci.json")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "there is no such file"),
        ("", "this is not JSON: "),
        ("{", "this is not JSON: "),
        ("\xff", "this is not JSON: "),
        ("[" * 100_000, "this is not JSON: "),
        ("[]", "the file must be an object whose keys are rules"),
        ('{"rds-multi": "mandatory"}', "rds-multi: no such rule"),
        (
            '{"rds-multi-az": "must"}',
            "rds-multi-az: enforcementLevel='must'; allowed are disabled, advisory, mandatory",
        ),
        ('{"rds-multi-az": {"zones": 2}, "x": 1}', "rds-multi-az: no such setting: zones; x: no such rule"),
        ('{"rds-multi-az": "disabled", "rds-multi-az": "advisory"}', "there twice: rds-multi-az"),
    ],
)
def test_what_is_no_configuration_is_one_line_before_anything_runs(
    project: Path,
    stack,  # noqa: F811 - the fixture
    text: str | None,
    why: str,
) -> None:
    if text is not None:
        (project / "ci.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ToolchainError, match=f"^--policy-pack-config=ci.json: {re.escape(why)}"):
        checked_configuration(Path("ci.json"))
    for command in (["preview", "dev"], ["up", "dev", "--yes"]):
        result = CliRunner().invoke(command_line.app, [*command, "--policy-pack-config", "ci.json"])
        assert result.exit_code == 2
        assert result.stderr.startswith(f"error: --policy-pack-config=ci.json: {why}")
        assert len(result.stderr.splitlines()) == 1
    assert stack.asked == []


def test_a_folder_is_no_file(project: Path) -> None:
    with pytest.raises(ToolchainError, match="this is no file"):
        checked_configuration(project)


@pytest.mark.parametrize("command", [["preview", "dev"], ["up", "dev", "--yes"]])
def test_it_reaches_every_operation_that_judges(project: Path, stack, command: list[str]) -> None:  # noqa: F811
    (project / "ci.json").write_text(RIGHT)
    result = CliRunner().invoke(command_line.app, [*command, "--policy-pack-config", "ci.json"])
    assert result.exit_code == 0, result.output
    judging = [stack.options[name] for name in stack.asked if name in {"preview", "up"}]
    assert len(judging) == (1 if command[0] == "preview" else 2)
    assert [options["policy_pack_configs"] for options in judging] == [[str(project / "ci.json")]] * len(judging)


def test_without_it_the_profile_alone_configures_the_pack(stack) -> None:  # noqa: F811
    assert CliRunner().invoke(command_line.app, ["preview", "dev"]).exit_code == 0
    assert stack.options["preview"]["policy_pack_configs"] == []
