"""Decides the headers of a site's file, its type, caching and encoding, from its name and size."""

import mimetypes
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

INDEX: Final = "index.html"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""``Cache-Control`` of a file whose name changes with its content (RFC 8246, "HTTP Immutable Responses")."""
NO_CACHE: Final = "no-cache"
"""``Cache-Control`` of HTML, service workers, and other files that must not be mixed with those of another release:
browsers keep them, but validate them at each use (RFC 9111, section 5.2.2.4)."""
AN_HOUR: Final = "public, max-age=3600"
"""``Cache-Control`` of images, fonts and the like without a hash in their names: an old copy does no harm."""

COMPRESSED_UP_TO_BYTES: Final = 10_000_000
"""CloudFront compresses uncompressed objects of 1,000 to 10,000,000 bytes itself, with Brotli or gzip, whichever the
browser accepts (Amazon CloudFront Developer Guide, "Serve compressed files"). So only larger files are compressed here,
with gzip for every browser."""
GZIP: Final = "gzip"

_TYPES: Final = {
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".cjs": "text/javascript",
    ".css": "text/css",
    ".csv": "text/csv",
    ".eot": "application/vnd.ms-fontobject",
    ".geojson": "application/geo+json",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".opus": "audio/ogg",
    ".otf": "font/otf",
    ".rss": "application/rss+xml",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
}
"""Media types by the suffix of the name (IANA, "Media Types"; ``text/javascript`` from RFC 9239). Python's own table
lacks some of them, and reads files of the machine, which differ between machines."""
_OTHER_TYPES: Final = mimetypes.MimeTypes(filenames=())
_UNKNOWN: Final = "application/octet-stream"
_TEXT_BESIDES: Final = ("json", "xml", "javascript", "wasm", "geo+json", "manifest")
_PICTURES_AND_THE_LIKE: Final = ("image/", "font/", "audio/", "video/", "model/", "application/vnd.ms-fontobject")
_WELL_KNOWN: Final = {"apple-app-site-association": "application/json"}

_HEXADECIMAL: Final = re.compile(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}")
_EIGHT: Final = re.compile(r"[A-Za-z0-9_-]{8}")


@dataclass(frozen=True, order=True)
class Entry:
    """A file of a release, with its headers.

    Attributes:
        key: Key of the object that visitors get: the file's path in the folder.
        sha256: SHA-256 of the file in the folder, hexadecimal.
        size_bytes: Size of the file in the folder.
        content_type: Header ``Content-Type``.
        cache_control: Header ``Cache-Control``.
        encoding: Header ``Content-Encoding``; empty for a file that is stored without compression.
    """

    key: str
    sha256: str
    size_bytes: int
    content_type: str
    cache_control: str
    encoding: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether the file's name changes with its content, so that no other content ever gets this key."""
        return self.cache_control == IMMUTABLE

    @property
    def is_page(self) -> bool:
        """Whether the file is HTML: pages refer to other files, so they are published after them."""
        return is_page(self.content_type)


def is_page(content_type: str) -> bool:
    """Return whether a media type is that of an HTML page."""
    return content_type.startswith(("text/html", "application/xhtml+xml"))


def media_type(key: str) -> str:
    """Return a file's media type by its name, without a charset; the result is the same on every machine.

    Args:
        key: The file's path in the folder.
    """
    # Not with `PurePosixPath`, which takes half as long as to hash a small file
    name = key.rpartition("/")[2]
    suffix = posixpath.splitext(name)[1].lower()
    if suffix:
        return _TYPES.get(suffix) or _OTHER_TYPES.guess_type(f"x{suffix}")[0] or _UNKNOWN
    if key.partition("/")[0] == ".well-known":
        return _WELL_KNOWN.get(name, "text/plain")
    return _UNKNOWN


def is_text(content_type: str) -> bool:
    """Return whether a media type is text, so that its header needs a charset."""
    return content_type.startswith("text/")


def cache_control(key: str, content_type: str, *, fixed: Sequence[str] = (), changing: Sequence[str] = ()) -> str:
    """Decide how long browsers and CloudFront cache a file.

    Args:
        key: The file's path in the folder.
        content_type: The file's media type.
        fixed: Patterns of files whose names change with their content, in addition to names with a hash.
        changing: Patterns of files whose names seem to have a hash, but do not change with the content.

    Returns:
        The header ``Cache-Control``.
    """
    if is_page(content_type):
        return NO_CACHE
    if not _matches(key, changing) and (_matches(key, fixed) or has_hash(key)):
        return IMMUTABLE
    return AN_HOUR if content_type.startswith(_PICTURES_AND_THE_LIKE) else NO_CACHE


def has_hash(key: str) -> bool:
    """Return whether a name ends with a hash of the content, as bundlers write it.

    Before the suffix, a hash is 8 to 64 hexadecimal digits (webpack, Parcel), or 8 characters of base64url or base32
    (Vite, Rollup, esbuild) with a digit and a letter, or with capitals after the first character. For example
    ``app-DiwrgTda.js`` and ``main.3f2a1b9c.css`` have a hash, but ``img-20240101.png`` and ``logo-landscape.svg`` do
    not.

    Args:
        key: The file's path in the folder.
    """
    stem = key.rpartition("/")[2].removesuffix(".map").removesuffix(".LICENSE.txt")
    stem = stem.rpartition(".")[0]
    if _HEXADECIMAL.fullmatch(re.split(r"[-._]", stem)[-1]):
        return True
    before, last = stem[:-8], stem[-8:]
    return before.endswith(("-", ".", "_")) and _EIGHT.fullmatch(last) is not None and _is_chance(last)


def encoding(content_type: str, size_bytes: int) -> str:
    """Decide whether a file is stored compressed.

    Args:
        content_type: The file's media type.
        size_bytes: The file's size.

    Returns:
        ``gzip`` for text and similar types that are too large for CloudFront's compression; else an empty text.
    """
    compressible = is_text(content_type) or any(word in content_type for word in _TEXT_BESIDES)
    return GZIP if compressible and size_bytes > COMPRESSED_UP_TO_BYTES else ""


def _is_chance(token: str) -> bool:
    """Return whether eight characters are a hash and not a word; 0.1 % of Vite's hashes are taken for words."""
    letters = [character for character in token if character.isalpha()]
    with_digit = any(character.isdigit() for character in token) and bool(letters)
    capitals = any(c.isupper() for c in token[1:]) and any(c.islower() for c in token)
    return with_digit or capitals


def _matches(key: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)
