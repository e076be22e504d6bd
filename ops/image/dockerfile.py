"""Parses a Dockerfile into stages and instructions.

Source: Docker documentation, "Dockerfile reference". PyPI has no maintained parser that knows build stages and build
contexts.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

_INSTRUCTION: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+(.*))?$", re.DOTALL)
_FLAG: Final = re.compile(r"--([a-z-]+)(?:=(\S*))?(?:\s+|$)")
_DIRECTIVE: Final = re.compile(r"#\s*([a-z]+)\s*=\s*(.*?)\s*$")
_HERE_DOCUMENT: Final = re.compile(r"<<-?([\"']?)([A-Za-z_]\w*)\1")
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")
_SETTINGS: Final = ("ARG", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")
_ACTIONS: Final = ("ADD", "CMD", "COPY", "ENTRYPOINT", "FROM", "HEALTHCHECK", "ONBUILD", "RUN")


class DockerfileError(ValueError):
    """The Dockerfile is invalid or uses something that is not supported; the message names the line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Dockerfile, line {line}: {message}")


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    Attributes:
        keyword: The keyword in capitals, such as ``COPY``.
        text: The text after the keyword and its flags; its variables are not replaced yet.
        flags: Name -> value, such as ``{"from": "build"}``.
        line: Number of its first line, from 1.
    """

    keyword: str
    text: str
    flags: Mapping[str, str]
    line: int

    def words(self, variables: Mapping[str, str]) -> list[str]:
        """Split the text into words as Docker does, and replace the variables; the JSON form already has words.

        Args:
            variables: Values of the variables; a missing variable is empty.

        Raises:
            DockerfileError: A quote is not closed.
        """
        in_json = self.in_json()
        if in_json is not None:
            return [expanded(word, variables) for word in in_json]
        return list(self._split(variables))

    def in_json(self) -> list[str] | None:
        """Return the words of the exec form, a JSON array; None when the text is not in this form."""
        if not self.text.startswith("["):
            return None
        try:
            value: object = json.loads(self.text)
        except ValueError:
            return None
        items = cast("list[object]", value) if isinstance(value, list) else []
        return [str(item) for item in items] if all(isinstance(item, str) for item in items) else None

    def _split(self, variables: Mapping[str, str]) -> Iterator[str]:
        word: list[str] = []
        begun, quote, position = False, "", 0
        text = self.text
        while position < len(text):
            character = text[position]
            variable = _VARIABLE.match(text, position) if character == "$" and quote != "'" else None
            if variable is not None:
                word.append(_value(variable, variables))
                begun, position = True, variable.end()
                continue
            position += 1
            if character == "\\" and quote != "'" and position < len(text):
                word.append(text[position])
                begun, position = True, position + 1
            elif character == quote:
                quote = ""
            elif not quote and character in "\"'":
                begun, quote = True, character
            elif not quote and character.isspace():
                if begun:
                    yield "".join(word)
                word, begun = [], False
            else:
                word.append(character)
                begun = True
        if quote:
            raise DockerfileError(self.line, f"a quote {quote} is not closed")
        if begun:
            yield "".join(word)


@dataclass
class Stage:
    """A build stage.

    Attributes:
        base: The name after ``FROM``, with variables replaced: an image, ``scratch`` or an earlier stage.
        name: The name after ``AS`` in lower case; None without ``AS``.
        instructions: The instructions after ``FROM``, in the order of the file.
        line: Line of the ``FROM``.
    """

    base: str
    name: str | None
    line: int
    instructions: list[Instruction] = field(default_factory=list[Instruction])


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile.

    Attributes:
        stages: At least one.
        arguments: Values of the ``ARG`` lines before the first stage.
    """

    stages: tuple[Stage, ...]
    arguments: Mapping[str, str]


