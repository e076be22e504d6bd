"""The pack's own policies. They report what could not be decided, what is exempted, and the summary of a run."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from policy.enforcement import exemptions_file
from policy.enforcement.levels import PINNED, Level, StackFacts
from policy.enforcement.pins import NAME as PINS
from policy.enforcement.pins import Pin, is_weaker
from policy.engine.session import Session
from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER, reached_accounts
from policy.reporting import messages
from policy.reporting.messages import Finding, Totals
from policy.reporting.unjudged import sentences
from policy.rule import Severity
from policy.rules import BY_ID

UNDECIDED: Final = "undecided-at-preview"
EXEMPTIONS_USED: Final = "exemptions-used"
EXEMPTIONS_VALID: Final = "exemptions-valid"
UNJUDGED: Final = "types-not-judged"
SUMMARY: Final = "summary"


_SEVERITIES: Final = tuple(severity.value for severity in Severity)


class Housekeeper(NamedTuple):
    """One of the pack's own policies.

    Attributes:
        name: The name of the policy; a configuration may set its level.
        title: What the policy reports, without a full stop.
        fix: What to do about a finding, one sentence with a full stop.
        severity: The engine sorts by it; a policy without a severity comes last.
        find: Makes pairs of a URN and a message from the run, the stack and the pins. An empty URN is the whole stack.
    """

    name: str
    title: str
    fix: str
    severity: str
    find: Callable[[Session, Graph, tuple[Pin, ...]], Iterator[tuple[str, str]]]


def _undecided(session: Session, _graph: Graph, _pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    for question, rules in session.undecided.items():
        told = messages.hide(f"{question.path}: {question.reason}", ())
        yield question.urn, f"{told}; asked by {', '.join(rules)}."


def _used(session: Session, _graph: Graph, _pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    for entry, urn in session.exemptions.granted():
        yield urn, f"{entry.rule} until {entry.expires.isoformat()}: {entry.reason}"


def _stale(session: Session, graph: Graph, _pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    stack = session.stack.name or graph.stack
    disabled = {rule for rule in {entry.rule for entry in session.exemptions.entries} if _is_disabled(session, rule)}
    for entry, why in session.exemptions.stale(stack, disabled):
        yield "", f"The exemption of {entry.urn} from {entry.rule}: {why}. Change it in {exemptions_file.NAME}."


def _is_disabled(session: Session, rule: str) -> bool:
    return session.level(rule) is Level.DISABLED


def _accounts(session: Session, graph: Graph, pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    for provider in graph.of_type(AWS_PROVIDER):
        accounts = set(reached_accounts(provider))
        for pin in pins:
            for account in accounts & set(pin.accounts):
                if is_weaker(session.stack.profile, pin.profile):
                    yield provider.urn, _too_weak(session.stack, account, pin)
                elif lowered := session.lowered(pin):
                    yield provider.urn, _lowered(lowered, account, pin)


def _too_weak(stack: StackFacts, account: str, pin: Pin) -> str:
    return (
        f"{PINS} holds the account {account} to the profile {pin.profile}, and this stack has the profile "
        f"{stack.profile}. Set {stack.project}:profile to {pin.profile}."
    )


def _lowered(policies: list[str], account: str, pin: Pin) -> str:
    return (
        f"{PINS} holds the account {account} to the profile {pin.profile}, and the configuration of this run lowers "
        f"{', '.join(policies)}. Run without it, or name the account in the stack file (aws.account_id)."
    )


def _unjudged(_session: Session, graph: Graph, _pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    yield from sentences(graph)


def _rank(finding: Finding) -> int:
    """Return the key that sorts the most severe findings first. Equal findings stay in the order of the run."""
    if finding.policy in BY_ID:
        return -_SEVERITIES.index(BY_ID[finding.policy].severity.value)
    return -_SEVERITIES.index(next(each.severity for each in HOUSEKEEPERS if each.name == finding.policy))


def _sum(session: Session, _graph: Graph, _pins: tuple[Pin, ...]) -> Iterator[tuple[str, str]]:
    totals = Totals(
        findings=sorted(session.told, key=_rank),
        undecided=len(session.undecided),
        exempted=len(session.exemptions.granted()),
        shared=messages.shared_settings(session.found, session.stack),
    )
    # A run that found nothing has a summary too: without it, nobody knows whether the run was completed.
    yield "", messages.summary(totals, session.stack)


HOUSEKEEPERS: Final = (
    Housekeeper(
        UNDECIDED,
        "What this run cannot decide is listed",
        "Nothing, where only a preview cannot know it; look yourself at what is outside the stack.",
        "low",
        _undecided,
    ),
    Housekeeper(
        EXEMPTIONS_USED,
        "What is exempted is listed, with the reason",
        "Nothing until the day that the entry names; then mend the resource, or give a reason for a later day.",
        "low",
        _used,
    ),
    Housekeeper(
        EXEMPTIONS_VALID,
        "Exemptions hold and are needed",
        f"Change or remove the entry in {exemptions_file.NAME}.",
        "medium",
        _stale,
    ),
    Housekeeper(
        PINNED,
        "Accounts have the profile that they are held to",
        f"Set the stack file's profile to the one that {PINS} names for the account.",
        "high",
        _accounts,
    ),
    Housekeeper(
        UNJUDGED,
        "What no rule judges is listed",
        "Look at the properties of such a resource yourself; components of others are no resources, and not listed.",
        "low",
        _unjudged,
    ),
    Housekeeper(SUMMARY, "The run is summed up", "Read the findings above it.", "", _sum),
)
"""The policies in the order in which they run. The summary counts the findings of the policies before it."""

HOUSEKEEPING: Final = tuple(each.name for each in HOUSEKEEPERS)


def keep_house(session: Session, graph: Graph, pins: tuple[Pin, ...]) -> list[Finding]:
    """Run the pack's own policies at the end of a run.

    Args:
        session: The run, in which all resources and the stack were judged.
        graph: The stack.
        pins: The pins of stacks and accounts.

    Returns:
        The findings of the pack's own policies.
    """
    session.catch_up(graph)
    found: list[Finding] = []
    for each in HOUSEKEEPERS:
        level = session.level(each.name)
        if level is Level.DISABLED:
            continue
        findings = [Finding(each.name, level, urn, text) for urn, text in each.find(session, graph, pins)]
        # A policy that only lists something reports no violation, unless its level is mandatory in this run.
        if each.name in {EXEMPTIONS_VALID, PINNED} or level is Level.MANDATORY:
            session.told += findings
        found += findings
    return found
