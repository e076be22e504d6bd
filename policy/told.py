"""Reads what the pack has told the engine: its parts, and what the engine does not pass on to who shows it."""

from typing import Final, NamedTuple

from policy import messages
from policy.enforcement import StackFacts
from policy.housekeeping import EXEMPTIONS_USED, HOUSEKEEPERS, SUMMARY, UNDECIDED, UNJUDGED
from policy.rules import BY_ID, RULES

LISTS: Final = {
    UNDECIDED: "undecided",
    EXEMPTIONS_USED: "exempted",
    UNJUDGED: "types that no rule judges",
}
"""The pack's own policy -> what it lists, which is no violation."""

STACK_RULES: Final = tuple(rule.id for rule in RULES if rule.check_graph is not None)
"""The rules that are asked when all resources are known, at the end of a run."""

_OWN: Final = {each.name: each.severity for each in HOUSEKEEPERS}


class Parts(NamedTuple):
    """A violation's message.

    Attributes:
        problem: What is wrong, a sentence.
        details: What is there and what is wanted, sentences.
        fix: What to do; empty where the message does not say it.
    """

    problem: str
    details: tuple[str, ...]
    fix: str


def parts(message: str) -> Parts:
    """Take apart what `messages.violated` has put together, without the exemption to copy.

    Args:
        message: Of a finding; one of another pack is all problem.
    """
    lines = [line for line in message.splitlines() if line.strip() and not line.startswith(messages.EXEMPTING)]
    fixes = [line.removeprefix(messages.FIX) for line in lines if line.startswith(messages.FIX)]
    told = [line for line in lines if not line.startswith(messages.FIX)]
    return Parts(told[0] if told else "", tuple(told[1:]), " ".join(fixes))


def severity(policy: str) -> str:
    """Say how bad a violation of a policy is.

    Args:
        policy: A rule, or one of the pack's own policies.

    Returns:
        Nothing for a policy of another pack, and for the summary.
    """
    return BY_ID[policy].severity.value if policy in BY_ID else _OWN.get(policy, "")


def settings(policy: str, urn: str) -> tuple[tuple[str, str], ...]:
    """List the keys of the stack file that mend a violation, each with its value.

    Args:
        policy: The violated rule.
        urn: The resource that violates it.
    """
    if policy not in BY_ID:
        return ()
    deciding = messages.deciding(BY_ID[policy], urn)
    return tuple((messages.key_of(setting.key, StackFacts(), urn), setting.value) for setting in deciding)


def is_summary(policy: str) -> bool:
    """Check whether a policy sums the run up."""
    return policy == SUMMARY


def is_of_the_stack(policy: str) -> bool:
    """Check whether a policy is asked only at the end of a run, when the whole stack is judged."""
    return policy in _OWN or policy in STACK_RULES
