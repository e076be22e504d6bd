"""What a run on the local stack writes, beside another one."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from toolchain.local_stack import LocalStack
from toolchain.modes import Mode, Operation
from toolchain.project import Project

ENDPOINT = "http://127.0.0.1:4566"
SALT = "v1:salt"


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStack:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {shop:aws: {region: us-east-1}}\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    monkeypatch.setattr("toolchain.local_stack.Emulator.endpoint", lambda _: ENDPOINT)
    monkeypatch.setattr("toolchain.local_stack.DataPath.serve", lambda *_: False)
    return LocalStack(Project(tmp_path), lambda _: None)


def prepared(local: LocalStack, operation: Operation) -> Path:
    return local.prepare(operation, Mode.EMULATOR, {}, None)


def salted(folder: Path) -> Path:
    """The stack's file as the engine leaves it after its first run."""
    file = folder / "Pulumi.local.yaml"
    file.write_text(f"encryptionsalt: {SALT}\n{file.read_text()}")
    return file


def content(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "Pulumi.local.yaml").read_text())


@pytest.mark.parametrize("operation", [Operation.OUTPUTS, Operation.REPAIR, Operation.PREVIEW])
def test_what_changes_nothing_leaves_the_files_of_a_running_up(local: LocalStack, operation: Operation) -> None:
    file = salted(prepared(local, Operation.UP))
    before = file.read_text()
    assert ENDPOINT in before
    folder = prepared(local, operation)
    assert folder != file.parent
    assert file.read_text() == before
    assert content(folder)["encryptionsalt"] == SALT


def test_a_preview_gets_the_emulator_and_a_first_up_gets_the_salt_of_the_preview(local: LocalStack) -> None:
    previewed = prepared(local, Operation.PREVIEW)
    assert content(previewed)["config"]["shop:aws"]["endpoint_url"] == ENDPOINT
    salted(previewed)
    assert content(prepared(local, Operation.UP))["encryptionsalt"] == SALT


def test_a_destroy_that_may_still_be_refused_leaves_the_tasks(
    local: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr("toolchain.local_stack.DataPath.stop", lambda _: stopped.append("stopped"))
    prepared(local, Operation.DESTROY)
    assert stopped == []
    local.end_tasks()
    assert stopped == ["stopped"]
