"""What a migration has done: a small SQLite file, which survives a kill and never holds the list in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ops.storage.scan import LocalFile

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS files (
    key TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    scan INTEGER NOT NULL,
    sha256 TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS target (bucket TEXT NOT NULL, folder TEXT NOT NULL);
"""
_BATCH: Final = 1000


class Journal:
    """The files of a migration, and the checksum of each that is in the bucket.

    A file whose size or time has changed since counts as new. Only one process opens a journal at a time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use a connection that `open_journal` or `copy_of_journal` made."""
        self._connection: Final = connection
        connection.executescript(_TABLES)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self._connection.close()

    def belongs_to(self, bucket: str, folder: Path) -> None:
        """Note what is moved where, the first time; refuse anything else later.

        Raises:
            ValueError: The journal is that of another migration.
        """
        row = self._connection.execute("SELECT bucket, folder FROM target").fetchone()
        wanted = (bucket, str(folder))
        if row is None:
            with self._connection:
                self._connection.execute("INSERT INTO target VALUES (?, ?)", wanted)
        elif row != wanted:
            raise ValueError(f"the journal is that of {row[1]} to {row[0]}; name another with --journal")

    def take(self, files: Iterable[LocalFile]) -> None:
        """Take in a scan: new and changed files are to be moved, those that are gone are forgotten.

        Nothing is kept of a scan that a refusal ends.
        """
        with self._connection:
            (scan,) = self._connection.execute("SELECT coalesce(max(scan), 0) + 1 FROM files").fetchone()
            self._connection.executemany(
                """INSERT INTO files (key, path, size_bytes, modified_ns, scan) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (key) DO UPDATE SET
                       sha256 = CASE WHEN size_bytes = excluded.size_bytes AND modified_ns = excluded.modified_ns
                                THEN sha256 END,
                       path = excluded.path, size_bytes = excluded.size_bytes, modified_ns = excluded.modified_ns,
                       scan = excluded.scan""",
                ((each.key, each.path, each.size_bytes, each.modified_ns, scan) for each in files),
            )
            self._connection.execute("DELETE FROM files WHERE scan <> ?", (scan,))

    def keep_found(self, found: Iterable[tuple[str, int]]) -> int:
        """Forget that a file is done, unless its object was found.

        Args:
            found: Key and size in bytes of each object of the bucket.

        Returns:
            How many files were forgotten, and are to be moved again.
        """
        # SQLite keeps a temporary table in a file, so a bucket of any size fits.
        self._connection.execute("CREATE TEMP TABLE found (key TEXT PRIMARY KEY, size_bytes INTEGER) WITHOUT ROWID")
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO found VALUES (?, ?)", found)
                return self._connection.execute(
                    """UPDATE files SET sha256 = NULL
                       WHERE sha256 IS NOT NULL AND NOT EXISTS (
                           SELECT 1 FROM found WHERE found.key = files.key AND found.size_bytes = files.size_bytes
                       )"""
                ).rowcount
        finally:
            self._connection.execute("DROP TABLE found")

    def totals(self) -> tuple[int, int, int, int]:
        """Count: all files, their bytes, the files that are to be moved, their bytes."""
        row: tuple[int, int, int, int] = self._connection.execute(
            """SELECT count(*), coalesce(sum(size_bytes), 0), coalesce(sum(sha256 IS NULL), 0),
                      coalesce(sum(CASE WHEN sha256 IS NULL THEN size_bytes END), 0) FROM files"""
        ).fetchone()
        return row

    def pending(self) -> Iterator[LocalFile]:
        """Go through the files that are to be moved, in the order of their keys, a batch at a time."""
        last = ""
        while True:
            found = self._connection.execute(
                """SELECT key, path, size_bytes, modified_ns FROM files
                   WHERE sha256 IS NULL AND key > ? ORDER BY key LIMIT ?""",
                (last, _BATCH),
            ).fetchall()
            if not found:
                return
            for row in found:
                yield LocalFile(*row)
            last = found[-1][0]

    def done(self, file: LocalFile, sha256: str) -> None:
        """Note that a file is in the bucket; on the disk before this returns."""
        with self._connection:
            self._connection.execute("UPDATE files SET sha256 = ? WHERE key = ?", (sha256, file.key))


def open_journal(path: Path) -> Journal:
    """Open a journal, or begin one; this process alone.

    Raises:
        ValueError: Another process has it open, or the file is not a journal.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        connection.commit()
        return Journal(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        raise ValueError(f"{path}: another migration has it open ({error})") from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ValueError(f"{path}: not a journal of a migration ({error})") from error


def copy_of_journal(path: Path) -> Journal:
    """Make a journal in memory, with what the one on the disk knows; nothing is written.

    Raises:
        ValueError: The file is not a journal.
    """
    memory = sqlite3.connect(":memory:")
    if path.exists():
        kept = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)
        try:
            kept.backup(memory)
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path}: another migration has it open, or it is not a journal ({error})") from error
        finally:
            kept.close()
    return Journal(memory)