def parse(text: str, build_arguments: Mapping[str, str] | None = None) -> Dockerfile:
    """Parse a Dockerfile.

    Args:
        text: The file's text.
        build_arguments: Build arguments of ``--build-arg``, name -> value.

    Raises:
        DockerfileError: The Dockerfile is invalid, has no stage, or uses something that is not supported.
    """
    given = build_arguments or {}
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for instruction in _instructions(text):
        if instruction.keyword == "FROM":
            stages.append(_stage(instruction, arguments))
        elif stages:
            stages[-1].instructions.append(instruction)
        elif instruction.keyword == "ARG":
            arguments.update(argument_values(instruction, arguments, given))
        else:
            raise DockerfileError(instruction.line, f"{instruction.keyword} stands before the first FROM")
    if not stages:
        raise DockerfileError(1, "there is no FROM")
    return Dockerfile(tuple(stages), arguments)


def argument_values(
    instruction: Instruction, variables: Mapping[str, str], given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each argument of an ``ARG`` instruction; arguments without a value are left out.

    Args:
        instruction: The ``ARG`` instruction.
        variables: Values of the variables in its defaults.
        given: Build arguments of ``--build-arg``, which override the defaults.
    """
    for word in instruction.words(variables):
        name, has_default, default = word.partition("=")
        if name in given:
            yield name, given[name]
        elif has_default:
            yield name, default


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Replace the variables in a text.

    Args:
        text: A text with ``$NAME``, ``${NAME}``, ``${NAME:-default}`` or ``${NAME:+other}``.
        variables: Values of the variables; a missing variable is empty.
    """
    return _VARIABLE.sub(lambda found: _value(found, variables), text)


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    value = variables.get(found[1] or found[2], "")
    if found[3] == "-":
        return value or found[4]
    if found[3] == "+":
        return found[4] if value else ""
    return value


def _stage(instruction: Instruction, arguments: Mapping[str, str]) -> Stage:
    words = instruction.words(arguments)
    if len(words) == 1:
        return Stage(words[0], None, instruction.line)
    if len(words) == 3 and words[1].upper() == "AS":  # noqa: PLR2004 (FROM base AS name)
        return Stage(words[0], words[2].lower(), instruction.line)
    raise DockerfileError(instruction.line, "FROM needs an image, and AS with a name or nothing after it")


def _instructions(text: str) -> Iterator[Instruction]:
    lines = enumerate(text.splitlines(), 1)
    for number, line in _after_directives(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = [line]
        while parts[-1].rstrip().endswith("\\"):
            parts[-1] = parts[-1].rstrip()[:-1]
            following = next((each for _, each in lines if each.strip() and not each.lstrip().startswith("#")), None)
            if following is None:
                break
            parts.append(following)
        yield _instruction("".join(parts), number, lines)


def _after_directives(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    at_top = True
    for number, line in lines:
        directive = _DIRECTIVE.match(line) if at_top else None
        at_top = directive is not None
        if directive is not None and directive[1] == "escape" and directive[2] != "\\":
            raise DockerfileError(number, "another escape character than \\ is not supported")
        yield number, line


def _instruction(text: str, line: int, lines: Iterator[tuple[int, str]]) -> Instruction:
    found = _INSTRUCTION.match(text)
    keyword = found[1].upper() if found else ""
    if found is None or keyword not in (*_SETTINGS, *_ACTIONS):
        raise DockerfileError(line, f"{text.strip()[:40]!r} is no instruction")
    rest = (found[2] or "").strip()
    if not rest:
        raise DockerfileError(line, f"{keyword} says nothing")
    if keyword in {"RUN", "COPY", "ADD"}:
        for _, word in _HERE_DOCUMENT.findall(rest):
            if keyword != "RUN":
                raise DockerfileError(line, f"{keyword} with a here-document is not supported; copy a file instead")
            if not any(each.strip() == word for _, each in lines):
                raise DockerfileError(line, f"the here-document does not end with {word}")
    flags: dict[str, str] = {}
    while (flag := _FLAG.match(rest)) is not None:
        flags[flag[1]] = flag[2] if flag[2] is not None else "true"
        rest = rest[flag.end() :]
    return Instruction(keyword, rest, flags, line)
