"""Which folders are refused, and what is read from the files of valid folders."""

import hashlib
import os
from pathlib import Path

import pytest

from ops.frontend import folder
from ops.frontend.folder import Folder, FolderOptions, find_files, key_problem, read_files


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    made = tmp_path / "dist"
    (made / "assets").mkdir(parents=True)
    (made / "index.html").write_text("<!doctype html>")
    (made / "assets" / "app-DiwrgTda.js").write_text("1")
    return made


def read_folder(dist: Path, options: FolderOptions) -> Folder:
    return read_files(dist, find_files(dist, options), options)


def refused(dist: Path, options: FolderOptions | None = None) -> str:
    with pytest.raises(ValueError, match=r"\w") as error:
        read_folder(dist, options or FolderOptions())
    return str(error.value)


def test_files_are_known_by_their_content(dist: Path) -> None:
    (dist / "empty").mkdir()  # an empty subfolder is ignored
    seen: list[int] = []
    options = FolderOptions()
    read = read_files(dist, find_files(dist, options), options, lambda: seen.append(1))
    assert list(read.entries) == ["assets/app-DiwrgTda.js", "index.html"]
    assert read.entries["index.html"].sha256 == hashlib.sha256(b"<!doctype html>").hexdigest()
    assert read.size_bytes == 16
    assert seen == [1, 1]


def test_no_folder_an_empty_one_and_one_without_a_page(dist: Path, tmp_path: Path) -> None:
    assert "is not a folder: build the site" in refused(tmp_path / "missing")
    (tmp_path / "nothing" / "below").mkdir(parents=True)
    assert "the folder is empty" in refused(tmp_path / "nothing")
    (dist / "index.html").rename(dist / "home.html")
    assert "the folder has no index.html" in refused(dist)
    (dist / "index.html").touch()
    assert "index.html is empty" in refused(dist)


def test_source_maps_are_for_those_who_say_so(dist: Path) -> None:
    (dist / "assets" / "app-DiwrgTda.js.map").write_text("{}")
    (dist / "assets" / "b-DiwrgTda.js.map").write_text("{}")
    assert refused(dist) == (
        "'assets/app-DiwrgTda.js.map' is a source map, which shows visitors the source (and 1 more): leave it out of the"
        " build, or say --source-maps"
    )
    assert len(read_folder(dist, FolderOptions(source_maps=True)).entries) == 4


def test_a_source_map_within_a_script_is_one(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "CHUNK_BYTES", 16)
    script = dist / "assets" / "app-DiwrgTda.js"
    for before in range(32):  # wherever a chunk ends
        script.write_text("x" * before + "//# sourceMappingURL=data:application/json;base64,e30=")
        assert "holds a source map" in refused(dist)
    assert len(read_folder(dist, FolderOptions(source_maps=True)).entries) == 2


def test_hidden_files_are_for_those_who_say_so(dist: Path) -> None:
    (dist / ".well-known").mkdir()
    (dist / ".well-known" / "security.txt").write_text("Contact: mailto:a@example.com")
    assert len(read_folder(dist, FolderOptions()).entries) == 3
    (dist / ".git").mkdir()
    (dist / ".git" / "config").write_text("secret")
    assert "'.git/config' is hidden, and may not be for visitors" in refused(dist)
    assert len(read_folder(dist, FolderOptions(hidden_files=True)).entries) == 4


def test_links_within_the_folder_are_followed_and_others_refused(dist: Path, tmp_path: Path) -> None:
    (dist / "app.js").symlink_to(dist / "assets" / "app-DiwrgTda.js")
    assert read_folder(dist, FolderOptions()).entries["app.js"].size_bytes == 1
    (dist / "all").symlink_to(dist / "assets")
    assert "'all' is a link to a folder" in refused(dist)
    (dist / "all").unlink()
    (dist / "gone.js").symlink_to(dist / "nothing.js")
    assert "'gone.js' is a link to nothing" in refused(dist)
    (dist / "gone.js").unlink()
    (tmp_path / "dist-secrets").mkdir()
    for target in ("/etc/passwd", str(tmp_path), str(tmp_path / "dist-secrets")):
        (dist / "out").symlink_to(target)
        assert "'out' is a link out of the folder" in refused(dist)
        (dist / "out").unlink()


def test_what_is_no_file_is_refused(dist: Path) -> None:
    os.mkfifo(dist / "pipe")
    assert "'pipe' is neither a file nor a folder" in refused(dist)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("a\\b.js", "a backslash"),
        ("a+b.js", "a plus sign"),
        ("a*.js", "an asterisk"),
        ("a\nb.js", "a control character"),
        ("a\u202eb.js", "a control character"),
        ("cafe\u0301.js", "not Unicode's form NFC"),
        ("a/" * 512 + "b", "a path of 1025 bytes"),
        (os.fsdecode(b"\xff.js"), "not UTF-8"),
        (".releases/state.json", "where the releases are kept"),
    ],
)
def test_names_that_cannot_be_served(key: str, why: str) -> None:
    assert why in str(key_problem(key))


@pytest.mark.parametrize(
    "key", ["index.html", "a b.js", "caf\u00e9.js", "a/[id].html", "a@2x.png", "100%.html", "ñ/ü.js"]
)
def test_names_that_can(key: str) -> None:
    assert key_problem(key) is None


def test_a_name_that_cannot_be_served_is_refused_in_one_printable_line(dist: Path) -> None:
    Path(os.fsdecode(os.fsencode(dist) + b"/\xff\n\x1b.js")).touch()
    assert refused(dist).isprintable()


def test_text_that_is_not_utf8_gets_no_charset(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "CHUNK_BYTES", 3)  # chunks end in the middle of characters
    (dist / "a.txt").write_bytes("äöü€".encode())
    (dist / "b.txt").write_bytes("äöü€".encode("latin-1", "replace"))
    (dist / "c.txt").write_bytes("äöü€".encode()[:-1])
    read = read_folder(dist, FolderOptions())
    types = {key: read.entries[f"{key}.txt"].content_type for key in "abc"}
    assert types == {"a": "text/plain; charset=utf-8", "b": "text/plain", "c": "text/plain"}
    assert len(read.warnings) == 2
