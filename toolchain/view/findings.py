"""Lays out the findings of the policies for one screen: worst first, and findings with the same fix in one block."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len

from toolchain.system.printing import visible
from toolchain.view import urns

SEVERITIES = ("critical", "high", "medium", "low")
"""All severities, worst first."""

HEADING_ROWS = 2
"""Most rows of a heading."""

SENTENCE_ROWS = (2, 1)
"""Most rows of any other sentence. The second number is used if the first leaves no space for all violations."""

FIX_ROWS = 8
"""Most rows of a fix: enough not to cut text that the user copies."""

MOST_RESOURCES = 3
"""Largest number of resources in a block that are shown with their details."""

_INDENT = "  "
_LEAST_WIDTH = 10
"""Least number of columns for the layout. A narrower terminal breaks the rows itself."""


@dataclass(frozen=True)
class Finding:
    """A finding of a policy about a resource, split into its parts.

    Attributes:
        policy: The policy's name.
        urn: The resource; empty for the whole stack.
        is_mandatory: Whether the finding makes the run fail.
        severity: One of ``SEVERITIES``; empty if unknown.
        problem: The problem, one sentence.
        details: The actual and the required values of this resource, in sentences.
        fix: The fix, one sentence; empty if there is none.
        settings: Pairs of a key in the stack file and its value; each pair alone corrects the problem.
        lists: The kind of entry, such as ``undecided``, if the policy only lists entries: then the finding is a
            violation only if it is mandatory. Empty for other policies.
    """

    policy: str
    urn: str
    is_mandatory: bool
    severity: str
    problem: str
    details: tuple[str, ...] = ()
    fix: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    lists: str = ""

    @property
    def resource(self) -> str:
        """The resource's label, such as ``ec2.Vpc main``; empty for the whole stack."""
        return "" if not self.urn or urns.type_of(self.urn) == urns.STACK else urns.label(self.urn)


@dataclass(frozen=True)
class Judgement:
    """All findings of the policies in a run.

    Attributes:
        findings: The findings in order, without the pack's summary.
        summary: The lines of the pack's own summary.
        not_asked: The rules that were not evaluated, because the run ended before the rules of the whole stack.
    """

    findings: Sequence[Finding] = ()
    summary: Sequence[str] = ()
    not_asked: Sequence[str] = ()

    @property
    def mandatory(self) -> list[Finding]:
        """The findings that make the run fail."""
        return [each for each in self.findings if each.is_mandatory]

    @property
    def advice(self) -> list[Finding]:
        """Violations that do not make the run fail."""
        return [each for each in self.findings if not each.is_mandatory and not each.lists]

    @property
    def listed(self) -> dict[str, int]:
        """Kind of entry that is only listed -> number of entries."""
        return dict(Counter(each.lists for each in self.findings if not each.is_mandatory and each.lists))


@dataclass(frozen=True)
class Block:
    """Violations that are shown together.

    Attributes:
        severity: The severity of the worst violation.
        violations: The severity of each violation.
        lines: Rows of the screen: the heading, then indented rows.
    """

    severity: str
    violations: tuple[str, ...]
    lines: tuple[str, ...]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by severity, then by policy and resource, so that the order is the same in every run."""
    return sorted(findings, key=lambda each: (rank(each.severity), each.policy, each.urn))


def rank(severity: str) -> int:
    """Return a number for sorting: the worse the severity, the lower the number."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def blocks(findings: Iterable[Finding], width: int, sentence_rows: int = SENTENCE_ROWS[0]) -> list[Block]:
    """Group findings that have the same fix.

    Args:
        findings: The violations.
        width: Columns of the screen.
        sentence_rows: Most rows of a sentence below the heading.

    Returns:
        One block for each setting that corrects several violations; for the other violations, one block for each
        policy, problem and fix. The worst block is first.
    """
    ordered = worst_first(findings)
    behind = Counter(key for finding in ordered for key, _value in finding.settings)
    together: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in ordered:
        key = max((key for key, _value in finding.settings), key=lambda each: behind[each], default="")
        together[(key,) if behind[key] > 1 else (finding.policy, finding.problem, finding.fix)].append(finding)
    return [
        Block(
            group[0].severity,
            tuple(each.severity for each in group),
            tuple(
                _rows(*(_of_a_setting(by[0], group) if by[0] in behind else _of_a_policy(group)), width, sentence_rows)
            ),
        )
        for by, group in together.items()
    ]


def _of_a_setting(key: str, group: Sequence[Finding]) -> tuple[str, list[str], str]:
    values = dict.fromkeys(dict(finding.settings)[key] for finding in group)
    setting = f"set {key} to {' and '.join(values)} in Pulumi.{urns.stack_of(group[0].urn)}.yaml"
    by_policy: dict[str, list[Finding]] = defaultdict(list)
    for finding in group:
        by_policy[finding.policy].append(finding)
    named = (
        f"{policy} ({urns.name_of(each[0].urn) if len(each) == 1 else f'{len(each)} resources'})"
        for policy, each in by_policy.items()
    )
    return f"{_graded(group[0])}: {len(group)} violations, one setting: {setting}", [", ".join(named)], ""


