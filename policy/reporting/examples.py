"""Python that keeps a rule: written down in ``policy/examples.yaml``, or made of what the rule's check asks for."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, cast

import yaml

from policy.checks import YOUR_KEY, wanted
from policy.rule import Rule

FILE: Final = Path(__file__).parents[1] / "examples.yaml"
RESERVED: Final = frozenset({"lambda"})
"""Modules of pulumi-aws that have a word of Python as their name, and an underscore behind it."""
PLAIN: Final = {YOUR_KEY: "key.arn", "...": "..."}
"""What stands for something in an example that is no text."""


@cache
def written() -> Mapping[str, str]:
    """Read the file: the id of each rule in it, and its example."""
    content = cast("dict[str, str]", yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    return {rule: text.strip() for rules, text in content.items() for rule in rules.split()}


def example(rule: Rule) -> str:
    """Write an example for a rule.

    Args:
        rule: Any rule.

    Returns:
        Python, one line or several; empty for a rule that neither has one in the file nor asks for single properties.
    """
    wants = wanted(rule.check)
    if rule.id in written() or not wants:
        return written().get(rule.id, "")
    type_ = rule.types[0]
    module, name = re.split("[:/]", type_)[1], type_.rpartition(":")[2]
    given: dict[str, object] = {}
    for path, value in wants:
        _put(given, [python_name(part) for part in path.split(".")], value)
    arguments = "".join(f", {argument}={_python(value)}" for argument, value in given.items())
    return f"aws.{module}{'_' if module in RESERVED else ''}.{name}(...{arguments})"


def python_name(property_: str) -> str:
    """Write the name of a property as Python has it: ``multi_az`` for ``multiAz``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", property_).lower()


def _put(given: dict[str, object], path: list[str], value: object) -> None:
    name, *rest = path
    if rest:
        _put(cast("dict[str, object]", given.setdefault(name, {})), rest, value)
    else:
        given[name] = value


def _python(value: object) -> str:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value).items()
        return "{" + ", ".join(f'"{name}": {_python(member)}' for name, member in members) + "}"
    if isinstance(value, str):
        return PLAIN.get(value, f'"{value}"')
    return repr(value)
