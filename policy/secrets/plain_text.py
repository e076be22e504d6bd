"""Decodes texts in Base64, the form of EC2's user data, and decompresses gzip in them, as cloud-init does."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 1_000_000
"""Only so many characters of a text are read. AWS accepts no property that is longer."""
_SHORTEST: Final = 8
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]++[A-Za-z0-9+/_\s-]*+={0,2}\s*+")
_LINES: Final = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{40,}+[ \t]*+\r?\n[ \t]*+)++[A-Za-z0-9+/]*+={0,2}(?![A-Za-z0-9+/_-])"
)
"""A part of a script that may be Base64 over several lines."""
_PART: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{24,}+={0,2}(?![A-Za-z0-9+/_-])")
"""A part of a script that may be Base64, such as a file that cloud-init writes."""
_PARTS: Final = 200
"""Limit of the parts that are decoded from one text, on all levels together."""
_DEPTH: Final = 4
"""Limit of the levels of encoding inside each other."""
_MOST: Final = 3 * LONGEST
"""Limit of the characters that are decoded from one text: gzip can expand one byte to a thousand."""
_GZIP: Final = b"\x1f\x8b"
_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_WORDS: Final = re.compile(rb"[\t\n\r -~]{8}")
"""Distinguishes a text with some other bytes in it from data that is not text."""


def unpacked(text: str) -> str:
    """Decode a text in Base64, and decompress it if it is gzip.

    Args:
        text: A text that may be Base64, also with the alphabet for URLs, and with line breaks.

    Returns:
        The decoded text; empty when the text is not Base64 of a text. A byte that is not UTF-8 becomes the replacement
        character: a shell runs a script even if a character of a comment is wrong. UTF-16 loses its zero bytes.
    """
    if len(text) < _SHORTEST or not _BASE64.fullmatch(text, 0, LONGEST):
        return ""
    letters = "".join(text[:LONGEST].split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        packed = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
        plain = _unzipped(packed)
    except (ValueError, binascii.Error, zlib.error):
        return ""
    if b"\0" in plain:
        plain = plain.replace(b"\0", b"")
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode(errors="replace") if _WORDS.search(plain) else ""


def _unzipped(packed: bytes) -> bytes:
    return zlib.decompressobj(_GZIP_HEADER).decompress(packed, LONGEST) if packed.startswith(_GZIP) else packed


def layers(text: str) -> Iterator[str]:
    """Yield a text and all texts that are encoded in it.

    Args:
        text: A script, or any other text.

    Yields:
        The text, then the texts that the whole of it and its parts decode to, then those that are encoded in these.
    """
    level, parts, letters = [text[:LONGEST]], _PARTS, _MOST
    yield from level
    for _time in range(_DEPTH):
        inner: list[str] = []
        for layer in level:
            for part in _packed(layer):
                if parts == 0 or letters < 0:
                    return
                parts -= 1
                if plain := unpacked(part):
                    letters -= len(plain)
                    inner.append(plain)
                    yield plain
        level = inner


def _packed(text: str) -> Iterator[str]:
    """Yield what may be Base64 in a text: the whole text, and parts of it."""
    yield text
    lines = [match[0] for match in _LINES.finditer(text)] if "\n" in text else []
    yield from lines
    rest = _LINES.sub("", text) if lines else text
    yield from (match[0] for match in _PART.finditer(rest) if match[0] != text)
