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
_PART: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{24,}+={0,2}(?![A-Za-z0-9+/_-])")
"""A part of a script that may be Base64, such as a file that cloud-init writes."""
_PARTS: Final = 200
"""As many parts of a script are unpacked."""
_GZIP: Final = b"\x1f\x8b"
_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS


def unpacked(text: str) -> str:
    """Decode Base64 of a text, and of a text that gzip packed.

    Args:
        text: Perhaps Base64, with the letters for URLs too; line breaks in it do no harm.

    Returns:
        What it stands for; empty when it is no Base64 of text.
    """
    if len(text) < _SHORTEST or not _BASE64.fullmatch(text, 0, LONGEST):
        return ""
    letters = "".join(text[:LONGEST].split()).replace("-", "+").replace("_", "/")
    try:
        packed = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
        return _unzipped(packed).decode()
    except (ValueError, binascii.Error, zlib.error):
        return ""


def _unzipped(packed: bytes) -> bytes:
    return zlib.decompressobj(_GZIP_HEADER).decompress(packed, LONGEST) if packed.startswith(_GZIP) else packed


def layers(text: str) -> Iterator[str]:
    """List a text and what is packed in it.

    Args:
        text: A script, or anything else.

    Yields:
        The text, what the whole of it stands for, and what each part of either stands for.
    """
    for layer in (text[:LONGEST], unpacked(text)):
        if layer:
            yield layer
            for number, part in enumerate(_PART.finditer(layer)):
                if number == _PARTS:
                    break
                if inner := unpacked(part[0]):
                    yield inner
