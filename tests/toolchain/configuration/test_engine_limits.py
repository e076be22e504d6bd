"""What the engine cannot read in a stack's file is refused with the file and the key."""

from pathlib import Path

import pytest

from toolchain.configuration.engine_limits import refuse_environment
from toolchain.driver import Driver
from toolchain.errors import ToolchainError
from toolchain.modes import Operation
from toolchain.project import Project, configuration_of


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return Project(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: {tags: {a: .nan}}", "config.tags.a: nan is not allowed; allowed: a number"),
        ("config: {shop:a: {b: [1, -.inf]}}", "config.shop:a.b[1]: -inf is not allowed; allowed: a number"),
        ("config: {tags: {1: .inf}}", "config.tags.1: inf is not allowed; allowed: a number"),
        ("config: {7: x}", "config.7: the key is no text: put it in quotes"),
        ("config: {on: x}", "config.True: the key is no text: put it in quotes"),
        ("7: x", "7: the key is no text: put it in quotes"),
        ("a: [{7: x}]", "a[0].7: the key is no text: put it in quotes"),
    ],
)
def test_what_the_engine_cannot_read_is_refused_with_its_key(project: Project, text: str, said: str) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(ToolchainError) as raised:
        configuration_of(project, "dev")
    assert str(raised.value) == f"Pulumi.dev.yaml: {said}"


def test_a_section_of_the_configuration_may_have_any_keys_and_numbers(project: Project) -> None:
    (project.root / "Pulumi.dev.yaml").write_text("config: {tags: {1: 2.5, off: {2: 3}}}")
    assert configuration_of(project, "dev") == {"tags": {1: 2.5, False: {2: 3}}}


@pytest.mark.parametrize("text", ["7", "[team/dev]", "{values: {a: b}}"])
def test_an_environment_needs_pulumi_cloud(project: Project, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(f"environment: {text}\n")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    with (
        pytest.raises(
            ToolchainError, match=r"^Pulumi\.dev\.yaml: environment at the top .* config\.service\.environment$"
        ),
        Driver(project, print).run(Operation.PREVIEW, "dev"),
    ):
        pass


@pytest.mark.parametrize("content", [{}, {"environment": None}, {"environment": []}])
def test_no_environment_is_allowed(project: Project, content: dict[str, object]) -> None:
    refuse_environment(project.root / "Pulumi.dev.yaml", content)
