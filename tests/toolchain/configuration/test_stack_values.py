"""Values that operations set: in the checkout for stacks in AWS, in the emulator's folder for the local stack."""

import os
from pathlib import Path

import pytest
import yaml

from toolchain.configuration.stack_files import write_copy
from toolchain.configuration.stack_values import local_settings_file, set_value, value_of
from toolchain.errors import ToolchainError
from toolchain.local.stack import LocalStack
from toolchain.modes import Mode
from toolchain.project import Project

IMAGE = ("service", "image")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: house\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  house:service:\n    cpu: 256 # small\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  service:\n    cpu: 256\n  name: x\n")
    return Project(tmp_path)


def test_the_file_of_a_stack_in_aws_is_changed_and_keeps_its_mode(project: Project) -> None:
    file = project.stack_file("dev")
    file.chmod(0o644)
    assert value_of(project, "dev", IMAGE) is None
    assert set_value(project, "dev", IMAGE, "a:1") == file
    assert file.read_text() == "config:\n  house:service:\n    image: a:1\n    cpu: 256 # small\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert value_of(project, "dev", IMAGE) == "a:1"
    set_value(project, "dev", IMAGE, None)
    assert value_of(project, "dev", IMAGE) is None


def test_the_file_of_the_local_stack_stays_as_it_is(project: Project, tmp_path: Path) -> None:
    before = project.stack_file("local").read_text()
    file = set_value(project, "local", IMAGE, "a:1")
    assert file == tmp_path / ".platform" / "local" / "settings.yaml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert project.stack_file("local").read_text() == before
    assert value_of(project, "local", IMAGE) == "a:1"
    copies = tmp_path / "copies"
    copies.mkdir()
    write_copy(project, "local", copies, None)
    configuration = yaml.safe_load((copies / "Pulumi.local.yaml").read_text())["config"]
    assert configuration == {"service": {"cpu": 256, "image": "a:1"}, "name": "x"}


def test_the_only_local_value_is_taken_out_again(project: Project) -> None:
    set_value(project, "local", IMAGE, "a:1")
    set_value(project, "local", IMAGE, None)
    assert value_of(project, "local", IMAGE) is None
    assert value_of(project, "local", ("name",)) == "x"


def test_local_values_end_with_the_emulator(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    set_value(project, "local", IMAGE, "a:1")
    local = LocalStack(project, lambda _: None)
    local.remember(Mode.EMULATOR)
    monkeypatch.setattr("toolchain.emulator.process.Emulator.endpoint", lambda self: None)
    monkeypatch.setattr("toolchain.emulator.process.Emulator.start", lambda self: "http://127.0.0.1:1")
    local._emulator()
    assert not local_settings_file(project).exists()


def test_a_file_that_is_a_pipe_is_refused(project: Project) -> None:
    file = project.stack_file("dev")
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ToolchainError, match=r"^Pulumi\.dev\.yaml cannot be read: it is no regular file$"):
        set_value(project, "dev", IMAGE, "a:1")


def test_a_file_that_only_people_can_change_is_named(project: Project) -> None:
    project.stack_file("dev").write_text("config: {service: {cpu: 1}}\n")
    with pytest.raises(ToolchainError, match=r"Pulumi.dev.yaml: config.service.image cannot be changed"):
        set_value(project, "dev", IMAGE, "a:1")
