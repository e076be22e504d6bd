"""Reads ``policy/exemptions.yaml`` and reports every error with its line. Writes the entry to copy into it."""

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import yaml

from policy.enforcement.exemptions import COMPONENTS_NAME, URN_PREFIX, Exemption, PortRange, stack_of, type_and_name
from policy.enforcement.own_files import text_of
from policy.enforcement.yaml_lines import line_of, repeated_keys
from policy.resources import DEFAULT_PROVIDER, is_default_provider
from policy.rules import BY_ID

FILE: Final = Path(__file__).parents[1] / "exemptions.yaml"
NAME: Final = "policy/exemptions.yaml"
"""The file's name in messages."""
REQUIRED: Final = ("rule", "urn", "stacks", "reason", "expires")
OPTIONAL: Final = ("ports",)
SHORTEST_REASON: Final = 20
"""Characters; a shorter reason is refused."""
REASON_TO_FILL_IN: Final = "WHY?"
"""Placeholder for the reason in the entry to copy. It is too short to be accepted."""
TYPE_TO_FILL_IN: Final = "TYPE"
"""Placeholder for the resource's type in an example, where a rule is about several types."""
HIGHEST_PORT: Final = 65535
_URN_PARTS: Final = 4
_MANY_PORTS: Final = 5
_WILDCARD: Final = re.compile(r"[*?\[]")
_COPIED_ENTRY_HOLDS: Final = timedelta(days=90)
"""How long the entry to copy is valid unless its author changes the date: long enough to plan the change."""


class _Problem(NamedTuple):
    line: int
    text: str


def read() -> list[Exemption]:
    """Read the pack's own file.

    Returns:
        Its entries; none when there is no file.

    Raises:
        ValueError: The file is wrong; the message lists all errors, one per line.
    """
    return parse(text_of(FILE, NAME), BY_ID, stack_names()) if FILE.exists() else []


def stack_names() -> list[str]:
    """List the stacks with a ``Pulumi.STACK.yaml`` beside the pack's folder; a pack without a project has none."""
    return sorted(path.name.split(".")[1] for path in FILE.parent.parent.glob("Pulumi.*.yaml"))


def parse(text: str, rules: Collection[str], known_stacks: Collection[str] = ()) -> list[Exemption]:
    """Read a file of exemptions.

    Args:
        text: YAML.
        rules: The ids of all rules.
        known_stacks: The names of all stacks; empty when they are not known. An entry may use a pattern for others.

    Returns:
        Its entries.

    Raises:
        ValueError: The file is wrong; the message lists all errors, one per line, with the number of the file's line.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return []
        if not isinstance(root, yaml.SequenceNode):
            raise ValueError(f"{NAME}:{line_of(root)}: a list of exemptions is wanted")  # noqa: TRY004 - an error in a file
        read_entries = [_read(loader, node, rules, known_stacks) for node in cast("list[yaml.Node]", root.value)]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{NAME}:{line}: this is not YAML: {error.problem or error.context}") from error
    finally:
        loader.dispose()
    problems = [f"{NAME}:{problem.line}: {problem.text}" for _entry, found in read_entries for problem in found]
    if problems:
        raise ValueError("\n".join(problems))
    return [entry for entry, _found in read_entries if entry is not None]


def _read(
    loader: yaml.SafeLoader, node: yaml.Node, rules: Collection[str], known_stacks: Collection[str]
) -> tuple[Exemption | None, list[_Problem]]:
    if not isinstance(node, yaml.MappingNode):
        return None, [_Problem(line_of(node), f"an exemption is a mapping of {', '.join(REQUIRED)}")]
    lines: dict[str, int] = {}
    fields: dict[str, object] = {}
    problems = [_Problem(again, f"{key} is there twice") for key, _before, again in repeated_keys(node)]
    for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        key = str(key_node.value)
        lines[key] = line_of(key_node)
        try:
            fields[key] = cast("Any", loader).construct_object(value_node, deep=True)
        except (ValueError, yaml.YAMLError) as error:
            problems.append(_Problem(lines[key], f"{key} cannot be read: {' '.join(str(error).split())}"))
    problems += [_Problem(line_of(node), f"{key} is missing") for key in REQUIRED if key not in lines]
    problems += [_Problem(lines[key], text) for key, text in _wrong(fields, rules, known_stacks)]
    return (None if problems else _exemption(fields)), sorted(problems)


def _exemption(fields: Mapping[str, object]) -> Exemption:
    return Exemption(
        rule=str(fields["rule"]),
        urn=str(fields["urn"]),
        stacks=tuple(cast("list[str]", fields["stacks"])),
        reason=" ".join(str(fields["reason"]).split()),
        expires=cast("date", fields["expires"]),
        ports=tuple(cast("list[int]", fields.get("ports", []))),
    )


def _wrong(
    fields: Mapping[str, object], rules: Collection[str], known_stacks: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the key and an error for each field that has a wrong value."""
    for key, value in fields.items():
        match key:
            case "rule":
                wrong = "" if isinstance(value, str) and value in rules else f"rule={value!r} is no rule"
            case "urn":
                wrong = _wrong_urn(value, fields.get("stacks"))
            case "stacks":
                wrong = _wrong_stacks(value, known_stacks)
            case "reason":
                is_reason = isinstance(value, str) and len(value.strip()) >= SHORTEST_REASON
                wrong = "" if is_reason else f"reason={value!r} must say why, in {SHORTEST_REASON} characters or more"
            case "expires":
                wrong = "" if type(value) is date else f"expires={value!s} must be a day such as 2027-06-30"
            case "ports":
                wrong = _wrong_ports(value, fields.get("rule"))
            case _:
                wrong = f"{key} is unknown; allowed are {', '.join((*REQUIRED, *OPTIONAL))}"
        if wrong:
            yield key, wrong


