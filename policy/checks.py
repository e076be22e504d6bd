"""Builds the checks that most rules need: a property is true, is one of several, is at least a number, is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from policy.resources import ResourceView
from policy.rule import Config, ResourceCheck, Verdict, guarded, violation
from policy.values import State, Value

Condition = Callable[[ResourceView], bool]


@dataclass(frozen=True)
class Demand:
    """A check that states which values pass it, so that an example can be generated from them.

    Attributes:
        wants: Pairs of a property and a value that passes the check.
        check: The check itself.
    """

    wants: tuple[tuple[str, object], ...]
    check: ResourceCheck

    def __call__(self, resource: ResourceView, config: Config) -> Iterator[Verdict]:
        """Judge a resource; see ``Rule.check``."""
        yield from self.check(resource, config)


def wanted(check: object) -> tuple[tuple[str, object], ...]:
    """Return the values that pass a check; none for a check that does not state them."""
    return check.wants if isinstance(check, Demand) else ()


YOUR_KEY: Final = "aws.kms.Key.arn"
"""Placeholder in examples for a KMS key that the program makes."""


def always(resource: ResourceView) -> bool:
    """Accept every resource: the condition of a check that has none."""
    return bool(resource.urn)


def every(*checks: ResourceCheck) -> ResourceCheck:
    """Combine several checks. Each is decided by itself.

    Args:
        checks: The checks to combine.
    """

    def check(resource: ResourceView, config: Config) -> Iterator[Verdict]:
        for demand in checks:
            yield from guarded(demand(resource, config))

    return Demand(tuple(want for demand in checks for want in wanted(demand)), check)


def is_true(path: str, *, when: Condition = always) -> ResourceCheck:
    """Require that a boolean is true.

    Args:
        path: The property.
        when: Selects the resources that must comply; all by default.
    """
    return _flag(path, want=True, when=when)


def is_false(path: str, *, when: Condition = always) -> ResourceCheck:
    """Require that a boolean is false.

    Args:
        path: The property.
        when: Selects the resources that must comply; all by default.
    """
    return _flag(path, want=False, when=when)


def _flag(path: str, *, want: bool, when: Condition) -> ResourceCheck:
    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        if when(resource) and value.flag() is not want:
            yield violation(value.path, f"{value}; it must be {str(want).lower()}")

    return Demand(((path, want),), check)


def is_one_of(path: str, *allowed: str, when: Condition = always) -> ResourceCheck:
    """Require that a string is one of several.

    Args:
        path: The property.
        allowed: The values that it may have.
        when: Selects the resources that must comply; all by default.
    """

    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        if when(resource) and value.text() not in allowed:
            yield violation(value.path, f"{value}; it must be {_listed(allowed)}")

    return Demand(((path, allowed[0]),), check)


def is_none_of(path: str, *refused: str) -> ResourceCheck:
    """Require that a string is none of several.

    Args:
        path: The property.
        refused: The values that it must not have.
    """

    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        if value.text() in refused:
            yield violation(value.path, f"{value}; it must not be {_listed(refused)}")

    return check


def is_given(path: str, *, when: Condition = always) -> ResourceCheck:
    """Require that a property is given. A value that a preview cannot know counts as given.

    Args:
        path: The property.
        when: Selects the resources that must comply; all by default.
    """

    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        if when(resource) and not given(value):
            yield violation(value.path, f"{value}; it must be given")

    return Demand(((path, "..."),), check)


def is_own_key(path: str, *, when: Condition = always) -> ResourceCheck:
    """Require a customer managed KMS key. AWS managed keys (``alias/aws/...``) cannot be restricted or shared.

    Args:
        path: The property with the key's id, ARN or alias.
        when: Selects the resources that must comply; all by default.
    """

    def check(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        if when(resource):
            yield from own_key(value)

    return Demand(((path, YOUR_KEY),), check)


def own_key(value: Value) -> Iterator[Verdict]:
    """Require that a property is a customer managed KMS key.

    Args:
        value: The property with the key's id, ARN or alias.
    """
    if not given(value):
        yield violation(value.path, f"{value}; it must be a key of your own")
    elif value.state is State.KNOWN and (value.text() or "").rpartition(":")[2].startswith(AWS_ALIAS):
        yield violation(value.path, f"{value}, which is a key of AWS; it must be a key of your own")


AWS_ALIAS: Final = "alias/aws/"
"""The beginning of the aliases of AWS managed keys."""


def given(value: Value) -> bool:
    """Check whether a reference is given. An unknown value counts as given, an empty string does not.

    Args:
        value: A string property.

    Raises:
        WrongTypeError: The value is not a string.
    """
    return value.state is State.UNKNOWN or bool(value.text())


def is_at_least(path: str, setting: str, *, when: Condition = always) -> ResourceCheck:
    """Require that a number is at least a setting of the rule.

    Args:
        path: The property.
        setting: The configuration property that contains the least number allowed.
        when: Selects the resources that must comply; all by default.
    """

    def check(resource: ResourceView, config: Config) -> Iterator[Verdict]:
        value = resource.at(path)
        least = setting_number(config, setting)
        if not when(resource):
            return
        number = value.number()
        if number is None or number < least:
            yield violation(value.path, f"{value}; it must be at least {least:g}")

    return check


def setting_number(config: Config, name: str) -> float:
    """Read a number from a rule's configuration.

    Args:
        config: The configuration.
        name: The property.

    Raises:
        TypeError: The property is not a number.
    """
    value = config[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}={value!r}: a number is wanted")
    return float(value)


def setting_texts(config: Config, name: str) -> list[str]:
    """Read a list of strings from a rule's configuration.

    Args:
        config: The configuration.
        name: The property.

    Raises:
        TypeError: The property is not a list.
    """
    value = config[name]
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{name}={value!r}: a list of strings is wanted")
    return [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON of the engine


def number_setting(default: float, description: str, *, least: float = 0) -> dict[str, object]:
    """Declare a number in a rule's configuration.

    Args:
        default: The value that applies when it is not configured.
        description: What the number is, with its unit.
        least: The least number allowed.
    """
    return {"type": "number", "minimum": least, "default": default, "description": description}


def texts_setting(default: list[str], description: str) -> dict[str, object]:
    """Declare a list of strings in a rule's configuration.

    Args:
        default: The value that applies when it is not configured.
        description: What the strings are.
    """
    return {"type": "array", "items": {"type": "string"}, "default": default, "description": description}


def _listed(words: tuple[str, ...]) -> str:
    return " or ".join(word or '""' for word in words)
