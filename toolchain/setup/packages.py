"""``python -m toolchain.setup.packages FILE`` installs the packages of a lock file, and prints its progress.

pip prints nothing for minutes if its output goes to a pipe, and otherwise too much. This module runs before any package
is installed, so it uses only the standard library.
"""

import re
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EVERY = 20
"""Number of packages between two lines of progress."""
INTERRUPTED = 130
BEAT_SECONDS = 10.0
"""Time between two lines of progress while pip installs, when pip prints nothing itself."""

_PINNED = re.compile(r"^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?==", re.MULTILINE)
_NAMED = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_LARGE = re.compile(r"^Downloading (\S+-\S+) (\([\d.]+ MB\))$")


def count_of(lock: str) -> int:
    """Return the number of packages in a lock file."""
    return len(_PINNED.findall(lock))


@dataclass
class Progress:
    """The progress of pip, from the lines that it has printed.

    Attributes:
        total: Number of packages to install.
        named: Number of packages that pip has named so far.
        installs: Whether pip has all packages and is installing them.
    """

    total: int
    named: int = 0
    installs: bool = False

    def heard(self, line: str) -> str | None:
        """Update the progress from one line of pip; return a line to print, or None."""
        text = line.strip()
        if text.startswith("Ignoring "):  # the package is for another system
            self.total -= 1
        elif found := _NAMED.match(text):
            self.named += 1
            if self.named % EVERY == 0 or self.named == self.total:
                return f"  {self.named} of {self.total} packages are here, the last one {found[1]}"
        elif found := _LARGE.match(text):
            name, version = Path(found[1]).name.split("-")[:2]
            return f"  downloading {name} {version} {found[2]}"
        elif text.startswith("Installing collected packages"):
            self.installs = True
            return "  installing them"
        return None


def install(lock: Path, pip: Iterable[str]) -> int:
    """Install the packages of a lock file into this Python's environment.

    Args:
        lock: The lock file.
        pip: The pip command that installs its packages.

    Returns:
        The command's exit code.
    """
    progress, began = Progress(count_of(lock.read_text(encoding="utf-8"))), time.time()
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(progress, began, ended), daemon=True)
    with subprocess.Popen([*pip], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace") as run:
        assert run.stdout is not None  # noqa: S101 (a pipe was asked for)
        beat.start()
        try:
            for line in run.stdout:
                shown = progress.heard(line)
                if shown is not None:
                    _say(shown)
        finally:
            ended.set()
            beat.join()
    return run.returncode


def _beat(progress: Progress, began: float, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        if progress.installs:
            _say(f"  {_installed_since(began)} of them are installed")


def _installed_since(began: float) -> int:
    folder = Path(sysconfig.get_path("purelib"))
    return sum(each.stat().st_mtime >= began for each in folder.glob("*.dist-info"))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the command line."""
    (lock,) = sys.argv[1:]
    options = ["--disable-pip-version-check", "--require-hashes", "--no-deps", "--no-input", "-r", lock]
    try:
        sys.exit(install(Path(lock), [sys.executable, "-m", "pip", "install", *options]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
