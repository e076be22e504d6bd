"""Reads texts that are packed: Base64, as EC2 takes user data, and gzip in it, as cloud-init unpacks it."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 1_000_000
"""Letters of a text that are looked at: no property that AWS takes is longer."""
_SHORTEST: Final = 8
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]++[A-Za-z0-9+/_\s-]*+={0,2}\s*+")
_LINES: Final = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{40,}+[ \t]*+\r?\n[ \t]*+)++[A-Za-z0-9+/]*+={0,2}(?![A-Za-z0-9+/_-])"
)
"""A part of a script that may be Base64 over several lines."""
_PART: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{24,}+={0,2}(?![A-Za-z0-9+/_-])")
"""A part of a script that may be Base64, such as a file that cloud-init writes."""
_PARTS: Final = 200
"""As many parts of a text are unpacked, and of what is in them."""
_DEPTH: Final = 4
"""As often is what was packed unpacked again."""
_MOST: Final = 3 * LONGEST
"""Letters that are unpacked from a text: gzip makes a thousand of one."""
_GZIP: Final = b"\x1f\x8b"
_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_WORDS: Final = re.compile(rb"[\t\n\r -~]{8}")
"""Tells a text with other bytes in it from what is no text at all."""


def unpacked(text: str) -> str:
    """Decode Base64 of a text, and of a text that gzip packed.

    Args:
        text: Perhaps Base64, with the letters for URLs too; line breaks in it do no harm.

    Returns:
        What it stands for; empty when it is no Base64 of text. A byte that is no UTF-8 becomes the replacement
        character, as a shell runs a script whatever one letter of a comment is; UTF-16 loses its zeros.
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
    """List a text and what is packed in it.

    Args:
        text: A script, or anything else.

    Yields:
        The text, what the whole of it stands for, what each part of either stands for, and so on.
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
    """List what of a text may be Base64: the whole of it, and parts."""
    yield text
    lines = [match[0] for match in _LINES.finditer(text)] if "\n" in text else []
    yield from lines
    rest = _LINES.sub("", text) if lines else text
    yield from (match[0] for match in _PART.finditer(rest) if match[0] != text)