def _wrong_stacks(stacks: object, known: Collection[str]) -> str:
    if not stacks or not _is_list(stacks, lambda item: isinstance(item, str)):
        return f"stacks={stacks!r} must be a list of stacks, such as [prod], or ['*'] for all"
    for name in cast("list[str]", stacks):
        if known and name not in known and not _WILDCARD.search(name):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
            return f"stacks names {name!r}, and there is no Pulumi.{name}.yaml; {hint}"
    return ""


def _wrong_ports(ports: object, rule: object) -> str:
    if isinstance(rule, str) and rule in BY_ID and not BY_ID[rule].about_ports:
        about_ports = ", ".join(id_ for id_, each in BY_ID.items() if each.about_ports)
        return f"ports narrows rules about open ports only ({about_ports}); {rule} is none of them"
    if not _is_list(ports, lambda item: type(item) is int and 0 <= item <= HIGHEST_PORT):
        return f"ports={ports!r} must be a list of numbers from 0 to {HIGHEST_PORT}, such as [443]"
    return ""


def _is_list(value: object, fits: Callable[[object], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, cast("list[object]", value)))


def _wrong_urn(urn: object, stacks: object) -> str:
    if not isinstance(urn, str) or not urn.startswith(URN_PREFIX) or len(urn.split("::")) < _URN_PARTS:
        return f"urn={urn!r} must look like {URN_PREFIX}STACK::PROJECT::TYPE::NAME, with * for any part"
    type_, name = type_and_name(urn)
    if COMPONENTS_NAME in name and (_WILDCARD.search(type_ + name) or "$" not in type_ or name.count("{") > 1):
        return (
            f"urn={urn!r} must name the component's type and the resource's, without wildcards, for {COMPONENTS_NAME}"
        )
    stack = stack_of(urn)
    listed = cast("list[object]", stacks) if isinstance(stacks, list) else []
    # The URN's stack is not compared with the resource's, so it must match every stack that `stacks` lists.
    others = [str(pattern) for pattern in listed if not fnmatchcase(str(pattern), stack)]
    if not others:
        return ""
    return (
        f"urn={urn!r} is of the stack {stack}, and stacks={stacks!r} lists {', '.join(others)}; write * for the stack"
    )


def entry_to_copy(rule: str, urn: str, today: date, ports: PortRange | None = None) -> str:
    """Write the entry that exempts a violation. Its author has to fill in the reason.

    Args:
        rule: The violated rule.
        urn: The resource that violates it.
        today: The date from which the entry is valid for 90 days.
        ports: The ports that the violation is about, if it is about ports.

    Returns:
        One line of YAML.
    """
    few = ports is not None and ports.last - ports.first < _MANY_PORTS
    listed = f"ports: [{', '.join(map(str, range(ports.first, ports.last + 1)))}], " if ports and few else ""
    return _entry(rule, _literal(urn), stack_of(urn), today, listed)


def entry_as_example(rule: str, resource_type: str, today: date) -> str:
    """Write an entry as an example.

    Args:
        rule: The id of a rule.
        resource_type: The type that the rule is about.
        today: The date from which the entry is valid for 90 days.

    Returns:
        One line of YAML, with ``NAME`` for the resource's name.
    """
    return _entry(rule, f"{URN_PREFIX}*::*::*{resource_type}::NAME", "prod", today)


def _entry(rule: str, urn: str, stack: str, today: date, ports: str = "") -> str:
    return (
        f"- {{rule: {rule}, urn: {json.dumps(urn)}, stacks: [{stack}], {ports}"
        f'reason: "{REASON_TO_FILL_IN}", expires: {(today + _COPIED_ENTRY_HOLDS).isoformat()}}}'
    )


def _literal(urn: str) -> str:
    """Write a URN as a pattern that matches only this URN; for a default provider, all versions of the provider.

    The engine names a default provider after the version of its plugin, such as ``default_7_51_1``. Without the
    wildcard, the next upgrade would end the exemption.
    """
    pattern = re.sub(r"([*?\[])", r"[\1]", urn)
    return f"{pattern.rpartition('::')[0]}::{DEFAULT_PROVIDER}*" if is_default_provider(urn) else pattern
