"""Checks a stack's state file in a folder of this machine, keeps valid copies of it, and restores one.

The engine writes a new state for every step. When the disk is full, it replaces the whole file by the part that it
could write, and the next step copies that part over ``.bak`` as well. The engine does not notice: its library
(gocloud.dev ``blob.WriteAll``) hashes the data before the write, so its check on close succeeds. Therefore the
toolchain keeps its own valid copy.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from toolchain.errors import ToolchainError
from toolchain.system.files import private_folder, write_whole

_KEPT = "kept"
"""The folder beside the engine's ``.pulumi`` that holds the toolchain's copies."""


def backend_folder(url: str) -> Path | None:
    """Return the folder of a ``file://`` backend; None for any other backend."""
    if not url.startswith("file://"):
        return None
    return Path(unquote(url.removeprefix("file://").partition("?")[0])).expanduser()


@dataclass(frozen=True)
class Copy:
    """A valid copy of a state file."""

    path: Path
    written: datetime
    resources: int

    def __str__(self) -> str:
        return f"{self.path} ({self.written:%Y-%m-%d %H:%M:%S} UTC, {self.resources} resources)"


@dataclass(frozen=True)
class StateFile:
    """The state of one stack in a file backend.

    Attributes:
        folder: The backend's folder.
        project: The project's name.
        stack: The stack's name.
    """

    folder: Path
    project: str
    stack: str

    @property
    def path(self) -> Path:
        """The file that the engine reads and writes."""
        return self.folder / ".pulumi" / "stacks" / self.project / f"{self.stack}.json"

    @property
    def _kept(self) -> Path:
        return self.folder / _KEPT / self.project / f"{self.stack}.json"

    @property
    def _bak(self) -> Path:
        return self.path.with_name(f"{self.path.name}.bak")

    @property
    def _backups(self) -> Path:
        return self.folder / ".pulumi" / "backups" / self.project / self.stack

    def read(self) -> dict[str, Any] | None:
        """Return the deployment in the file; None if there is no file, empty if the stack has no deployment.

        Raises:
            ToolchainError: The file is damaged. The message names the newest valid copy and says how to restore it.
        """
        if not self.path.is_file():
            return None
        deployment = _deployment(self.path)
        if deployment is None:
            raise ToolchainError(self._damaged())
        return deployment

    def is_damaged(self) -> bool:
        """Check whether the file exists but is damaged."""
        return self.path.is_file() and _deployment(self.path) is None

    def keep(self) -> bool:
        """Keep the current file as the valid copy, if it is not damaged.

        The copy is a hard link, which uses no disk space: the engine replaces its file and never writes into it.

        Returns:
            False if the file is damaged.
        """
        if not self.path.is_file() or (self._kept.is_file() and self._kept.samefile(self.path)):
            return True
        private_folder(self.folder / _KEPT)
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        new = self._kept.with_suffix(".new")
        new.unlink(missing_ok=True)
        # linked before it is read, because the engine may replace the file at any time
        os.link(self.path, new)
        if _deployment(new) is None:
            new.unlink()
            return False
        new.replace(self._kept)
        return True

    def forget(self) -> None:
        """Remove all copies, also the engine's, after the stack was removed."""
        for path in (self._kept, self._bak, self.path.with_name(f"{self.path.name}.damaged")):
            path.unlink(missing_ok=True)
        for begun in self.path.parent.glob(f"{self.path.name}.*.tmp"):  # an engine was killed while it wrote
            begun.unlink(missing_ok=True)
        shutil.rmtree(self._backups, ignore_errors=True)
        for folder in (self._kept.parent, self._backups.parent, self.path.parent):
            with suppress(OSError):  # the folder holds files of another stack
                folder.rmdir()

    def has_others(self) -> bool:
        """Check whether the backend's folder has the state of another stack."""
        return any(path != self.path for path in (self.folder / ".pulumi" / "stacks").rglob("*.json"))

    def copies(self) -> list[Copy]:
        """Return the valid copies, newest first."""
        places = [self._kept, self._bak, *self._backups.glob(f"{self.stack}.*.json")]
        found = [copy for place in places if (copy := _copy(place)) is not None]
        # a copy with a time in the future was written before the clock was set back, so it counts as older
        now = datetime.now(UTC)
        return sorted(found, key=lambda copy: (copy.written <= now, copy.written), reverse=True)

    def restore(self) -> Copy:
        """Replace the file by its newest valid copy, and return that copy; the old file is kept as ``.damaged``.

        Raises:
            ToolchainError: There is no valid copy.
        """
        copies = self.copies()
        if not copies:
            raise ToolchainError(self._damaged())
        text = copies[0].path.read_text(encoding="utf-8")
        if self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
        write_whole(self.path, text)
        return copies[0]

    def make_private(self) -> None:
        """Let only the owner read the file and its copies, because a state names all resources of a stack."""
        for path in (self.path, self._bak, self._kept):
            with suppress(FileNotFoundError):
                path.chmod(0o600)

    def _damaged(self) -> str:
        copies = self.copies()
        if not copies:
            return f"the state {self.path} is damaged, and there is no valid copy beside it: restore one from a backup"
        return (
            f"the state {self.path} is damaged; the newest valid copy is {copies[0]}: "
            f"'python -m toolchain repair {self.stack}' puts it in place"
        )


def _deployment(path: Path) -> dict[str, Any] | None:
    """Return the deployment in a state file; empty for a stack without one, None if the file is damaged."""
    try:
        content: Any = json.loads(path.read_bytes())
        latest: dict[str, Any] = content["checkpoint"].get("latest") or {}
        list(cast("list[object]", latest.get("resources") or []))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return latest


def _copy(path: Path) -> Copy | None:
    deployment = _deployment(path)
    if deployment is None:
        return None
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return Copy(path, written, len(deployment.get("resources") or []))


def pending_operations(deployment: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield the pending operations of a killed run, each as its type (``creating``) and the resource's URN."""
    listed: list[dict[str, Any]] = (deployment or {}).get("pending_operations") or []
    for pending in listed:
        yield str(pending["type"]), str(pending["resource"]["urn"])
