"""The terminal output of policy findings: the worst first, one block for each setting, the pack's summary last."""

import re

import pytest
from rich.console import Console

from tests.toolchain.view.test_view import event, recorded, replayed
from toolchain.policies.pack import judged, not_asked
from toolchain.view.findings import SEVERITIES, Finding, Judgement, blocks, policy_lines, wrapped
from toolchain.view.progress import Progress
from toolchain.view.report import Ending, print_report

REFUSED = "preview-refused"
"""A preview of prod with an AWS key, a policy that allows all, foreign accounts, a default provider, and
``database.deletion_protection: false``."""


def shown(progress: Progress, width: int, height: int) -> list[str]:
    """Return the rows of a terminal at the end of a preview of prod."""
    ending = Ending("preview of prod", succeeded=False, is_preview=True, is_judged=True, next_step="mend it")
    return rows_of(progress, ending, width, height)


def rows_of(progress: Progress, ending: Ending, width: int, height: int) -> list[str]:
    console = Console(record=True, width=width, height=height, file=open("/dev/null", "w"), highlight=False)  # noqa: SIM115, PTH123
    print_report(console, progress, ending)
    return console.export_text().splitlines()


def told(policy: str, urn: str, message: str = "It is wrong.", level: str = "mandatory") -> Progress:
    progress = Progress()
    progress.add(event("policyEvent", policyName=policy, resourceUrn=urn, message=message, enforcementLevel=level), 0)
    return progress


def finding(name: str, severity: str = "low", *, mandatory: bool = True, **content: object) -> Finding:
    content = {"policy": f"of-{severity or 'nobody'}", "problem": "It is wrong.", "fix": "Mend it.", **content}
    return Finding(
        urn=f"urn:pulumi:prod::shop::aws:sqs/queue:Queue::{name}", is_mandatory=mandatory, severity=severity, **content
    )  # type: ignore[arg-type]


def headings(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(tuple(f"{severity}: " for severity in SEVERITIES))]


@pytest.mark.parametrize(("width", "height"), [(120, 50), (80, 24)])
def test_the_end_is_one_screen_with_the_worst_first_and_the_summary_last(width: int, height: int) -> None:
    lines = shown(replayed(REFUSED), width, height)
    assert height - 6 < len(lines) < height, "as many as fit"
    assert all(len(line) <= width for line in lines)
    found = headings(lines)
    assert len(found) >= 2
    assert found[0].startswith("critical: no-secret-in-clear by lambda.Function nightly: A secret stands in")
    ranks = [SEVERITIES.index(line.partition(":")[0]) for line in found]
    assert ranks == sorted(ranks)
    summary = next(number for number, line in enumerate(lines) if line.startswith("36 mandatory violations, "))
    assert summary > lines.index(found[-1])
    assert lines[-2:] == ["Read more: python -m ops policies RULE, and docs/policies.md.", "Next: mend it"]
    assert "deletion_protection is behind 7 violations: " in "".join(lines[summary:])


@pytest.mark.parametrize(("width", "height"), [(120, 50), (120, 400), (100, 24)])
def test_the_counts_are_those_of_the_pipe(width: int, height: int) -> None:
    mandatory = [
        e["policyEvent"] for e in recorded(REFUSED) if e.get("policyEvent", {}).get("enforcementLevel") == "mandatory"
    ]
    lines = shown(replayed(REFUSED), width, height)
    left = next((line for line in lines if re.match(r"and \d+ more: ", line)), "and 0 more: ")
    sizes = [re.search(r": (\d+) violations, one setting| by (\d+) resources:", line) for line in headings(lines)]
    shown_ = sum(int(size[1] or size[2]) if size else 1 for size in sizes)
    assert shown_ + int(left.split()[1]) == len(mandatory) == 36
    assert sum(map(int, re.findall(r"(\d+) (?:critical|high|medium|low)", left))) == int(left.split()[1])
    assert " 0 advisory violations, " in " ".join(lines)
    assert "summary (" not in " ".join(lines)


def test_a_tiny_terminal_breaks_nothing() -> None:
    lines = shown(replayed(REFUSED), 2, 1)
    assert "".join(lines).count("critical: ") == 1


@pytest.mark.parametrize(("height", "has_table"), [(50, True), (24, False)])
def test_the_table_of_changes_gives_way_to_violations(height: int, has_table: bool) -> None:
    progress = replayed(REFUSED)
    progress.violations = [each for each in progress.violations if each.policy in {"rds-backups-kept", "summary"}]
    lines = shown(progress, 80, height)
    assert len(lines) < height
    assert any(line.startswith("component ") for line in lines) is has_table
    assert any(line.startswith("medium: rds-backups-kept by rds.Instance ") for line in lines)


def test_violations_of_one_setting_are_one_block() -> None:
    found = blocks(judged(replayed(REFUSED).violations).mandatory, 120)
    (block,) = [block for block in found if "one setting" in block.lines[0]]
    assert block.severity == "medium"
    assert (
        " ".join(block.lines[0:2])
        .replace("\n", "")
        .startswith(
            "medium: 7 violations, one setting: set spot-platform:database.deletion_protection to true in Pulumi.prod.yaml"
        )
    )
    assert "secret-recovery-window (5 resources)" in " ".join(block.lines)
    assert "rds-backups-kept (halalsphere-prod-database)" in " ".join(block.lines)
    assert len(block.violations) == 7


