"""``python -m toolchain.setup_packages FILE``: installs the packages of a lock file, and shows how far it is.

pip is silent for minutes where its output goes to a pipe, and says too much elsewhere. This runs before any package is
there, so it needs the standard library only.
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
"""Packages between two lines."""
INTERRUPTED = 130
BEAT_SECONDS = 10.0
"""Between two lines while pip installs, of which it says nothing."""

_PINNED = re.compile(r"^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?==", re.MULTILINE)
_NAMED = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_LARGE = re.compile(r"^Downloading (\S+-\S+) (\([\d.]+ MB\))$")


def count_of(lock: str) -> int:
    """How many packages a lock file names."""
    return len(_PINNED.findall(lock))


@dataclass
class Progress:
    """What pip has said so far.

    Attributes:
        total: Packages that are to be there in the end.
        named: Packages that pip has come to.
        installs: Whether it has everything and installs.
    """

    total: int
    named: int = 0
    installs: bool = False

    def heard(self, line: str) -> str | None:
        """Take in a line of pip's; returns what is to be shown of it."""
        text = line.strip()
        if text.startswith("Ignoring "):  # it is for another system
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
        lock: The file.
        pip: The command that installs from it.

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
