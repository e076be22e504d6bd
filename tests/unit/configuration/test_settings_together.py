"""One run reports all problems: the lines about one wrong setting do not hide the lines about another."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.models import model_of
from configuration.problems import NAMESPACE
from configuration.profiles import PROFILES
from configuration.reading import merged
from configuration.settings import SettingsError, load
from configuration.stack import StackSettings
from tests.unit.configuration.test_settings_wrong import BASE, PROD, WRONG, flat

MODEL = model_of(StackSettings)

Path = tuple[str, ...]
SECTIONS: dict[str, tuple[str, ...]] = {
    name: tuple(getattr(field.annotation, "model_fields", ())) for name, field in MODEL.model_fields.items()
}


def lines_of(stack: str, sections: dict[str, Any]) -> list[str]:
    base = merged(BASE, PROD if stack == "prod" else {}, sections)
    with pytest.raises(SettingsError) as caught:
        load(stack, flat(base))
    return [problem.removeprefix(f"{NAMESPACE}:") for problem in caught.value.problems]


def written(values: dict[str, Any], path: Path = ()) -> Iterator[Path]:
    """Yield the paths of a configuration's values; a list is one value."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from written(cast("dict[str, Any]", value), (*path, key))
        else:
            yield (*path, key)


def named(line: str) -> Iterator[Path]:
    """Yield the keys that a line names: ``section.key``, or only ``key`` for a key of the line's own section."""
    section = re.split(r"[.:\[]", line)[0]
    words = set(re.findall(r"[a-z_0-9.]+", line))
    for name, keys in SECTIONS.items():
        yield from ((name, key) for key in keys if f"{name}.{key}" in words or (name == section and key in words))
    yield from ((name,) for name, keys in SECTIONS.items() if not keys and name in words)


class Case(NamedTuple):
    """A row of the table, with the keys that its lines depend on."""

    stack: str
    given: dict[str, Any]
    lines: list[str]
    paths: frozenset[Path]
    """Paths of the values that the row sets."""
    keys: frozenset[Path]
    """Paths of all settings that the row's lines depend on."""

    def is_independent_of(self, other: "Case") -> bool:
        """Check that neither row sets a value that the other row's lines depend on."""
        return not (_overlap(self.paths, other.keys) or _overlap(other.paths, self.keys))


def _overlap(some: frozenset[Path], others: frozenset[Path]) -> bool:
    return any(one[: len(other)] == other or other[: len(one)] == one for one in some for other in others)


def case_of(row: dict[str, Any]) -> Case:
    paths = frozenset(written(row["given"]))
    # A key that does not exist probably stands for the suggested key.
    paths |= {path for line in row["lines"] if "did you mean" in line for path in named(line)}
    keys = {path for line in row["lines"] for path in named(line)}
    keys |= {tuple(key.split(".")) for key in row.get("reads", ())}
    from_profile = {(name, key) for profile in PROFILES.values() for name, values in profile.items() for key in values}
    if (keys - paths) & from_profile:
        keys.add(("profile",))
    # Entries of a map are independent of each other, so the line does not depend on the whole map.
    keys -= {path[:2] for path in paths if len(path) > 2}
    return Case(row["stack"], row["given"], row["lines"], paths, paths | keys)


CASES = [case_of(row) for row in WRONG]
PAIRS = [
    (one, other) for one, other in combinations(CASES, 2) if one.stack == other.stack and one.is_independent_of(other)
]


def test_most_pairs_of_one_stack_are_independent() -> None:
    assert len(PAIRS) > 5000


@given(st.sampled_from(PAIRS))
def test_two_wrong_settings_are_both_said(pair: tuple[Case, Case]) -> None:
    one, other = pair
    assert set(lines_of(one.stack, merged(one.given, other.given))) == {*one.lines, *other.lines}
