"""The command line of a container."""

import shutil
import sys
from pathlib import Path

import pytest

from toolchain.datapath.tasks.commands import command_of, folder_of, health_command, inside, search_path
from toolchain.datapath.tasks.images import Image


@pytest.fixture
def image(tmp_path: Path) -> Image:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "start.sh").touch()
    return Image(
        tmp_path,
        "sha256:0",
        ("tini", "-s", "--", "/app/start.sh"),
        ("python", "-m", "service"),
        working_directory="/app",
    )


def test_tini_is_taken_from_this_machine_or_left_out(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    start = str(image.folder / "app" / "start.sh")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert command_of(image, {}, {}) == ["/usr/bin/tini", "-s", "--", start, "python", "-m", "service"]
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert command_of(image, {}, {}) == [start, "python", "-m", "service"]


def test_who_says_the_command_last_wins(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    start = str(image.folder / "app" / "start.sh")
    assert command_of(image, {"command": ["a"]}, {}) == [start, "a"]
    assert command_of(image, {"command": ["a"]}, {"command": ["b"]}) == [start, "b"]
    assert command_of(image, {"entryPoint": ["run"]}, {}) == ["run"]
    assert command_of(image, {"entryPoint": ["run"], "command": ["a"]}, {}) == ["run", "a"]


def test_paths_stay_within_the_image(image: Image) -> None:
    assert folder_of(image, {}) == image.folder / "app"
    assert folder_of(image, {"workingDirectory": "/"}) == image.folder
    assert inside(image.folder, "/../../etc") == image.folder
    assert command_of(image, {"entryPoint": ["/bin/sh", "/app/gone"]}, {}) == ["/bin/sh", "/app/gone"]


def test_this_pythons_programs_come_first() -> None:
    assert search_path("/venv/bin:/usr/bin") == f"{Path(sys.executable).parent}:/venv/bin:/usr/bin"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["CMD", "probe", "http://127.0.0.1:3333/live"], ["probe", "http://127.0.0.1:20001/live"]),
        (["CMD-SHELL", "curl localhost:3333 || exit 1"], ["/bin/sh", "-c", "curl 127.0.0.1:20001 || exit 1"]),
        (["CMD", "probe", "http://127.0.0.1:33334/"], ["probe", "http://127.0.0.1:33334/"]),
        (["NONE"], None),
    ],
)
def test_a_health_check_asks_the_processs_own_port(command: list[str], expected: list[str] | None) -> None:
    assert health_command({"command": command}, 3333, 20001) == expected


def test_no_health_check_is_none() -> None:
    assert health_command({}, 3333, 20001) is None
