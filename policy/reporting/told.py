"""Parses the pack's messages after the engine has passed them on, and adds what the engine does not pass on."""

from typing import Final, NamedTuple

from policy.enforcement.levels import StackFacts
from policy.reporting import messages
from policy.reporting.housekeeping import EXEMPTIONS_USED, HOUSEKEEPERS, SUMMARY, UNDECIDED, UNJUDGED
from policy.rules import BY_ID, RULES

LISTS: Final = {
    UNDECIDED: "undecided",
    EXEMPTIONS_USED: "exempted",
    UNJUDGED: "types that no rule judges",
}
"""The pack's own policies that list something and report no violation -> what they list."""

STACK_RULES: Final = tuple(rule.id for rule in RULES if rule.check_graph is not None)
"""The rules that run at the end of a run, when all resources are known."""

_OWN: Final = {each.name: each.severity for each in HOUSEKEEPERS}


class Parts(NamedTuple):
    """The parts of a violation's message.

    Attributes:
        problem: What is wrong, one sentence.
        details: The values that the properties have, and what they must be; one sentence each.
        fix: What to do; empty when the message contains no fix.
    """

    problem: str
    details: tuple[str, ...]
    fix: str


def parts(message: str) -> Parts:
    """Split a message of `messages.violated` into its parts, without the exemption to copy.

    Args:
        message: The message of a finding. If it is of another pack, its first line counts as the problem and its other
            lines as details.
    """
    lines = [line for line in message.splitlines() if line.strip() and not line.startswith(messages.EXEMPTING)]
    fixes = [line.removeprefix(messages.FIX) for line in lines if line.startswith(messages.FIX)]
    told = [line for line in lines if not line.startswith(messages.FIX)]
    return Parts(told[0] if told else "", tuple(told[1:]), " ".join(fixes))


def severity(policy: str) -> str:
    """Return the severity of a policy.

    Args:
        policy: The id of a rule, or the name of one of the pack's own policies.

    Returns:
        The severity; empty for the summary and for a policy of another pack.
    """
    return BY_ID[policy].severity.value if policy in BY_ID else _OWN.get(policy, "")


def settings(policy: str, urn: str) -> tuple[tuple[str, str], ...]:
    """List the keys of the stack file that fix a violation, each with the value to set.

    Args:
        policy: The violated rule.
        urn: The resource that violates it.
    """
    if policy not in BY_ID:
        return ()
    deciding = messages.deciding(BY_ID[policy], urn)
    return tuple((messages.key_of(setting.key, StackFacts(), urn), setting.value) for setting in deciding)


def is_summary(policy: str) -> bool:
    """Check whether a policy is the one that reports the summary of the run."""
    return policy == SUMMARY


def is_of_the_stack(policy: str) -> bool:
    """Check whether a policy runs only at the end of a run, when the whole stack is judged."""
    return policy in _OWN or policy in STACK_RULES
