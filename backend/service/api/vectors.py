"""Texts as vectors, for a search that forgives typing errors: trigrams of letters, hashed into few dimensions.

No model and no service is needed. Two texts that share many trigrams have vectors at a small angle, which pgvector
finds by its index.
"""

import math
import unicodedata
import zlib
from typing import Final

DIMENSIONS: Final = 256
"""Of a vector; the column `certificates.embedding` has as many."""
MAX_DISTANCE: Final = 0.75
"""Cosine distance up to which a text counts as found. A certificate's text is some times as long as what is looked for:
two words of it with a wrong letter each are at about 0.65, words that are not in it above 0.85."""


def embed(text: str) -> list[float]:
    """Make the vector of a text, of length 1.

    Args:
        text: Any text. Case, accents and what is no letter or digit do not count.

    Returns:
        Zeros for a text without a letter or digit.
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
    """Split a text into words: lower case, without accents."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in plain).split()


def literal(vector: list[float]) -> str:
    """Write a vector as pgvector's text form."""
    return "[" + ",".join(f"{each:.6g}" for each in vector) + "]"
