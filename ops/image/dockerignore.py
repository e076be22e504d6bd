"""Reads .dockerignore files, and decides which files of a build context they exclude.

Source: Docker documentation, "Build context", .dockerignore files. The patterns are those of Go's ``filepath.Match``,
with ``**``, relative to the context's root. The last pattern that matches a path or a folder above it decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class _Pattern:
    expression: re.Pattern[str]
    is_exception: bool


class DockerIgnore:
    """The patterns of a .dockerignore file.

    Args:
        lines: The file's lines.

    Raises:
        ValueError: A pattern has a bracket that is not closed.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = [pattern for line in lines if (pattern := _parsed(line)) is not None]
        self._has_exceptions = any(pattern.is_exception for pattern in self._patterns)

    def leaves_out(self, path: str) -> bool:
        """Return whether a file is excluded.

        Args:
            path: The file's path relative to the context's root, with ``/``.
        """
        parts = path.split("/")
        paths = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
        left_out = False
        for pattern in self._patterns:
            if pattern.is_exception == left_out and any(pattern.expression.fullmatch(each) for each in paths):
                left_out = not pattern.is_exception
        return left_out

    def leaves_out_all_of(self, folder: str) -> bool:
        """Return whether everything in a folder is excluded, so that the caller need not read the folder.

        Args:
            folder: The folder's path relative to the context's root, with ``/``.
        """
        return not self._has_exceptions and self.leaves_out(folder)


def _parsed(line: str) -> _Pattern | None:
    text = line.strip().removeprefix("\ufeff")
    if not text or text.startswith("#"):
        return None
    is_exception = text.startswith("!")
    text = re.sub(r"/+", "/", text.removeprefix("!").strip()).removeprefix("./").strip("/")
    if text in {"", "."}:
        return None
    return _Pattern(re.compile(glob_expression(text), re.DOTALL), is_exception)


def glob_expression(pattern: str) -> str:
    """Translate a pattern of Go's ``filepath.Match``, with ``**``, into a regular expression.

    Args:
        pattern: A pattern, such as ``**/*.pyc``.

    Raises:
        ValueError: A bracket is not closed.
    """
    expression, position = "", 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            expression, position = expression + "(?:.*/)?", position + 3
        elif pattern.startswith("**", position):
            expression, position = expression + ".*", position + 2
        elif pattern[position] == "*":
            expression, position = expression + "[^/]*", position + 1
        elif pattern[position] == "?":
            expression, position = expression + "[^/]", position + 1
        elif pattern[position] == "[":
            end = pattern.find("]", position + 2)
            if end < 0:
                raise ValueError(f"the pattern {pattern!r} has a bracket that is not closed")
            inside = pattern[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            expression, position = f"{expression}[{inside}]", end + 1
        else:
            if pattern[position] == "\\" and position + 1 < len(pattern):
                position += 1
            expression, position = expression + re.escape(pattern[position]), position + 1
    return expression
