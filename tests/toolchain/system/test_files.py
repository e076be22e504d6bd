"""The toolchain writes files atomically, readable only by the user, and does not follow links."""

from pathlib import Path

import pytest

from toolchain.errors import ToolchainError
from toolchain.system import locks
from toolchain.system.files import private_folder, write_whole


def test_a_link_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "file"
    target.write_text("precious")
    path.symlink_to(target)
    write_whole(path, "new")
    assert (target.read_text(), path.read_text(), path.is_symlink()) == ("precious", "new", False)


def test_only_the_owner_reads_what_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", "x")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_failed_write_keeps_the_old_text_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "file", "\ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.parametrize(("options", "waits"), [({}, 1), ({"is_lasting": False}, 0)])
def test_only_what_is_to_last_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool], waits: int
) -> None:
    waited: list[int] = []
    monkeypatch.setattr("toolchain.system.files.os.fsync", waited.append)
    write_whole(tmp_path / "file", "text", **options)
    assert len(waited) == waits
    assert (tmp_path / "file").read_text() == "text"


def test_the_lock_never_empties_a_file_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(ToolchainError, match="must be a file and no link"), locks.alone(tmp_path / "lock"):
        pytest.fail("it was taken")
    assert (tmp_path / "target").read_text() == "precious"


def test_a_private_folder_is_no_link_and_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    with pytest.raises(ToolchainError, match="must be a folder and no link"):
        private_folder(tmp_path / "link")
    assert private_folder(tmp_path / "open").stat().st_mode & 0o777 == 0o700
    assert private_folder(tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolchain.system.files.os.geteuid", lambda: 12345)
    with pytest.raises(ToolchainError, match="belongs to another user"):
        private_folder(tmp_path / "folder")
