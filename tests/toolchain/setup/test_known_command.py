import os

import pytest
from semver import VersionInfo

from toolchain.setup import known_command, pulumi_command

VERSION = pulumi_command.VERSION


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Folder of an installation, whose command line records each call in the file ``calls``."""
    executable = tmp_path / "root" / "bin" / "pulumi"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\necho called >> '{tmp_path / 'calls'}'\necho v{VERSION}\n")
    executable.chmod(0o755)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path / "root"


def calls(installed) -> int:
    return len((installed.parent / "calls").read_text().splitlines())


def test_an_installed_command_line_is_asked_once(installed):
    first = pulumi_command.find(installed)
    asked = calls(installed)
    assert asked == 1

    again = pulumi_command.find(installed)

    assert calls(installed) == asked
    assert (again.command, again.version) == (first.command, first.version)


def test_one_on_path_is_asked_once_each_time(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"{installed / 'bin'}:/usr/bin:/bin")

    for time in (1, 2):
        found = pulumi_command.find(tmp_path / "cache")
        assert (found.command, found.version, calls(installed)) == ("pulumi", VERSION, time)


def test_it_can_be_run_like_any_other(installed):
    pulumi_command.find(installed)

    result = known_command.recall(installed, VERSION).run(["whoami"], str(installed), {})

    assert result.stdout.strip() == f"v{VERSION}"


def change(path):
    path.write_text(path.read_text() + "\n")


def touch(path):
    os.utime(path, (1, 1))


def remove(path):
    path.unlink()


def forbid(path):
    path.chmod(0o644)


@pytest.mark.parametrize("changed", [change, touch, remove, forbid])
def test_another_file_is_asked_again(installed, changed):
    pulumi_command.find(installed)

    changed(installed / "bin" / "pulumi")

    assert known_command.recall(installed, VERSION) is None


def test_an_older_one_than_needed_is_not_taken(installed):
    pulumi_command.find(installed)

    assert known_command.recall(installed, VERSION) is not None
    assert known_command.recall(installed, VERSION.bump_patch()) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "x", "file": []}', '{"version": null, "file": null}'])
def test_a_damaged_note_is_none(installed, text):
    (installed / "verified.json").write_text(text)

    assert known_command.recall(installed, VersionInfo(1)) is None
    assert pulumi_command.find(installed) is not None
