"""The summary of one screen at the end of a run: changes, violations, errors, what was kept, addresses, next step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from toolchain.printing import visible
from toolchain.view import urns
from toolchain.view.live import clock
from toolchain.view.progress import REPLACE, SAME, Diagnostic, Progress, Violation

MOST_NAMED = 8
"""Resources, policies or errors that are named in one list."""

UNDECIDED = "undecided-at-preview"
"""The policy that lists what the others could not decide."""

_ENGINES_LAST = frozenset({"preview failed", "update failed"})
"""What the engine says of any failure, beside its cause."""

_CHANGES = ("create", "update", REPLACE, "delete", SAME)
_DONE = {"create": "created", "update": "updated", REPLACE: "replaced", "delete": "deleted", SAME: "unchanged"}
_MOST_CAUSES = 3
_MOST_ERROR_LINES = 6


@dataclass(frozen=True)
class Ending:
    """What the summary says beside the engine's events.

    Attributes:
        title: What was done, such as ``up of local``.
        succeeded: Whether it worked.
        is_preview: Whether nothing has been changed.
        seconds: How long it took.
        addresses: Where the site and the API answer, by the output's name.
        next_step: What to do now.
        chain: Lines about what had to wait for what.
    """

    title: str
    succeeded: bool
    is_preview: bool = False
    seconds: float = 0.0
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    next_step: str = ""
    chain: Sequence[str] = ()


def print_report(console: Console, progress: Progress, ending: Ending) -> None:
    """Print the summary."""
    for line in (*_errors(progress), *_violations(progress)):
        console.print(line, soft_wrap=True)
    for change in (REPLACE, "delete"):
        for line in _named(progress, change, ending):
            console.print(line, soft_wrap=True)
    by_component = progress.changes_by_component()
    if any(counts.total() > counts[SAME] for counts in by_component.values()):
        console.print(_table(by_component))
    for line in (*_advice(progress.violations), *ending.chain, *_addresses(ending.addresses)):
        console.print(line, soft_wrap=True)
    outcome = "done" if ending.succeeded else "failed"
    totals = sum(by_component.values(), Counter[str]())
    took = f"{visible(ending.title)} {outcome} in {clock(ending.seconds)}"
    console.print(f"{took}: {_counted(totals, ending)}", soft_wrap=True)
    if ending.next_step:
        console.print(f"Next: {visible(ending.next_step)}", soft_wrap=True)


def names_a_cause(progress: Progress) -> bool:
    """Whether the summary of a failed run says why it failed."""
    return bool(_causes(progress)) or any(each.is_mandatory for each in progress.violations)


def _causes(progress: Progress) -> list[Diagnostic]:
    return [each for each in progress.diagnostics if each.severity == "error" and each.message not in _ENGINES_LAST]


def _errors(progress: Progress) -> list[str]:
    errors = _causes(progress)
    lines: list[str] = []
    for error in errors[:MOST_NAMED]:
        words = error.message.removeprefix("error: ").splitlines()
        about = f"{urns.label(error.urn)}: " if error.urn and urns.type_of(error.urn) != "pulumi:pulumi:Stack" else ""
        lines.append(f"error: {visible(about + words[0])}")
        lines += [f"  {visible(word)}" for word in words[1:_MOST_ERROR_LINES] if word.strip()]
        if len(words) > _MOST_ERROR_LINES:
            lines.append(f"  and {len(words) - _MOST_ERROR_LINES} more lines (--details)")
    return lines + _more(len(errors))


def _named(progress: Progress, change: str, ending: Ending) -> list[str]:
    word = f"to {change}" if ending.is_preview else _DONE[change]
    steps = progress.named(change)
    lines: list[str] = []
    for step in steps[:MOST_NAMED]:
        causes = ", ".join(step.causes[:_MOST_CAUSES])
        because = f", because of {visible(causes)}" if causes else ""
        lines.append(f"{word}: {visible(urns.label(step.urn))} in {visible(step.component)}{because}")
    return lines + _more(len(steps))


def _more(number: int) -> list[str]:
    return [f"  and {number - MOST_NAMED} more (--details)"] if number > MOST_NAMED else []


def _table(by_component: Mapping[str, Counter[str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("component", no_wrap=True, overflow="ellipsis")
    for change in _CHANGES:
        table.add_column(change, justify="right")
    for component, counts in by_component.items():
        table.add_row(visible(component), *(str(counts[change] or "") for change in _CHANGES))
    return table


def _violations(progress: Progress) -> list[str]:
    mandatory = [each for each in progress.violations if each.is_mandatory]
    lines: list[str] = []
    for each in mandatory[:MOST_NAMED]:
        about = f" by {urns.label(each.urn)}" if each.urn else ""
        reason = " ".join(each.message.split())
        lines.append(f"violation of {visible(each.policy)}{visible(about)}: {visible(reason)}")
    return lines + _more(len(mandatory))


def _advice(violations: Sequence[Violation]) -> list[str]:
    advice = Counter(each.policy for each in violations if not each.is_mandatory)
    undecided = advice.pop(UNDECIDED, 0)
    lines: list[str] = []
    if advice:
        most = ", ".join(f"{visible(policy)} ({number})" for policy, number in advice.most_common(MOST_NAMED))
        others = " and others" if len(advice) > MOST_NAMED else ""
        lines.append(f"advisory violations, {advice.total()}: {most}{others}")
    if undecided:
        lines.append(f"undecided before the update: {undecided} resources (--details)")
    return lines


def _addresses(addresses: Mapping[str, str]) -> list[str]:
    return [f"{visible(name)}: {visible(address)}" for name, address in addresses.items()]


def _counted(totals: Counter[str], ending: Ending) -> str:
    words = {change: f"to {change}" for change in _CHANGES if change != SAME} if ending.is_preview else {}
    counted = [f"{totals[change]} {words.get(change, _DONE[change])}" for change in _CHANGES if totals[change]]
    return ", ".join(counted) or "no resources"
