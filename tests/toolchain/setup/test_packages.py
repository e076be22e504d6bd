"""The progress of set-up while pip installs, and that set-up fails if pip fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.setup import packages as setup_packages
from toolchain.setup.packages import EVERY, Progress, count_of, install

ROOT = Path(__file__).parents[3]
LOCK = "a==1 \\\n    --hash=sha256:00\nb-c[d]==2 ; python_version < '3.12' \\\n    --hash=sha256:00\n# via\ne.f==3\n"


def test_the_packages_of_a_lock_file_are_counted() -> None:
    assert count_of(LOCK) == 3
    assert count_of((ROOT / "requirements.lock").read_text()) > 100


def test_something_is_shown_of_packages_from_the_cache() -> None:
    progress, shown = Progress(2 * EVERY + 1), list[str]()
    said = ["Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment"]
    for number in range(2 * EVERY):
        said += [f"Collecting name-{number}==1.0 (from -r requirements.lock (line {number}))"]
        said += [f"  Using cached name_{number}-1.0-py3-none-any.whl (5.1 MB)"]
    said += ["Installing collected packages: " + ", ".join(f"name-{number}" for number in range(500))]
    said += ["Successfully installed name-0-1.0"]
    for line in said:
        each = progress.heard(f"{line}\n")
        shown += [] if each is None else [each]
    assert shown == [
        f"  {EVERY} of {2 * EVERY} packages are here, the last one name-{EVERY - 1}",
        f"  {2 * EVERY} of {2 * EVERY} packages are here, the last one name-{2 * EVERY - 1}",
        "  installing them",
    ]
    assert max(len(line) for line in shown) < 100


def test_what_is_large_is_named_and_the_rest_is_counted() -> None:
    progress = Progress(2)
    assert progress.heard("  Downloading https://example.test/a/pulumi_aws-7.0-py3.whl (14.2 MB)\n") == (
        "  downloading pulumi_aws 7.0 (14.2 MB)"
    )
    assert progress.heard("  Downloading small-1.0-py3-none-any.whl (14 kB)\n") is None
    assert progress.heard("     ---- 14.2/14.2 MB 1 MB/s\n") is None


def test_the_installation_is_counted_while_pip_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_packages, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(setup_packages.sysconfig, "get_path", lambda _: str(tmp_path))
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    (tmp_path / "go").mkdir()
    # it ends once a line about installed packages was printed
    program = (
        "import pathlib, sys, time\n"
        "print('Installing collected packages: a', flush=True)\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "(folder / 'a-1.dist-info').mkdir()\n"
        "deadline = time.monotonic() + 60\n"
        "while (folder / 'go').exists() and time.monotonic() < deadline: time.sleep(0.02)\n"
    )
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if "1 of them" in line and (tmp_path / "go").exists():
            (tmp_path / "go").rmdir()

    monkeypatch.setattr(setup_packages, "_say", say)
    assert install(lock, [sys.executable, "-c", program]) == 0
    assert said[0] == "  installing them"
    assert "  1 of them are installed" in said


def test_a_failure_of_pip_is_one_of_set_up(tmp_path: Path) -> None:
    """The exit code once came from a filter behind a pipe, so that an old package in the environment went unnoticed."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("no requirement at all\n")  # pip refuses it before it asks a registry
    command = [sys.executable, "-m", "toolchain.setup.packages", str(lock)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Invalid requirement" in run.stderr
    recipe = (ROOT / "Makefile").read_text().partition("\n$(READY):")[2].partition("\n\n")[0]
    assert "-m toolchain.setup.packages" in recipe
    assert " | " not in recipe
