"""The order in which the tests look for a browser."""

from pathlib import Path

from tests.browser import COMPLETE, NAMES, find_chromium


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o700)
    return str(path)


def test_the_named_one_then_path_then_playwrights_newest_download(tmp_path: Path) -> None:
    downloads = tmp_path / ".cache" / "ms-playwright"
    environment = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    assert find_chromium(environment) is None
    unfinished = program(downloads / "chromium-1300" / "chrome-linux" / "chrome")
    assert find_chromium(environment) is None, f"{unfinished} has no {COMPLETE}"
    program(downloads / "chromium-999" / "chrome-linux" / "chrome")
    newest = program(downloads / "chromium-1200" / "chrome-linux64" / "chrome")
    for version in ("999", "1200"):
        (downloads / f"chromium-{version}" / COMPLETE).touch()
    assert find_chromium(environment) == newest
    on_path = program(tmp_path / "bin" / NAMES[-1])
    assert find_chromium(environment) == on_path
    assert find_chromium({**environment, "CHROMIUM": "/own/chrome"}) == "/own/chrome"


def test_playwrights_folder_may_be_elsewhere(tmp_path: Path) -> None:
    there = program(tmp_path / "chromium-1" / "chrome-linux" / "chrome")
    (tmp_path / "chromium-1" / COMPLETE).touch()
    assert find_chromium({"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": "/nowhere"}) == there
