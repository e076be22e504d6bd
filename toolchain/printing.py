"""Prints lines: what is printed is never obeyed by the terminal, and a lost stream never stops the engine."""

import errno
import os
import re
import sys
from collections.abc import Callable
from typing import TextIO

Say = Callable[[str], None]
"""Is told what is going on, a line at a time."""

_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
"""The only control sequences that the engine's own output needs: colours (ECMA-48, SGR)."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters but tab and newline, and characters that reorder or hide others."""

_lost: list[TextIO] = []
"""The streams that could not be written to although somebody may read them."""


def visible(text: str) -> str:
    r"""The text with each control character as its escape (``\x1b``), on one line."""
    return _UNSEEN.sub(_escape, text).replace("\n", "\\n").replace("\t", "\\t")


def harmless(text: str) -> str:
    """The text of a line that may have colours: any other control sequence is shown and not obeyed."""
    parts: list[str] = []
    end = 0
    for color in _COLOR.finditer(text):
        parts += [_UNSEEN.sub(_escape, text[end : color.start()]), color[0]]
        end = color.end()
    return "".join([*parts, _UNSEEN.sub(_escape, text[end:])])


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - two digits or four


def print_line(line: str) -> None:
    """Print a line of output."""
    write(sys.stdout, line)


def print_error(line: str) -> None:
    """Print a line that is about the run and no output of it."""
    write(sys.stderr, line)


def write(stream: TextIO, line: str) -> None:
    """Print a line; the engine must not be left in the middle of its work where that cannot be done."""
    try:
        stream.write(f"{harmless(line)}\n")
        stream.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.errno == errno.EIO:
            silence(stream)  # whoever read it is gone (`| head`, a closed terminal)
        elif stream not in _lost:
            _lost.append(stream)
            if len(_lost) == 1:
                print_error(f"some output is lost, for it cannot be written: {error.strerror}")


def silence(stream: TextIO) -> None:
    """Send what is written to a stream from now on nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def silence_lost() -> None:
    """Drop what lost streams still have in their buffers: writing it at exit would fail and hide the exit code."""
    for stream in _lost:
        silence(stream)
