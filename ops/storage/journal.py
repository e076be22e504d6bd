"""The journal of a migration: which files are done, in an SQLite file, so that a killed run can go on."""

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
    """The files of a migration, with the checksum of each file that is in the bucket.

    A file whose size or modification time has changed since the last scan counts as new. The list is not held in
    memory. Only one process can open a journal at a time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use a connection that `open_journal` or `copy_of_journal` made."""
        self._connection: Final = connection
        connection.executescript(_TABLES)

    def __enter__(self) -> Self:
        """Return this journal."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the journal."""
        self._connection.close()

    def belongs_to(self, bucket: str, folder: Path) -> None:
        """Record the folder and the bucket in a new journal; in an existing one check that they are the same.

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
        """Store a scan: new and changed files become pending, and files that are gone are deleted from the journal.

        If the scan raises an exception, the journal stays as it was.
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
        """Mark each done file as pending unless an object with its key and size was found.

        Args:
            found: Key and size in bytes of each object in the bucket.

        Returns:
            Number of files that became pending.
        """
        # SQLite can keep a temporary table in a file, so a bucket of any size fits.
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
        """Return four numbers: all files, their bytes, the pending files, their bytes."""
        row: tuple[int, int, int, int] = self._connection.execute(
            """SELECT count(*), coalesce(sum(size_bytes), 0), coalesce(sum(sha256 IS NULL), 0),
                      coalesce(sum(CASE WHEN sha256 IS NULL THEN size_bytes END), 0) FROM files"""
        ).fetchone()
        return row

    def pending(self) -> Iterator[LocalFile]:
        """Yield the pending files in the order of their keys; reads them from the journal in batches."""
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
        """Record that a file is in the bucket; it is written to disk before this returns."""
        with self._connection:
            self._connection.execute("UPDATE files SET sha256 = ? WHERE key = ?", (sha256, file.key))


def open_journal(path: Path) -> Journal:
    """Open a journal for this process alone; creates the file if it does not exist.

    Raises:
        ValueError: Another process has it open, or the file is not a journal.
    """
    _refuse_odd(path)
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
    """Copy a journal into memory; without a file, return an empty one. Nothing is written to disk.

    Raises:
        ValueError: Another process has the journal open, or the file is not a journal.
    """
    _refuse_odd(path)
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


def _refuse_odd(path: Path) -> None:
    # SQLite would wait for the writer of a named pipe.
    if path.exists() and not path.is_file():
        raise ValueError(f"{path}: not a journal of a migration (it is no regular file)")
