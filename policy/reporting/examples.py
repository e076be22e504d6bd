"""Writes Python examples that comply with a rule: from ``policy/examples.yaml``, or from the rule's check."""

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
"""Modules of pulumi-aws named after a keyword of Python. In a program they have an underscore after the name."""
PLAIN: Final = {YOUR_KEY: "key.arn", "...": "..."}
"""Value of a check -> the expression for it in an example, where it is not the same text in quotes."""


@cache
def written() -> Mapping[str, str]:
    """Read the file, and return the example of each rule id in it."""
    content = cast("dict[str, str]", yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    return {rule: text.strip() for rules, text in content.items() for rule in rules.split()}


def example(rule: Rule) -> str:
    """Write an example for a rule.

    Args:
        rule: Any rule.

    Returns:
        Python, one line or several. Empty for a rule without an example in the file whose check states no properties.
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
    """Return the Python name of a property: ``multi_az`` for ``multiAz``."""
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
