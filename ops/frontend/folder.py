"""Reads a folder that is to become a release, and refuses files that cannot or should not be served."""

import codecs
import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ops.frontend import files
from ops.frontend.files import INDEX, Entry
from spot_planning.site.releases import RELEASES_PREFIX

MAX_KEY_BYTES: Final = 1024
"""Maximum length of a key (Amazon S3 User Guide, "Naming Amazon S3 objects")."""
MAX_FILE_BYTES: Final = 5 * 1024**3
"""Maximum size of an object in one request to send or copy it, 5 GiB (Amazon S3 User Guide, "Uploading objects")."""
SHOWN: Final = 3
CHUNK_BYTES: Final = 1024 * 1024
_OPEN: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_UNSERVABLE: Final = {
    "\\": "a backslash, which browsers take for a slash",
    "+": "a plus sign, which Amazon S3 takes for a space in a URL",
    "*": "an asterisk, which CloudFront takes for a wildcard in an invalidation",
}
_INLINE_MAP: Final = b"sourceMappingURL=data:"


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """The user's options for reading a folder.

    Attributes:
        source_maps: Whether source maps may be published.
        hidden_files: Whether files and folders whose names begin with a dot may be published; ``.well-known`` always
            may.
        fixed: Patterns of files whose names change with their content.
        changing: Patterns of files whose names seem to have a hash, but do not change with the content.
    """

    source_maps: bool = False
    hidden_files: bool = False
    fixed: Sequence[str] = ()
    changing: Sequence[str] = ()


@dataclass
class Folder:
    """The files of a folder that can be a release.

    Attributes:
        root: Path of the folder.
        entries: The files, by key.
        warnings: Warnings for the user.
        made: Contents of added files that are not in the folder on the disk, by key.
    """

    root: Path
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    warnings: list[str] = field(default_factory=list[str])
    made: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def source(self, key: str) -> Path | bytes:
        """Return the path of a file, or the content of an added file."""
        return self.made[key] if key in self.made else self.root / key

    @property
    def size_bytes(self) -> int:
        """Size of all files together."""
        return sum(entry.size_bytes for entry in self.entries.values())


def find_files(root: Path, options: FolderOptions) -> dict[str, str]:
    """Find all files of a folder, and refuse a folder that cannot be a release; nothing is read yet.

    Args:
        root: The folder, such as ``frontend/dist``.
        options: The user's options.

    Returns:
        Key -> path, for `read_files`.

    Raises:
        ValueError: The folder cannot be a release: it has no ``index.html``, or has source maps, hidden files, links
            out of the folder, or names that cannot be served.
        OSError: A folder cannot be read.
    """
    paths = list_files(root)
    _refuse(paths, options)
    return paths


def read_files(
    root: Path, paths: Mapping[str, str], options: FolderOptions, on_file: Callable[[], None] = lambda: None
) -> Folder:
    """Read and hash the files of a folder.

    Args:
        root: The folder.
        paths: Its files, from `find_files`.
        options: The user's options.
        on_file: Called after each file.

    Returns:
        The files, with their headers.

    Raises:
        ValueError: A file has a source map in it, or ``index.html`` is empty.
        OSError: A file cannot be read.
    """
    folder = Folder(root)
    for key, path in paths.items():
        folder.entries[key] = _entry(key, path, options, folder.warnings)
        on_file()
    if folder.entries[INDEX].size_bytes == 0:
        raise ValueError(f"{root / INDEX} is empty: build the site again")
    return folder


def list_files(root: Path) -> dict[str, str]:
    """List the files of a folder, in the order of their keys.

    A link to a file in the folder counts as that file. Any other link is refused.

    Args:
        root: The folder.

    Returns:
        Key -> path.

    Raises:
        ValueError: The path is no folder, or the folder has an entry that is neither a file nor a folder, or a file
            that is too large.
        OSError: A folder cannot be read.
    """
    if not root.is_dir():
        raise ValueError(f"{root} is not a folder: build the site, and name the folder with its {INDEX}")
    return dict(sorted(_files_below(str(root), "", os.path.realpath(root))))


def _files_below(folder: str, prefix: str, real: str) -> Iterator[tuple[str, str]]:
    """Yield key and path of each file; the paths are no `Path` objects, which take longer than reading the files."""
    with os.scandir(folder) as entries:
        for entry in entries:
            key = f"{prefix}{entry.name}"
            state = entry.stat(follow_symlinks=False)
            if stat.S_ISLNK(state.st_mode):
                state = _followed(key, entry.path, real)
            if stat.S_ISDIR(state.st_mode):
                yield from _files_below(entry.path, f"{key}/", real)
            elif not stat.S_ISREG(state.st_mode):
                raise ValueError(f"{_shown(key)} is neither a file nor a folder: remove it")
            elif state.st_size > MAX_FILE_BYTES:
                raise ValueError(f"{_shown(key)} has {state.st_size} bytes; at most {MAX_FILE_BYTES} can be served")
            else:
                yield key, entry.path


