"""What a rule across keys sees, and how it says what is wrong."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeGuard, cast, get_args, get_origin

from configuration.annotations import bare
from configuration.problems import Path, Problem, shown
from configuration.stack import StackSettings
from configuration.values import Section, Unknown

_PLANNING_ERROR = re.compile(r"(?P<key>[a-z0-9_]+)=(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Context:
    """The settings as far as each is right in itself, and what of them the user wrote."""

    settings: StackSettings
    """Reading what is wrong in itself raises `Unknown`, which ends the rule: it has nothing to go by."""
    given: Mapping[str, Any]
    wrong: Collection[Path] = ()
    """What is wrong in itself."""

    def refuse(self, key: str, text: str) -> Problem:
        """A problem with one key, its value written before `text`.

        Args:
            key: ``service.memory``.
            text: What is allowed: ``is not allowed with cpu 512; allowed: ...``.
        """
        return self.refuse_at(_path(key), text)

    def refuse_at(self, path: Path, text: str) -> Problem:
        """A problem with what stands at a path, its value written before `text`."""
        return Problem(path, f"{self._shown(path)} {text}")

    def say(self, key: str, text: str) -> Problem:
        """A problem whose text does without the value."""
        return Problem(_path(key), text)

    def planned(self, section: str, check: Callable[[], object]) -> Iterator[Problem]:
        """Let a planning function of the components check, and say its error about the key it names.

        Args:
            section: The section whose keys are the function's arguments.
            check: Raises ``ValueError("key=value ...")``.
        """
        try:
            check()
        except ValueError as error:
            match = _PLANNING_ERROR.fullmatch(str(error))
            if match is None or match["key"] not in SECTIONS[section].model_fields:
                yield self.say(section, str(error))
                return
            path, text = (section, match["key"]), match["text"]
            value = self._value(path)
            for written in (repr(value), str(value)):
                if text.startswith(written):
                    yield Problem(path, f"{self._shown(path)}{text.removeprefix(written)}")
                    return
            yield Problem(path, text)

    def entries(self, *keys: str) -> Iterator[tuple[Path, str]]:
        """What stands at these keys, entry by entry where it is a list, without what is wrong in itself."""
        for path in map(_path, keys):
            if any(path[: len(wrong)] == wrong for wrong in self.wrong):
                continue
            value = self._value(path)
            inside = list(enumerate(cast("list[str]", value))) if isinstance(value, list) else [(None, value)]
            for position, entry in inside:
                place = path if position is None else (*path, position)
                if entry is not None and not any(place == wrong[: len(place)] for wrong in self.wrong):
                    yield place, cast("str", entry)

    def _shown(self, path: Path) -> str:
        return f"{shown(path, self._value(path))}{'' if at(self.given, path) is not ... else ' (default)'}"

    def _value(self, path: Path) -> object:
        given = at(self.given, path)
        if given is not ...:
            return given
        value: Any = self.settings
        for part in path:
            value = getattr(value, str(part)) if isinstance(value, Section) else value[part]
        return value


Rule = Callable[[Context], Iterable[Problem]]


def as_far_as_known(problems: Iterable[Problem]) -> Iterator[Problem]:
    """What a rule says until it reads a setting that is wrong in itself."""
    with suppress(Unknown):
        yield from problems


def known(settings: Mapping[str, Any], wrong: Collection[Path]) -> StackSettings:
    """The settings without what is wrong in itself, which cannot be read.

    Args:
        settings: What the profile and the user set, each valid in itself unless it is among `wrong`.
        wrong: Where the wrong ones stand. A list with a wrong entry is wrong; a map is not: rules go by its names.
    """
    return cast("StackSettings", _known(StackSettings, settings, wrong))


def _known(model: type[Section], values: Any, wrong: Collection[Path]) -> Section:
    if () in wrong:
        values, wrong = {}, [(name,) for name in model.model_fields]
    section = model.model_construct()
    attributes = cast("dict[str, Any]", section.__dict__)
    for name, field in model.model_fields.items():
        inside = [path[1:] for path in wrong if path[:1] == (name,)]
        annotation: Any = bare(field.annotation)
        entry = next(map(bare, get_args(annotation)), None) if get_origin(annotation) is list else None
        if () in inside or (inside and entry is not None and not _is_section(entry)):
            attributes.pop(name, None)
        elif _is_section(annotation):
            attributes[name] = _known(annotation, values.get(name, {}), inside)
        elif name in values and _is_section(entry):
            attributes[name] = [
                _known(entry, part, [path[1:] for path in inside if path[:1] == (position,)])
                for position, part in enumerate(values[name])
            ]
        elif name in values:
            attributes[name] = values[name]
    return section


def _is_section(annotation: Any) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


SECTIONS: Mapping[str, type[Section]] = {
    name: field.annotation for name, field in StackSettings.model_fields.items() if _is_section(field.annotation)
}


def at(values: Any, path: Path) -> Any:
    """What stands at a path of plain data, or ``...`` when nothing does."""
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return ...
    return values


def _path(key: str) -> Path:
    return tuple(key.split("."))
