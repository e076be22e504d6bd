"""The site's packages are installed for a copy when its lock file has changed, and once for all tests."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops.frontend.build import build_site
from tests.npm_packages import NAMES, give_packages

NPM = """#!/bin/sh
echo "$@" >> said
if [ "$1" = ci ]; then rm -rf node_modules && mkdir node_modules; else mkdir -p dist; fi
"""
"""Writes its arguments to a file, and makes the folders that npm would make."""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm that installs nothing, and a Node.js that is new enough."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, content in {"npm": NPM, "node": "#!/bin/sh\necho v20.19.0\n"}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")


def site(folder: Path, content: str = "{}") -> Path:
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / name).write_text(content)
    return folder


@pytest.mark.usefixtures("npm")
def test_a_build_installs_the_packages_when_the_lock_file_has_changed(tmp_path: Path) -> None:
    folder = site(tmp_path / "site")
    install, build = "ci --prefer-offline --no-audit --no-fund", "run build"
    assert build_site(folder) == folder / "dist"
    build_site(folder)
    assert (folder / "said").read_text().splitlines() == [install, build, build]
    site(folder, "{ }")
    build_site(folder)
    assert (folder / "said").read_text().splitlines()[3:] == [install, build]


class Installations:
    """Stands for `npm ci`, and counts."""

    def __init__(self, *, fail: bool = False) -> None:
        self.seen: list[str] = []
        self._fail = fail
        self._lock = threading.Lock()

    def __call__(self, folder: Path) -> None:
        with self._lock:
            self.seen.append((folder / NAMES[1]).read_text())
        (folder / "node_modules" / ".bin").mkdir(parents=True)
        (folder / "node_modules" / "a.js").write_text(json.dumps(self.seen))
        if self._fail:
            raise KeyboardInterrupt
        (folder / "node_modules" / ".bin" / "a").symlink_to("../a.js")


def test_packages_are_installed_once_for_all_copies(tmp_path: Path) -> None:
    install, kept = Installations(), tmp_path / "kept"
    copies = [site(tmp_path / str(number)) for number in range(8)]
    with ThreadPoolExecutor(len(copies)) as pool:
        list(pool.map(lambda copy: give_packages(copy, kept=kept, install=install), copies))
    assert install.seen == ["{}"]
    assert {(copy / "node_modules" / ".bin" / "a").read_text() for copy in copies} == {'["{}"]'}


def test_another_lock_file_replaces_them_and_what_was_killed_is_not_used(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        give_packages(site(tmp_path / "1"), kept=kept, install=Installations(fail=True))
    assert not (tmp_path / "1" / "node_modules").exists()
    first, second = Installations(), Installations()
    give_packages(site(tmp_path / "2"), kept=kept, install=first)
    assert (tmp_path / "2" / "node_modules" / ".bin" / "a").exists()
    give_packages(site(tmp_path / "3", "{ }"), kept=kept, install=second)
    assert (first.seen, second.seen) == (["{}"], ["{ }"])
    assert len([path for path in kept.iterdir() if path.is_dir()]) == 1
