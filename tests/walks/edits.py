"""Draws random edits of a stack's settings: one to three at a time, and only such as the configuration allows."""

import copy
import json
import random
from dataclasses import dataclass
from typing import Any

from configuration.problems import NAMESPACE
from configuration.settings import SettingsError, load
from configuration.stack import StackSettings
from tests.walks.settings import Edited, edited

MOST_EDITS = 3
ATTEMPTS = 500
"""How often an edit is drawn anew that the configuration refuses."""

Config = dict[str, Any]
"""What stands below ``config`` in a stack file, without the project's name."""


@dataclass(frozen=True)
class Edit:
    """One changed setting.

    Attributes:
        key: ``section.key``, or the key alone where there is no section.
        value: Its new value.
    """

    key: str
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={json.dumps(self.value)}"


def parsed(text: str) -> list[Edit]:
    """The edits of a step, written as a walk prints them: ``vpc.nat="single"; vpc.zones=3``.

    Raises:
        ValueError: One is no key with a value in JSON.
    """
    found = [each.partition("=") for each in text.split("; ")]
    return [Edit(key.strip(), json.loads(value)) for key, _, value in found]


def settings_of(config: Config, stack: str = "local") -> StackSettings:
    """The settings that a configuration makes.

    Raises:
        SettingsError: With everything that is wrong.
    """
    flat = {f"{NAMESPACE}:{key}": _text(value) for key, value in config.items()}
    return load(stack, flat)


def with_edits(config: Config, edits: list[Edit]) -> Config:
    """The configuration with edits applied."""
    changed = copy.deepcopy(config)
    for edit in edits:
        section, _, key = edit.key.partition(".")
        if key:
            changed[section] = {**changed.get(section, {}), key: edit.value}
        else:
            changed[section] = edit.value
    return changed


def draw(config: Config, chance: random.Random, refused: frozenset[str] = frozenset()) -> tuple[list[Edit], Config]:
    """Draw one to three edits.

    Args:
        config: What the stack has now.
        chance: Where the choices come from.
        refused: Edits that are not to be drawn, as text.

    Returns:
        The edits, and the configuration with them.

    Raises:
        RuntimeError: None that is allowed was drawn.
    """
    before, settings = settings_of(config), edited()
    for _ in range(ATTEMPTS):
        chosen = chance.sample(settings, chance.randint(1, MOST_EDITS))
        edits = [Edit(each.key, chance.choice(_others(each, before))) for each in chosen]
        if refused & {str(edit) for edit in edits}:
            continue
        after = with_edits(config, edits)
        try:
            settings_of(after)
        except SettingsError:
            continue
        if _goes_in_one_step(before, after):
            return edits, after
    raise RuntimeError(f"no edit of {config} that is allowed was drawn in {ATTEMPTS} attempts")


def _others(setting: Edited, now: StackSettings) -> list[Any]:
    """Values that differ from what the setting is."""
    current: Any = now
    for name in setting.key.split("."):
        current = getattr(current, name)
    return [value for value in setting.values if value != current]


def _goes_in_one_step(before: StackSettings, after: Config) -> bool:
    """Whether the descriptions of the settings promise that one `up` gets there.

    They say of some that the way is one, or takes two steps; a walk does not try what is documented to fail.
    """
    then = settings_of(after)
    shrinks = then.database.max_allocated_storage_gib < before.database.max_allocated_storage_gib
    downgrades = then.database.engine_version != before.database.engine_version
    raised = ("password_generation", "application_password_generation")
    lowers = any(getattr(then.database, key) < getattr(before.database, key) for key in raised)
    lowers = lowers or then.cache.token_generation < before.cache.token_generation
    in_one_step = then.database.replica and not before.database.stack_owned_password
    return not (shrinks or downgrades or lowers or in_one_step)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