def _of_a_policy(group: Sequence[Finding]) -> tuple[str, list[str], str]:
    first = group[0]
    if len(group) == 1:
        by = f" by {first.resource}" if first.resource else ""
        sentences = [" ".join(first.details)]
    else:
        by = f" by {len(group)} resources"
        sentences = [f"{each.resource}: {' '.join(each.details)}" for each in group[:MOST_RESOURCES]]
        left = [each.resource for each in group[MOST_RESOURCES:]]
        sentences += [f"and {len(left)} more: {', '.join(left)}"] if left else []
    return f"{_graded(first)}: {first.policy}{by}: {first.problem}", sentences, first.fix


def _graded(finding: Finding) -> str:
    return finding.severity or "of unknown severity"


def _rows(heading: str, sentences: Iterable[str], fix: str, width: int, sentence_rows: int) -> Iterator[str]:
    yield from wrapped(heading, width, HEADING_ROWS)
    for sentence in filter(None, sentences):
        yield from wrapped(f"{_INDENT}{sentence}", width, sentence_rows)
    if fix:
        yield from wrapped(f"{_INDENT}Fix: {fix}", width, FIX_ROWS)


def wrapped(sentence: str, width: int, most_rows: int) -> list[str]:
    """Break a sentence into rows of the screen at its spaces.

    Args:
        sentence: The text; spaces at its beginning indent all rows.
        width: Columns of the screen.
        most_rows: Most rows; an ellipsis replaces the text that does not fit.
    """
    indent = " " * (len(sentence) - len(sentence.lstrip(" ")))
    return textwrap.wrap(
        visible(sentence),
        max(width, _LEAST_WIDTH),
        subsequent_indent=indent or _INDENT,
        max_lines=most_rows,
        placeholder=" …",
        break_on_hyphens=False,
    )


def rows(lines: Iterable[str], width: int) -> int:
    """Return the number of screen rows that the lines take, when the terminal breaks long ones."""
    return sum(max(1, -(-cell_len(line) // width)) for line in lines)


def counted(severities: Iterable[str]) -> str:
    """Return the number of each severity, worst first, such as ``1 critical, 3 high``."""
    numbers = Counter(severities)
    return ", ".join(f"{numbers[each]} {each or 'unknown'}" for each in sorted(numbers, key=rank))


@dataclass(frozen=True)
class Said:
    """The lines about policies at the end of a run.

    Attributes:
        lines: The violations; a line that begins with a space belongs to the line above it.
        summary: The lines of the pack's own summary.
        left: Number of mandatory violations that do not fit on the screen.
    """

    lines: tuple[str, ...]
    summary: tuple[str, ...]
    left: int


def policy_lines(judgement: Judgement, room: int, width: int) -> Said:
    """Lay out the findings of the policies.

    Args:
        judgement: The findings.
        room: Rows of the screen.
        width: Columns of the screen.

    Returns:
        As many mandatory violations as fit, worst first, but at least one block; the number of the others, by
        severity; the advisory violations and listed entries; and the pack's summary.
    """
    said = [_said(judgement, room, width, sentence_rows) for sentence_rows in SENTENCE_ROWS]
    return next((each for each in said if not each.left), said[-1])


def _said(judgement: Judgement, room: int, width: int, sentence_rows: int) -> Said:
    found = blocks(judgement.mandatory, width, sentence_rows)
    summary = [
        row
        for number, line in enumerate(filter(None, judgement.summary))
        for row in wrapped(line, width, sentence_rows if number else HEADING_ROWS)
    ]
    if judgement.not_asked:
        summary += wrapped(f"{incomplete(judgement.not_asked)} (--details names them)", width, HEADING_ROWS)
    others = [
        row
        for line in (*_advised(judgement.advice), *_in_full(judgement))
        for row in wrapped(line, width, HEADING_ROWS)
    ]
    # one row is for the number of violations that do not fit
    left_for_blocks = room - len(summary) - len(others) - 1
    heights = accumulate(len(block.lines) for block in found)
    count = max(sum(height <= left_for_blocks for height in heights), min(1, len(found)))
    left = [severity for block in found[count:] for severity in block.violations]
    lines = [line for block in found[:count] for line in block.lines]
    lines += [f"and {len(left)} more: {counted(left)}"] if left else []
    return Said((*lines, *others), tuple(summary), len(left))


def _advised(advice: Sequence[Finding]) -> list[str]:
    if not advice:
        return []
    numbers = Counter((each.severity, each.policy) for each in worst_first(advice))
    named = (f"{policy} ({f'{number} ' if number > 1 else ''}{grade})" for (grade, policy), number in numbers.items())
    return [f"advisory violations, {len(advice)}: {', '.join(named)}"]


def _in_full(judgement: Judgement) -> list[str]:
    """Return the line that says how to print everything, and what that contains; nothing if there is nothing more."""
    violations = ["each violation, with the exemption to copy"] if judgement.mandatory else []
    violations += ["advice"] if judgement.advice else []
    listed = [f"{what} ({number})" for what, number in judgement.listed.items()]
    return [f"in full with --details: {', '.join([*violations, *listed])}"] if violations or listed else []


def incomplete(not_asked: Sequence[str]) -> str:
    """Return the sentence that the findings are incomplete.

    Args:
        not_asked: The rules that were not evaluated.
    """
    return (
        "the findings of the policies are incomplete: the run ended before the whole stack was judged. Rules on single "
        f"resources saw only what was registered till then, and {len(not_asked)} rules over the stack did not run"
    )
