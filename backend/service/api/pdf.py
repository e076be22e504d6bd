"""Makes small PDF files with a heading and some lines."""

import io
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import pydyf

_WIDTH: Final = 595
_HEIGHT: Final = 842
"""A4 in points."""
_LEFT: Final = 72
_LINE: Final = 20
MAX_LINES: Final = 34
"""Maximum number of lines on a page."""


def one_page(title: str, lines: Sequence[str]) -> bytes:
    """Make a PDF of one page.

    Args:
        title: The heading.
        lines: The lines below the heading; at most `MAX_LINES` are shown. Accents are removed, and letters of other
            scripts become question marks, because the standard fonts of PDF do not contain them.
    """
    document: Any = pydyf.PDF()
    font = pydyf.Dictionary(
        {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica", "Encoding": "/WinAnsiEncoding"}
    )
    document.add_object(font)
    content: Any = pydyf.Stream(compress=True)
    content.begin_text()
    y = _HEIGHT - 90
    for size, text in [(20, title), *((11, line) for line in lines[:MAX_LINES])]:
        content.set_font_size("F1", size)
        content.set_text_matrix(1, 0, 0, 1, _LEFT, y)
        content.show_text_string(_plain(text)[:90])
        y -= _LINE if size < 20 else 2 * _LINE  # noqa: PLR2004 (the heading)
    content.end_text()
    document.add_object(content)
    document.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": document.pages.reference,
                "MediaBox": pydyf.Array([0, 0, _WIDTH, _HEIGHT]),
                "Contents": content.reference,
                "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})}),
            }
        )
    )
    output = io.BytesIO()
    document.write(output)
    return output.getvalue()


def _plain(text: str) -> str:
    letters = (each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return "".join(letters).encode("ascii", "replace").decode("ascii")
