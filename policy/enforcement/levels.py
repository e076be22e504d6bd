"""Decides how strictly each policy is enforced in one run, and with which settings.

The levels come from the stack's profile. ``--policy-pack-config`` may give a run other levels. If ``policy/pins.yaml``
pins the stack to a profile, the run is at least as strict as that profile.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

from policy.enforcement.pins import Pin, is_weaker, strictest
from policy.enforcement.strictness import stricter
from policy.iam.wide_lists import too_wide

FOLDER: Final = Path(__file__).parents[1] / "config"


class Level(StrEnum):
    """What a violation does, from weak to strict."""

    DISABLED = "disabled"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"

    @property
    def strictness(self) -> int:
        """A number that is higher for a stricter level."""
        return list(Level).index(self)


ADVISORY_BY_DEFAULT: Final = frozenset({"undecided-at-preview", "exemptions-used", "types-not-judged", "summary"})
"""The pack's own policies that only inform. Every other policy is mandatory unless it is configured."""


PINNED: Final = "profile-pinned"
"""The pack's own policy that checks the profiles to which accounts are pinned."""


def default_level(policy: str) -> Level:
    """Return the level of a policy that is not configured."""
    return Level.ADVISORY if policy in ADVISORY_BY_DEFAULT else Level.MANDATORY


@dataclass(frozen=True)
class Enforcement:
    """How one policy is enforced.

    Attributes:
        level: What a violation does.
        settings: The configuration properties that differ from the rule's defaults.
    """

    level: Level = Level.MANDATORY
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class StackFacts:
    """What the pack knows about the stack that it judges.

    Attributes:
        name: The stack's name.
        project: The project's name, which is the namespace of its configuration keys.
        asked: The profile that the stack file names; the stack's name when it names none.
        pin: The pin that sets the stack's weakest profile; None without a pin.
        account: The id of the account that the stack file names; empty when it names none.
        lists: Setting of rules, such as ``open-paths`` -> the entries that the stack file adds to it.
    """

    name: str = ""
    project: str = ""
    asked: str = ""
    pin: Pin | None = None
    account: str = ""
    lists: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def is_raised(self) -> bool:
        """Whether the stack asks for a weaker profile than its pin allows."""
        return self.pin is not None and is_weaker(self.asked, self.pin.profile)

    @property
    def profile(self) -> str:
        """The profile that applies."""
        return self.pin.profile if self.pin is not None and self.is_raised else self.asked


LISTS: Final[Mapping[str, str]] = {
    "open_paths": "open-paths",
    "allowed_accounts": "allowed-accounts",
    "allowed_organizations": "allowed-organizations",
    "allowed_networks": "allowed-networks",
}
"""Key of the stack file's section ``policy`` -> the setting of rules to which it adds entries."""


def facts(project: str, stack: str, config: Mapping[str, str], pins: tuple[Pin, ...]) -> StackFacts:
    """Collect what the pack has to know about a stack.

    Args:
        project: The project's name.
        stack: The stack's name.
        config: The stack's configuration as the engine sends it: objects are JSON.
        pins: The pins of stacks and accounts.

    Returns:
        The facts. The profile is the one that the stack file names, or the one with the stack's name, or a stricter one
        that a pin requires.

    Raises:
        ValueError: The section ``policy`` of the stack file is wrong.
    """
    asked = config.get(f"{project}:profile") or stack
    account = str(_object(config.get(f"{project}:aws")).get("account_id") or "")
    return StackFacts(stack, project, asked, strictest(pins, stack, account), account, _lists(project, config))


def _object(text: str | None) -> Mapping[str, object]:
    try:
        content: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, object]", content) if isinstance(content, dict) else {}


def _lists(project: str, config: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in _object(config.get(f"{project}:policy")).items():
        if key not in LISTS:
            raise ValueError(f"{project}:policy.{key} is unknown; allowed are {', '.join(LISTS)}")
        if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[object]", value)):
            raise ValueError(f"{project}:policy.{key}={value!r} must be a list of strings")
        listed = cast("list[str]", value)
        for item in listed:
            if wrong := too_wide(key, item):
                raise ValueError(f"{project}:policy.{key}: {item!r} {wrong}")
        found[LISTS[key]] = listed
    return found


def _files() -> dict[str, Path]:
    return {path.stem: path for path in FOLDER.glob("*.json")}


def has_file(profile: str) -> bool:
    """Check whether a profile has a file in ``policy/config``.

    Args:
        profile: The profile that a stack file names. It is only compared with the files' names, and never becomes part
            of a path.
    """
    return profile in _files()


def of_profile(profile: str) -> dict[str, Enforcement]:
    """Read a profile's file.

    Args:
        profile: The name of a profile.

    Returns:
        Policy -> its enforcement, for each policy in the file. A profile without a file has none, so that every rule
        is mandatory.
    """
    path = _files().get(profile)
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path else {}
    return {name: _enforcement(value) for name, value in given.items()}


def _enforcement(given: str | dict[str, Any]) -> Enforcement:
    settings = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
    return Enforcement(Level(str(settings.pop("enforcementLevel", "mandatory"))), settings)


def held(
    given: Mapping[str, Enforcement], pin: Pin | None, defaults: Mapping[str, Mapping[str, object]]
) -> dict[str, Enforcement]:
    """Make the configuration of a run at least as strict as the profile to which the stack is pinned.

    Args:
        given: Policy -> its enforcement in the configuration of the run.
        pin: The pin that sets the stack's weakest profile; None without a pin.
        defaults: Policy -> its default settings.

    Returns:
        The configuration. Without a pin it is unchanged. Otherwise each policy has the stricter one of both levels, and
        of both values of each setting.
    """
    if pin is None:
        return dict(given)
    pinned = of_profile(pin.profile)
    return {
        name: _held(each, pinned.get(name, Enforcement(default_level(name))), defaults.get(name, {}))
        for name, each in given.items()
    }


def _held(given: Enforcement, pinned: Enforcement, defaults: Mapping[str, object]) -> Enforcement:
    level = max(given.level, pinned.level, key=lambda each: each.strictness)
    asked, least = {**defaults, **given.settings}, {**defaults, **pinned.settings}
    return Enforcement(
        level, {name: stricter(name, value, least[name]) if name in least else value for name, value in asked.items()}
    )