def key_problem(key: str) -> str | None:
    """Return why a file with this name cannot be served; None when it can.

    Sources: Amazon S3 User Guide, "Naming Amazon S3 objects"; Amazon CloudFront Developer Guide, "Invalidation paths";
    for the plus sign rust-lang/crates.io issue 4891, which has measured it.

    Args:
        key: The file's path in the folder.
    """
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        return "a name that is not UTF-8"
    if length > MAX_KEY_BYTES:
        return f"a path of {length} bytes, and at most {MAX_KEY_BYTES} are allowed"
    if not key.isprintable():
        return "a control character in its name"
    if key.startswith(RELEASES_PREFIX):
        return f"a place below {RELEASES_PREFIX}, where the releases are kept"
    if not unicodedata.is_normalized("NFC", key):
        return "letters and accents apart in its name (not Unicode's form NFC), as links do not write them"
    return next((why for character, why in _UNSERVABLE.items() if character in key), None)


def _refuse(paths: dict[str, str], options: FolderOptions) -> None:
    if not paths:
        raise ValueError("the folder is empty: build the site first")
    if INDEX not in paths:
        raise ValueError(f"the folder has no {INDEX}: name the folder that the build writes, such as dist")
    for key in paths:
        why = key_problem(key)
        if why is not None:
            raise ValueError(f"{_shown(key)} has {why}: rename it")
    if not options.hidden_files:
        _refuse_all((key for key in paths if _is_hidden(key)), "is hidden, and may not be for visitors", "hidden-files")
    if not options.source_maps:
        maps = (key for key in paths if key.lower().endswith(".map"))
        _refuse_all(maps, "is a source map, which shows visitors the source", "source-maps")


def _refuse_all(found: Iterator[str], what: str, option: str) -> None:
    keys = list(found)
    if keys:
        more = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
        raise ValueError(f"{_shown(keys[0])} {what}{more}: leave it out of the build, or say --{option}")


def _is_hidden(key: str) -> bool:
    parts = key.split("/")
    return any(part.startswith(".") for part in (parts[1:] if parts[0] == ".well-known" else parts))


def _entry(key: str, path: str, options: FolderOptions, warnings: list[str]) -> Entry:
    content_type = files.media_type(key)
    is_text = files.is_text(content_type)
    utf8 = _Utf8()
    digest, size, end = hashlib.sha256(), 0, b""
    with open(os.open(path, _OPEN), "rb", buffering=0) as content:  # noqa: PTH123 (a Path would buffer what is read whole)
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            if not is_text:
                continue
            window = end + chunk
            if not options.source_maps and _INLINE_MAP in window:
                raise ValueError(
                    f"{_shown(key)} holds a source map, which shows visitors the source: leave it out of the build, or"
                    " say --source-maps"
                )
            end = window[-len(_INLINE_MAP) :]
            utf8.take(chunk)
    if is_text and not utf8.is_valid():
        warnings.append(f"{_shown(key)} is not UTF-8, so its charset is left to the browser")
    return Entry(
        key=key,
        sha256=digest.hexdigest(),
        size_bytes=size,
        content_type=f"{content_type}; charset=utf-8" if is_text and utf8.is_valid() else content_type,
        cache_control=files.cache_control(key, content_type, fixed=options.fixed, changing=options.changing),
        encoding=files.encoding(content_type, size),
    )


class _Utf8:
    """Checks whether a content that is read in parts is UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_valid = True

    def take(self, part: bytes, *, final: bool = False) -> None:
        """Check the next part."""
        try:
            self._decoder.decode(part, final)
        except UnicodeDecodeError:
            self._is_valid = False

    def is_valid(self) -> bool:
        """Return whether all parts together are UTF-8; no part may follow."""
        self.take(b"", final=True)
        return self._is_valid


def _followed(key: str, path: str, real: str) -> os.stat_result:
    target = os.path.realpath(path)
    if not target.startswith(f"{real}{os.sep}"):
        raise ValueError(f"{_shown(key)} is a link out of the folder: copy what it leads to, or remove it")
    try:
        state = os.stat(path)  # noqa: PTH116
    except OSError as error:
        raise ValueError(f"{_shown(key)} is a link to nothing: remove it") from error
    if stat.S_ISDIR(state.st_mode):
        raise ValueError(f"{_shown(key)} is a link to a folder: copy what it leads to, or remove it")
    return state


def _shown(name: str) -> str:
    shown = ascii(name)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."  # noqa: PLR2004
