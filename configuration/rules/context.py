"""The settings that a rule across keys can read, and functions that make its problems."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast, get_args, get_origin

from configuration.annotations import bare
from configuration.models import Section, Unknown, is_section, model_of
from configuration.problems import shown
from configuration.stack import StackSettings
from spot_planning.checking import Rule as ComponentRule
from spot_planning.problems import Path, Problem
from spot_planning.repetition import NothingTwice


@dataclass(frozen=True)
class Context:
    """The settings that are valid alone, and the values that the user wrote."""

    settings: StackSettings
    """The settings. Reading an invalid setting raises `Unknown`, which ends the rule, because it cannot be checked."""
    given: Mapping[str, Any]
    """The values that the user wrote, by section."""
    wrong: Collection[Path] = ()
    """The paths of invalid settings."""

    def entries(self, *keys: str) -> Iterator[tuple[Path, str]]:
        """Yield path and value of these keys; for a list, of its entries. Invalid and missing values are left out."""
        for path in map(path_of, keys):
            if any(path[: len(wrong)] == wrong for wrong in self.wrong):
                continue
            value = self._value(path)
            inside = list(enumerate(cast("list[str]", value))) if isinstance(value, list) else [(None, value)]
            for position, entry in inside:
                place = path if position is None else (*path, position)
                if entry is not None and not any(place == wrong[: len(place)] for wrong in self.wrong):
                    yield place, cast("str", entry)

    def text(self, problem: Problem) -> str:
        """Return a problem's message, after the key's value if the problem shows it; a possible secret is not shown."""
        if not problem.shows_value:
            return problem.text
        default = "" if at(self.given, problem.path) is not ... else " (default)"
        return f"{shown(problem.path, self._value(problem.path))}{default} {problem.text}"

    def _value(self, path: Path) -> object:
        given = at(self.given, path)
        if given is not ...:
            return given
        value: Any = self.settings
        for part in path:
            value = getattr(value, str(part)) if isinstance(value, Section) else value[part]
        return value


Rule = Callable[[Context], Iterable[Problem]]


def of_component(section: str, rule: ComponentRule) -> Rule:
    """Make a rule of the configuration from a component's rule about its own settings.

    Args:
        section: The section with the component's settings.
        rule: The component's rule.
    """

    def apply(context: Context) -> Iterator[Problem]:
        if isinstance(rule, NothingTwice):
            yield from _nothing_twice(context, f"{section}.{rule.argument}")
            return
        for problem in rule(getattr(context.settings, section)):
            yield problem.below(section)

    return apply


def _nothing_twice(context: Context, key: str) -> Iterator[Problem]:
    # Each entry is checked, even if another entry of the list is invalid.
    seen: set[str] = set()
    for path, entry in context.entries(key):
        if entry in seen:
            yield Problem(path, "is there twice")
        seen.add(entry)


def refuse(key: str, text: str) -> Problem:
    """Make a problem of one key; its message shows the key's value before `text`.

    Args:
        key: The key, such as ``service.memory``.
        text: The message after the value, such as ``is not allowed with cpu 512; allowed: ...``.
    """
    return Problem(path_of(key), text)


def say(key: str, text: str) -> Problem:
    """Make a problem whose message does not show the key's value."""
    return Problem(path_of(key), text, shows_value=False)


def as_far_as_known(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield a rule's problems, until it reads an invalid setting."""
    with suppress(Unknown):
        yield from problems


def known(settings: Mapping[str, Any], wrong: Collection[Path]) -> StackSettings:
    """Make settings without the invalid values; reading one of these raises `Unknown`.

    Args:
        settings: The values of the profile and the user. All are valid alone, except those in `wrong`.
        wrong: Paths of invalid values. A list with an invalid entry is left out as a whole. A map with one is kept,
            because rules check its names.
    """
    return cast("StackSettings", _known(model_of(StackSettings), settings, wrong))


def _known(model: type[Section], values: Any, wrong: Collection[Path]) -> Section:
    if () in wrong:
        values, wrong = {}, [(name,) for name in model.model_fields]
    section = model.model_construct()
    attributes = cast("dict[str, Any]", section.__dict__)
    for name, field in model.model_fields.items():
        inside = [path[1:] for path in wrong if path[:1] == (name,)]
        annotation: Any = bare(field.annotation)
        entry = next(map(bare, get_args(annotation)), None) if get_origin(annotation) is list else None
        if () in inside or (inside and entry is not None and not is_section(entry)):
            attributes.pop(name, None)
        elif is_section(annotation):
            attributes[name] = _known(annotation, values.get(name, {}), inside)
        elif name in values and is_section(entry):
            attributes[name] = [
                _known(entry, part, [path[1:] for path in inside if path[:1] == (position,)])
                for position, part in enumerate(values[name])
            ]
        elif name in values:
            attributes[name] = values[name]
    return section


def at(values: Any, path: Path) -> Any:
    """Return the value at a path of plain data; ``...`` when there is none."""
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return ...
    return values


def path_of(key: str) -> Path:
    """Return the path of a key such as ``service.memory``."""
    return tuple(key.split("."))
