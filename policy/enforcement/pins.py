"""Reads the pins: the weakest profile that a stack or an account may have, whatever its stack file says."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, cast

import yaml

from policy.enforcement.own_files import text_of
from policy.enforcement.yaml_lines import repeated_keys

FILE: Final = Path(__file__).parents[1] / "pins.yaml"
NAME: Final = "policy/pins.yaml"
"""The file's name in messages."""
STRICTNESS: Final = ("local", "dev", "staging", "prod")
"""The profiles, from weak to strict."""
_KEYS: Final = frozenset({"profile", "stacks", "accounts"})


def _plain(name: str) -> str:
    return re.sub(r"[_.]", "-", name.lower())


@dataclass(frozen=True)
class Pin:
    """One entry of the file.

    Attributes:
        profile: The weakest profile that the pinned stacks may have.
        stacks: Patterns of stack names.
        accounts: AWS account ids; the stacks of these accounts are pinned too.
    """

    profile: str
    stacks: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def holds(self, stack: str, account: str) -> bool:
        """Check whether the pin is for a stack or for the account of that stack.

        Names are compared case-insensitively, and ``_`` and ``.`` count as ``-``.
        """
        return account in self.accounts or any(fnmatchcase(_plain(stack), _plain(pattern)) for pattern in self.stacks)


def strictest(pins: Iterable[Pin], stack: str, account: str) -> Pin | None:
    """Find the strictest pin of a stack.

    Args:
        pins: All pins.
        stack: The stack's name.
        account: The id of the account that the stack file names; empty when it names none.

    Returns:
        The pin with the strictest profile; None when no pin is for the stack.
    """
    holding = [pin for pin in pins if pin.holds(stack, account)]
    return max(holding, key=lambda pin: STRICTNESS.index(pin.profile), default=None)


def is_weaker(profile: str, other: str) -> bool:
    """Check whether a profile is weaker than another one.

    Args:
        profile: Any profile. A profile without a file makes every rule mandatory, so it is never weaker.
        other: The other profile, one of ``STRICTNESS``.
    """
    return profile in STRICTNESS and STRICTNESS.index(profile) < STRICTNESS.index(other)


def read() -> tuple[Pin, ...]:
    """Read the pack's own file.

    Raises:
        ValueError: The file is wrong; the message lists all errors, one per line.
    """
    return parse(text_of(FILE, NAME))


def parse(text: str) -> tuple[Pin, ...]:
    """Read a file of pins.

    Args:
        text: YAML.

    Raises:
        ValueError: The file is wrong; the message lists all errors, one per line.
    """
    try:
        content: object = yaml.safe_load(text)
        twice = list(_keys_that_are_there_twice(text))
    except yaml.YAMLError as error:
        raise ValueError(f"{NAME}: this is not YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return ()
    if not isinstance(content, list):
        raise ValueError(f"{NAME}: a list of pins is wanted")  # noqa: TRY004 - an error in a file, not in a call
    errors = [f"{NAME}: {each}" for each in twice]
    found: list[Pin] = []
    for number, entry in enumerate(cast("list[object]", content), start=1):
        wrong = _wrong(entry)
        errors += [f"{NAME}: pin {number}: {text}" for text in wrong]
        if not wrong:
            found.append(_pin(cast("dict[str, object]", entry)))
    if errors:
        raise ValueError("\n".join(errors))
    return tuple(found)


def _keys_that_are_there_twice(text: str) -> Iterator[str]:
    """Yield an error for each key that a pin repeats. PyYAML would use only the last one."""
    root = cast("yaml.Node", cast("Any", yaml).compose(text, Loader=yaml.SafeLoader))
    entries = cast("list[yaml.Node]", root.value) if isinstance(root, yaml.SequenceNode) else []
    for entry in entries:
        if isinstance(entry, yaml.MappingNode):
            for name, before, again in repeated_keys(entry):
                yield f"{name} is there twice, in lines {before} and {again}"


def _pin(entry: dict[str, object]) -> Pin:
    return Pin(
        profile=str(entry["profile"]),
        stacks=tuple(cast("list[str]", entry.get("stacks", []))),
        accounts=tuple(cast("list[str]", entry.get("accounts", []))),
    )


def _wrong(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return [f"a mapping of {', '.join(sorted(_KEYS))} is wanted"]
    fields = cast("dict[str, object]", entry)
    wrong = [f"{key} is unknown; allowed are {', '.join(sorted(_KEYS))}" for key in fields if key not in _KEYS]
    if fields.get("profile") not in STRICTNESS:
        wrong.append(f"profile={fields.get('profile')!r}; allowed are {', '.join(STRICTNESS)}")
    for key, pattern, form in (("stacks", r".+", "names of stacks"), ("accounts", r"\d{12}", "12 digits in quotes")):
        values = fields.get(key, [])
        items = cast("list[object]", values) if isinstance(values, list) else [None]
        if not all(isinstance(item, str) and re.fullmatch(pattern, item) for item in items):
            wrong.append(f"{key}={values!r} must be a list of {form}")
    return wrong
