"""Prints lines: control characters are escaped for the terminal, and a closed stream never stops the engine."""

import errno
import os
import re
import sys
from collections.abc import Callable
from typing import TextIO

Say = Callable[[str], None]
"""A function that is called with each line of progress."""

_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
"""Colours (ECMA-48, SGR), the only control sequences that the engine's own output needs."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters except tab and newline, and characters that reorder or hide other characters."""

_lost: list[TextIO] = []
"""Streams to which a write failed although their reader was not gone, for example on a full disk."""


def visible(text: str) -> str:
    r"""Return the text on one line, with each control character escaped (``\x1b``)."""
    return _UNSEEN.sub(_escape, text).replace("\n", "\\n").replace("\t", "\\t")


def harmless(text: str) -> str:
    """Return the line with its colours, and any other control sequence escaped."""
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
    """Print a line of output to standard output."""
    write(sys.stdout, line)


def print_error(line: str) -> None:
    """Print a line about the run to standard error."""
    write(sys.stderr, line)


def write(stream: TextIO, line: str) -> None:
    """Print a line; raise no error if it cannot be written, because an error would interrupt the engine."""
    try:
        stream.write(f"{harmless(line)}\n")
        stream.flush()
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.errno == errno.EIO:
            silence(stream)  # the reader is gone (`| head`, a closed terminal)
        elif stream not in _lost:
            _lost.append(stream)
            if len(_lost) == 1:
                print_error(f"some output is lost, for it cannot be written: {error.strerror}")


def silence(stream: TextIO) -> None:
    """Discard everything that is written to a stream from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def silence_lost() -> None:
    """Discard the buffers of lost streams: writing them at exit would fail and hide the exit code."""
    for stream in _lost:
        silence(stream)
