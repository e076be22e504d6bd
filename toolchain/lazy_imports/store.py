"""Stores the parts of modules in a cache folder, one file for each module, as Python does with ``.pyc`` files."""

import marshal
import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from toolchain.lazy_imports.splitting import NotSplittableError, exported, split

_LENGTH = struct.Struct("<Q")
_PRELUDE = ""
"""The name of the code that runs at the import. No definition can have this name."""
_DAMAGED = (OSError, EOFError, ValueError, TypeError, struct.error)
"""Errors when a file is incomplete or was written by another program."""


@dataclass(frozen=True)
class Parts:
    """The parts of a module; each is read when it is needed."""

    stars: tuple[str, ...]
    """The sibling modules that are imported with ``import *``, in order."""
    exports: dict[str, str]
    """Name -> the module of the package that defines it; empty if the module is not a package."""
    _spans: dict[str, tuple[int, int]]
    _content: memoryview

    @property
    def names(self) -> list[str]:
        """The names of the classes and functions that the module defines."""
        return [name for name in self._spans if name != _PRELUDE]

    def defines(self, name: str) -> bool:
        """Check whether the module defines a class or function of this name."""
        return name != _PRELUDE and name in self._spans

    def definition(self, name: str) -> CodeType:
        """Return the code that creates the class or function of this name."""
        start, end = self._spans[name]
        return marshal.loads(self._content[start:end])  # noqa: S302 (as with .pyc files, the cache is the user's own)

    @property
    def prelude(self) -> CodeType:
        """The code that must run when the module is imported."""
        return self.definition(_PRELUDE)


class Store:
    """The cache of the parts of one installed package's modules."""

    def __init__(self, folder: Path) -> None:
        # each installed version has its own folder
        self._folder = folder

    def parts(self, module: str, source: Path, *, package: bool) -> Parts | None:
        """Return the parts of a module, from the cache or from its source.

        Args:
            module: The module's full name.
            source: The module's file.
            package: Whether the module is a package's ``__init__``.

        Returns:
            The parts; None if the module must be imported in the normal way.
        """
        kept = self._folder / f"{module}.parts"
        try:
            stamp = _stamp(source)
            found = _read(kept, stamp)
            if found is None:
                _write(kept, _content(source, stamp, package=package))
                found = _read(kept, stamp)
        except (OSError, SyntaxError, UnicodeDecodeError, NotSplittableError):
            return None
        return found


def _stamp(source: Path) -> tuple[int, int]:
    status = source.stat()
    return status.st_mtime_ns, status.st_size


def _read(path: Path, stamp: tuple[int, int]) -> Parts | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            content = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
        (length,) = _LENGTH.unpack_from(content)
        begin = _LENGTH.size + length
        made_from, size, stars, exports, spans = marshal.loads(content[_LENGTH.size : begin])  # noqa: S302
    except _DAMAGED:
        return None
    parts = memoryview(content)[begin:]
    return Parts(stars, exports, spans, parts) if (made_from, size) == (stamp, len(parts)) else None


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step, because other processes may write and read it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(new).replace(path)
    except OSError:
        Path(new).unlink(missing_ok=True)
        raise


def _content(source: Path, stamp: tuple[int, int], *, package: bool) -> bytes:
    parts = split(source.read_bytes(), str(source))
    exports: dict[str, str] = {}
    if package:
        for star in parts.stars:
            text = (source.parent / f"{star}.py").read_text(encoding="utf-8")
            exports.update(dict.fromkeys(exported(text), star))
    spans: dict[str, tuple[int, int]] = {}
    joined = bytearray()
    for name, code in ((_PRELUDE, parts.prelude), *parts.definitions.items()):
        blob = marshal.dumps(code)
        spans[name] = (len(joined), len(joined) + len(blob))
        joined += blob
    header = marshal.dumps((stamp, len(joined), parts.stars, exports, spans))
    return _LENGTH.pack(len(header)) + header + joined