def test_the_words_of_a_violation_are_its_sentences_without_the_exemption() -> None:
    lines = "\n".join(shown(replayed(REFUSED), 120, 400))
    assert "  Fix: Name the actions and the resources.\n" in lines
    assert "policies/exemptions.yaml" not in lines
    assert "WHY?" not in lines
    assert "no-foreign-accounts by 3 resources: Another account" in lines
    assert "\n  sns.TopicPolicy foreign-1: policy.Statement[0] lets in arn:aws:iam::111122223331:root" in lines


def test_what_is_only_listed_is_no_advice() -> None:
    judgement = judged(replayed(REFUSED).violations)
    assert judgement.advice == []
    assert judgement.listed == {"exempted": 12, "undecided": 2}
    said = policy_lines(Judgement(judgement.findings[-14:], judgement.summary), 40, 120)
    assert said.lines == ("in full with --details: undecided (2), exempted (12)",)


def test_advice_is_counted_by_policy_with_the_worst_first() -> None:
    advice = [finding("a", mandatory=False), finding("b", mandatory=False), finding("c", "high", mandatory=False)]
    said = policy_lines(Judgement(advice), 40, 120)
    assert said.lines == ("advisory violations, 3: of-high (high), of-low (2 low)", "in full with --details: advice")


def test_a_list_that_a_run_makes_mandatory_is_of_violations() -> None:
    judgement = Judgement([finding("a", lists="undecided")])
    assert judgement.listed == {}
    assert policy_lines(judgement, 40, 120).lines[0].startswith("low: of-low by sqs.Queue a: It is wrong.")


def test_many_resources_of_one_policy_are_one_block() -> None:
    (block,) = blocks([finding(f"q{number}") for number in range(9)], 120)
    assert len(block.violations) == 9
    assert block.lines[0] == "low: of-low by 9 resources: It is wrong."
    assert block.lines[4:] == (
        "  and 6 more: sqs.Queue q3, sqs.Queue q4, sqs.Queue q5, sqs.Queue q6, sqs.Queue q7, sqs.Queue q8",
        "  Fix: Mend it.",
    )


def test_one_of_two_settings_takes_what_it_is_behind() -> None:
    both = (("shop:a", "1"), ("shop:b", "2"))
    found = blocks([finding("x", settings=both), finding("y", "high", settings=both[1:])], 120)
    assert [block.lines[0] for block in found] == [
        "high: 2 violations, one setting: set shop:b to 2 in Pulumi.prod.yaml"
    ]


def test_a_violation_of_another_pack_has_no_severity_and_comes_last() -> None:
    queue = "urn:pulumi:prod::shop::aws:sqs/queue:Queue::q"
    progress = told("theirs", queue, "Not so.")
    progress.violations += told(
        "sqs-encrypted", queue, "It is.\nFix: Do it.\nTo exempt it, give the reason and add to x"
    ).violations
    assert [block.lines for block in blocks(judged(progress.violations).mandatory, 120)] == [
        ("medium: sqs-encrypted by sqs.Queue q: It is.", "  Fix: Do it."),
        ("of unknown severity: theirs by sqs.Queue q: Not so.",),
    ]


BROKEN_OFF = "the findings of the policies are incomplete: the run ended before the whole stack was judged. "


def broken_off(*, succeeded: bool = False, is_judged: bool = True) -> str:
    queue = "urn:pulumi:prod::shop::aws:sqs/queue:Queue::q"
    progress = told("sqs-encrypted", queue, "It is.\nFix: Do it.", "advisory")
    progress.add(event("resourcePreEvent", metadata={"op": "create", "urn": queue, "new": {"parent": ""}}), 0)
    ending = Ending("preview of prod", succeeded=succeeded, is_preview=True, is_judged=is_judged, next_step="mend it")
    return "\n".join(rows_of(progress, ending, 300, 50))


def test_a_run_that_breaks_off_says_that_the_findings_are_incomplete() -> None:
    text = broken_off()
    (line,) = [line for line in text.splitlines() if line.startswith(BROKEN_OFF)]
    rules = not_asked([])
    assert f"{len(rules)} rules over the stack did not run (--details names them)" in line
    assert "ecs-spot-share" in rules
    assert "sqs-encrypted" not in rules
    assert text.endswith(f"{line}\nNext: mend it")


@pytest.mark.parametrize("how", [{"succeeded": True}, {"is_judged": False}])
def test_a_run_that_has_come_to_its_end_or_has_no_policies_says_nothing_of_it(how: dict[str, bool]) -> None:
    assert "incomplete" not in broken_off(**how)
    assert "incomplete" not in "\n".join(shown(replayed(REFUSED), 120, 50))


def test_a_run_that_has_not_begun_says_nothing_of_policies() -> None:
    ending = Ending("preview of prod", succeeded=False, is_judged=True)
    assert "incomplete" not in "\n".join(rows_of(Progress(), ending, 120, 50))


def test_names_in_violations_are_shown_and_not_obeyed() -> None:
    text = "\n".join(shown(told("theirs", "urn:pulumi:prod::shop::aws:sqs/queue:Queue::\x1b[2Jq", "\x1b]0;x"), 120, 50))
    assert "\x1b" not in text
    assert "\\x1b[2Jq" in text


@pytest.mark.parametrize(
    ("sentence", "rows"),
    [
        ("short", ["short"]),
        ("  one two three four", ["  one two", "  three …"]),
        ("http://x-y/" + "z" * 12, ["http://x-y/", "  zzzzzzzzz …"]),
    ],
)
def test_a_sentence_is_broken_at_spaces_and_cut(sentence: str, rows: list[str]) -> None:
    found = wrapped(sentence, 11, 2)
    assert found[: len(rows) - 1] == rows[:-1]
    assert all(len(row) <= 11 for row in found)
    assert len(found) == len(rows)
