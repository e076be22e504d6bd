"""Keeps the parts of modules in a cache folder, a file a module, as Python keeps its ``.pyc`` files."""

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
"""The name of what runs at the import, which no definition can have."""
_DAMAGED = (OSError, EOFError, ValueError, TypeError, struct.error)
"""What reading a file raises that is not whole, or is another program's."""


@dataclass(frozen=True)
class Parts:
    """A module's parts, each read when it is needed."""

    stars: tuple[str, ...]
    """The sibling modules of which everything is imported, in order."""
    exports: dict[str, str]
    """Of a package: which of its modules a name comes from."""
    _spans: dict[str, tuple[int, int]]
    _content: memoryview

    @property
    def names(self) -> list[str]:
        """What the module defines."""
        return [name for name in self._spans if name != _PRELUDE]

    def defines(self, name: str) -> bool:
        """Whether the module has a class or function of this name."""
        return name != _PRELUDE and name in self._spans

    def definition(self, name: str) -> CodeType:
        """What makes the class or function of this name."""
        start, end = self._spans[name]
        return marshal.loads(self._content[start:end])  # noqa: S302 (as with .pyc files, the cache is the user's own)

    @property
    def prelude(self) -> CodeType:
        """What must run when the module is imported."""
        return self.definition(_PRELUDE)


class Store:
    """The parts of the modules of one installed package."""

    def __init__(self, folder: Path) -> None:
        # a folder of its own for each installed version
        self._folder = folder

    def parts(self, module: str, source: Path, *, package: bool) -> Parts | None:
        """The parts of a module, made when they are not kept yet; None for one that must be imported in the plain way.

        Args:
            module: Its full name.
            source: Its file.
            package: Whether it is a package's ``__init__``.
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
    """Write a file that other processes may be writing and reading."""
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
