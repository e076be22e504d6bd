"""Prints the summary of a run on one screen: errors, changes, addresses, findings of the policies, next step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.table import Table

from toolchain.policies.pack import judged, not_asked
from toolchain.system.printing import visible
from toolchain.view import urns
from toolchain.view.findings import policy_lines, rows
from toolchain.view.live import clock
from toolchain.view.progress import REPLACE, SAME, Diagnostic, Progress

MOST_NAMED = 8
"""Largest number of resources or errors in one list."""
MOST_KEPT = 12
"""Largest number of lines about what a destroy leaves."""

_ENGINES_LAST = frozenset({"preview failed", "update failed"})
"""Messages that the engine prints after every failure, besides the cause."""

_CHANGES = ("create", "update", REPLACE, "delete", SAME)
_DONE = {"create": "created", "update": "updated", REPLACE: "replaced", "delete": "deleted", SAME: "unchanged"}
_MOST_CAUSES = 3
_MOST_ERROR_LINES = 6


@dataclass(frozen=True)
class Ending:
    """The parts of the summary that do not come from the engine's events.

    Attributes:
        title: The name of the run, such as ``up of local``.
        succeeded: Whether the run succeeded.
        is_preview: Whether the run was a preview.
        seconds: The duration of the run.
        addresses: The URLs of the site and the API, by the output's name.
        next_step: The next step for the user; empty for none.
        is_judged: Whether policies were attached.
        chain: The lines about the longest chain of operations.
        kept: The lines about what remains after a destroy; the summary shows at most `MOST_KEPT` of them.
    """

    title: str
    succeeded: bool
    is_preview: bool = False
    seconds: float = 0.0
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    next_step: str = ""
    is_judged: bool = False
    chain: Sequence[str] = ()
    kept: Sequence[str] = ()


def print_report(console: Console, progress: Progress, ending: Ending) -> None:
    """Print the summary. The findings of the policies come last, because the top of a long summary scrolls away."""
    width, height = console.size
    judgement = replace(judged(progress.violations), not_asked=rules_not_asked(progress, ending))
    by_component = progress.changes_by_component()
    upper = [*_errors(progress), *(line for change in (REPLACE, "delete") for line in _named(progress, change, ending))]
    lower = [*ending.chain, *_kept(ending.kept), *_addresses(ending.addresses), _outcome(by_component, ending)]
    last = [f"Next: {visible(ending.next_step)}"] if ending.next_step else []
    # the last row is for the shell's prompt
    room = height - 1 - rows((*upper, *lower, *last), width)
    is_changing = any(counts.total() > counts[SAME] for counts in by_component.values())
    table = len(by_component) + 1 if is_changing else 0
    said = policy_lines(judgement, room - table, width)
    if judgement.mandatory and (said.left or len(said.lines) + len(said.summary) > room - table):
        # no table of changes: violations are more important, and the outcome also has the number of changes
        is_changing, said = False, policy_lines(judgement, room, width)
    for line in upper:
        console.print(line, soft_wrap=True)
    if is_changing:
        console.print(_table(by_component))
    for line in lower:
        console.print(line, soft_wrap=True)
    for line in said.lines:
        console.print(line, soft_wrap=True, style="" if line.startswith(" ") else "bold")
    for line in (*said.summary, *last):
        console.print(line, soft_wrap=True)


def rules_not_asked(progress: Progress, ending: Ending) -> Sequence[str]:
    """Return the rules that a run did not evaluate because it failed before the rules of the whole stack."""
    is_broken_off = ending.is_judged and not ending.succeeded and progress.has_begun
    return not_asked(progress.violations) if is_broken_off else ()


def names_a_cause(progress: Progress) -> bool:
    """Check whether the summary of a failed run names the cause: an error or a mandatory violation."""
    return bool(_causes(progress)) or any(each.is_mandatory for each in progress.violations)


def _causes(progress: Progress) -> list[Diagnostic]:
    return [each for each in progress.diagnostics if each.severity == "error" and each.message not in _ENGINES_LAST]


def _errors(progress: Progress) -> list[str]:
    errors = _causes(progress)
    lines: list[str] = []
    for error in errors[:MOST_NAMED]:
        words = error.message.removeprefix("error: ").splitlines()
        about = f"{urns.label(error.urn)}: " if error.urn and urns.type_of(error.urn) != urns.STACK else ""
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


def _kept(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_KEPT
    return [*lines[:MOST_KEPT], *([f"  and {more} more (--details)"] if more > 0 else [])]


def _addresses(addresses: Mapping[str, str]) -> list[str]:
    return [f"{visible(name)}: {visible(address)}" for name, address in addresses.items()]


def _outcome(by_component: Mapping[str, Counter[str]], ending: Ending) -> str:
    outcome = "done" if ending.succeeded else "failed"
    totals = sum(by_component.values(), Counter[str]())
    return f"{visible(ending.title)} {outcome} in {clock(ending.seconds)}: {_counted(totals, ending)}"


def _counted(totals: Counter[str], ending: Ending) -> str:
    words = {change: f"to {change}" for change in _CHANGES if change != SAME} if ending.is_preview else {}
    counted = [f"{totals[change]} {words.get(change, _DONE[change])}" for change in _CHANGES if totals[change]]
    return ", ".join(counted) or "no resources"
