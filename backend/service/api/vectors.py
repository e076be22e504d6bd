"""Converts texts to vectors, for a search that tolerates typing errors: letter trigrams, hashed into few dimensions.

This needs no model and no other service. Two texts with many common trigrams have vectors at a small angle, which
pgvector finds with its index.
"""

import math
import unicodedata
import zlib
from typing import Final

DIMENSIONS: Final = 256
"""Dimensions of a vector; the column `certificates.embedding` has the same number."""
MAX_DISTANCE: Final = 0.75
"""Maximum cosine distance of a result. A certificate's text is longer than the searched text: two of its words with one
wrong letter each have a distance of about 0.65, words that are not in it above 0.85."""


def embed(text: str) -> list[float]:
    """Return the vector of a text.

    Args:
        text: Any text. Case, accents, and characters other than letters and digits are ignored.

    Returns:
        A vector of length 1; zeros for a text without a letter or digit.
    """
    vector = [0.0] * DIMENSIONS
    for word in words_of(text):
        padded = f"  {word} "
        for start in range(len(padded) - 2):
            hashed = zlib.crc32(padded[start : start + 3].encode())
            vector[hashed % DIMENSIONS] += 1.0 if hashed & 0x8000_0000 else -1.0
    length = math.sqrt(sum(each * each for each in vector))
    return [each / length for each in vector] if length else vector


def words_of(text: str) -> list[str]:
    """Split a text into words in lower case and without accents."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in plain).split()


def literal(vector: list[float]) -> str:
    """Return a vector in pgvector's text form."""
    return "[" + ",".join(f"{each:.6g}" for each in vector) + "]"
