"""Control sequences in printed text are escaped, so that the terminal does not execute them."""

import io

import pytest

from toolchain.system import printing

CASES = [
    ("plain text, ä, ✅ and\ttabs", "plain text, ä, ✅ and\ttabs"),
    ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
    ("\x1b[38;2;1;2;3mred", "\x1b[38;2;1;2;3mred"),
    ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),  # writes to the clipboard
    ("\x1b]0;title\x1b\\", "\\x1b]0;title\\x1b\\"),
    ("\x1b[2J\x1b[H", "\\x1b[2J\\x1b[H"),  # clears the screen
    ("\x9b2J", "\\x9b2J"),  # the same with one byte
    ("safe\rerror", "safe\\x0derror"),  # overwrites the line
    ("a\x08b", "a\\x08b"),
    ("user\u202etxt.exe", "user\\u202etxt.exe"),  # reads from right to left
    ("a\u200bb", "a\\u200bb"),
]


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_only_colours_are_obeyed(text: str, shown: str) -> None:
    stream = io.StringIO()
    printing.write(stream, text)
    assert stream.getvalue() == f"{shown}\n"


def test_a_name_is_shown_on_one_line_without_colours() -> None:
    assert printing.visible("a\x1b[31mb\nc\td") == "a\\x1b[31mb\\nc\\td"
