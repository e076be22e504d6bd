"""Reads ``policy/coverage/*.yaml``: the checks of other tools, and the rules here that decide the same.

There is one file per tool. It lists every check of one version of the tool once: under ``decided`` with the rules that
decide it, under ``not_decided`` by kind of reason, or under ``other_services``. ``by_setting`` repeats the decided
checks that the rules decide only with their own settings, while the profiles of this platform ask for less. Each rule
also lists the ids of the checks that it decides, and a test compares the two. Only ids are taken from the tools.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

import yaml

FOLDER: Final = Path(__file__).parents[1] / "coverage"
TOOLS: Final = ("fsbp", "checkov", "cdk_nag", "prowler", "trivy")
"""The names of the files. Each is also the name of the field of `Rule` that lists the tool's checks."""

VISIBLE: Final[Mapping[str, str]] = {
    "choice": "another way is as good, or better here",
    "cost": "it costs more than it protects",
    "sound": "it would refuse sound programs",
    "superseded": "another protection has taken its place",
}
"""Kinds of reasons for not deciding a check, although a program's resources would decide it."""
INVISIBLE: Final[Mapping[str, str]] = {
    "account": "about the account or the organization, not a stack",
    "beside": "about a service, or a part of one, that is not used here",
    "gone": "about something that AWS no longer has",
    "program": "about the program's text or files, not its resources",
    "runtime": "seen only in the running account",
    "terraform": "about Terraform",
}
"""Kinds of reasons for not deciding a check that is about something else than this program's resources and services."""


@dataclass(frozen=True)
class Undecided:
    """Checks that no rule decides.

    Attributes:
        kind: One of ``VISIBLE`` or ``INVISIBLE``.
        why: The reason, one sentence.
        checks: The ids of the checks.
    """

    kind: str
    why: str
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Tool:
    """A tool's checks, and which of them the rules decide.

    Attributes:
        field: The field of `Rule` that lists the tool's checks.
        name: The name of the tool.
        version: The version of the tool whose checks are listed.
        decided: Check -> the rules that decide it.
        by_setting: The decided checks that no profile of this platform asks for, or not fully.
        undecided: The checks that no rule decides, except those in ``other_services``.
        other_services: The ids of the checks of services that are not used here.
    """

    field: str
    name: str
    version: str
    decided: Mapping[str, tuple[str, ...]]
    by_setting: tuple[str, ...]
    undecided: tuple[Undecided, ...]
    other_services: tuple[str, ...]

    @property
    def left_out(self) -> int:
        """The number of checks that a program's resources would decide, but no rule decides."""
        return sum(len(each.checks) for each in self.undecided if each.kind in VISIBLE)

    @property
    def share(self) -> float:
        """The share, 0 to 1, that rules decide of the checks that a program's resources can decide."""
        return len(self.decided) / (len(self.decided) + self.left_out)

    @property
    def share_here(self) -> float:
        """The share when the checks that this platform's profiles do not ask for do not count as decided."""
        return (len(self.decided) - len(self.by_setting)) / (len(self.decided) + self.left_out)


@cache
def tools() -> tuple[Tool, ...]:
    """Read every tool's file."""
    return tuple(_read(field) for field in TOOLS)


def _read(field: str) -> Tool:
    text = (FOLDER / f"{field}.yaml").read_text(encoding="utf-8")
    content = cast("dict[str, object]", yaml.load(text, Loader=yaml.CSafeLoader))
    decided = cast("dict[str, list[str]]", content["decided"])
    kinds = cast("dict[str, list[dict[str, object]]]", content["not_decided"])
    return Tool(
        field=field,
        name=str(content["tool"]),
        version=str(content["version"]),
        decided={check: tuple(rules) for check, rules in decided.items()},
        by_setting=tuple(cast("list[str]", content["by_setting"])),
        undecided=tuple(
            Undecided(kind, str(entry["why"]), tuple(cast("list[str]", entry["checks"])))
            for kind, entries in kinds.items()
            for entry in entries
        ),
        other_services=tuple(cast("list[str]", content["other_services"])),
    )


def lines() -> Iterator[str]:
    """Write the part of docs/policies.md about the checks of other tools.

    Yields:
        Lines of Markdown.
    """
    yield (
        "Every check of these tools, by id: which rules decide it, or why none does. Checks that do not concern the "
        "services used here, or that no program's resources decide, are not counted in the share. *By setting* are "
        "those that rules decide with their own settings, and that this platform's profiles do not ask for; the share "
        "in brackets is without them.\n"
    )
    yield (
        "| Tool | Version | Checks | Decided | By setting | Left out | Share | Not a program's, or beside "
        "| Other services |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for tool in tools():
        invisible = sum(len(each.checks) for each in tool.undecided if each.kind in INVISIBLE)
        total = len(tool.decided) + tool.left_out + invisible + len(tool.other_services)
        yield (
            f"| {tool.name} | {tool.version} | {total} | {len(tool.decided)} | {len(tool.by_setting)} | "
            f"{tool.left_out} | {tool.share:.1%} ({tool.share_here:.1%}) | {invisible} | {len(tool.other_services)} |"
        )
    decided = sum(len(tool.decided) for tool in tools())
    left_out = sum(tool.left_out for tool in tools())
    yield f"\nTogether: {decided} of {decided + left_out}, {decided / (decided + left_out):.1%}.\n"
    for tool in tools():
        yield from _of(tool)


def _of(tool: Tool) -> Iterator[str]:
    yield f"### {tool.name}\n"
    yield "| Check | Decided by |\n|---|---|"
    for check, rules in tool.decided.items():
        setting = " (by setting)" if check in tool.by_setting else ""
        yield f"| {check} | {', '.join(f'`{rule}`' for rule in rules)}{setting} |"
    yield "\n| Not decided | | Why |\n|---|---|---|"
    for each in tool.undecided:
        yield f"| {', '.join(each.checks)} | {each.kind} | {each.why} |"
    yield ""
