"""What a rule across keys sees, and how it says what is wrong."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from configuration.problems import Path, Problem, show
from configuration.stack import StackSettings
from configuration.values import Section

_PLANNING_ERROR = re.compile(r"(?P<key>[a-z0-9_]+)=(?P<value>\S*?)(?P<text>[:,]? .*)", re.DOTALL)


@dataclass(frozen=True)
class Context:
    """The settings, each valid in itself, and what of them the user wrote."""

    settings: StackSettings
    given: Mapping[str, Any]

    def refuse(self, key: str, text: str, *others: str) -> Problem:
        """A problem with one key, its value written before `text`.

        Args:
            key: ``service.memory``.
            text: What is allowed: ``is not allowed with cpu 512; allowed: ...``.
            others: Further keys it depends on.
        """
        return self.refuse_at(_path(key), text, *others)

    def refuse_at(self, path: Path, text: str, *others: str) -> Problem:
        """A problem with what stands at a path, its value written before `text`."""
        mark = "" if self._is_given(path) else " (default)"
        return Problem(path, f"{show(self._value(path))}{mark} {text}", tuple(map(_path, others)))

    def say(self, key: str, text: str, *others: str) -> Problem:
        """A problem whose text does without the value."""
        return Problem(_path(key), text, tuple(map(_path, others)))

    def planned(self, section: str, check: Callable[[], object], *others: str) -> Iterator[Problem]:
        """Let a planning function of the components check, and say its error about the key it names.

        Args:
            section: The section whose keys are the function's arguments.
            check: Raises ``ValueError("key=value ...")``.
            others: Keys the check depends on.
        """
        try:
            check()
        except ValueError as error:
            match = _PLANNING_ERROR.fullmatch(str(error))
            if match is None or match["key"] not in _keys(self.settings, section):
                yield self.say(section, str(error), *others)
                return
            mark = "" if self._is_given((section, match["key"])) else " (default)"
            yield self.say(f"{section}.{match['key']}", f"{match['value']}{mark}{match['text']}", *others)

    def _is_given(self, path: Path) -> bool:
        value: Any = self.given
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError):
                return False
        return True

    def _value(self, path: Path) -> object:
        value: Any = self.settings
        for part in path:
            value = getattr(value, str(part)) if isinstance(value, Section) else value[part]
        return value


Rule = Callable[[Context], Iterable[Problem]]


def _keys(settings: StackSettings, section: str) -> frozenset[str]:
    part: Section = getattr(settings, section)
    return frozenset(type(part).model_fields)


def _path(key: str) -> Path:
    return tuple(key.split("."))
