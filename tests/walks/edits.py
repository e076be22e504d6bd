"""Draws random edits of a stack's settings: one to three at a time, all of them allowed by the configuration."""

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
"""How many times `draw` tries to find edits that the configuration allows."""

Config = dict[str, Any]
"""The content below ``config`` in a stack file, with keys without the project's name."""


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
    """Parse the edits of a step, in the form that a walk prints: ``vpc.nat="single"; vpc.zones=3``.

    Raises:
        ValueError: An edit is not a key with a JSON value.
    """
    found = [each.partition("=") for each in text.split("; ")]
    return [Edit(key.strip(), json.loads(value)) for key, _, value in found]


def settings_of(config: Config, stack: str = "local") -> StackSettings:
    """Load the settings of a configuration.

    Raises:
        SettingsError: The configuration is wrong; the error has every problem.
    """
    flat = {f"{NAMESPACE}:{key}": _text(value) for key, value in config.items()}
    return load(stack, flat)


def with_edits(config: Config, edits: list[Edit]) -> Config:
    """Return a configuration with the edits applied."""
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
        config: The stack's current configuration.
        chance: Source of the random choices.
        refused: Edits that must not be drawn, as text.

    Returns:
        The edits, and the configuration with them.

    Raises:
        RuntimeError: All attempts drew edits that are not allowed.
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
    """Return the values that differ from the setting's current value."""
    current: Any = now
    for name in setting.key.split("."):
        current = getattr(current, name)
    return [value for value in setting.values if value != current]


def _goes_in_one_step(before: StackSettings, after: Config) -> bool:
    """Check whether one `up` is documented to reach the new settings.

    Some settings may change in one direction only, or need two steps. A walk does not try a change that is documented
    to fail.
    """
    then = settings_of(after)
    shrinks = then.database.max_allocated_storage_gib < before.database.max_allocated_storage_gib
    # `up` refuses it, and a walk runs the engine without that check
    loses_zones = then.vpc.zone_count < before.vpc.zone_count
    downgrades = then.database.engine_version != before.database.engine_version
    raised = ("password_generation", "application_password_generation")
    lowers = any(getattr(then.database, key) < getattr(before.database, key) for key in raised)
    lowers = lowers or then.cache.token_generation < before.cache.token_generation
    in_one_step = then.database.replica and not before.database.stack_owned_password
    return not (shrinks or loses_zones or downgrades or lowers or in_one_step)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
