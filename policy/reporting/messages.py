"""What the pack says: of violations, of rules that crashed, and at the end of a run."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from policy.documents import OUTPUT
from policy.enforcement import exemptions_file
from policy.enforcement.exemptions import project_of, stack_of
from policy.enforcement.levels import LISTS, Level, StackFacts, has_file
from policy.enforcement.pins import NAME as PINS
from policy.resources import types_of
from policy.rule import Addition, Rule, Setting, Verdict
from policy.secrets.redaction import HIDDEN, without_forms

READ_MORE: Final = "docs/policies.md"
FIX: Final = "Fix: "
"""Begins the line of a violation that says what to do."""
EXEMPTING: Final = "To exempt it, give the reason and add to "
"""Begins the line of a violation that holds the exemption to copy."""
_SHORTEST_REPLACED: Final = 3
"""Characters; a shorter secret is hidden only where it stands in quotes, since it may be part of any sentence."""
_LONGEST_NAME: Final = 40
"""Characters of a profile's name that are shown."""
NOT_KNOWN_YET: Final = "(not known yet)"
"""Stands in messages for a name that preview does not know."""
_LISTED: Final = 20
"""As many mandatory violations the summary lists by name."""


@dataclass(frozen=True)
class Finding:
    """What one policy says about one resource.

    Attributes:
        policy: The id of the rule, or the name of one of the pack's own policies.
        level: What it does.
        urn: The resource; empty for the stack as a whole.
        message: One line or several.
        lists: The lists of the stack file that could allow it, without the project's name.
    """

    policy: str
    level: Level
    urn: str
    message: str
    lists: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.rsplit("::", maxsplit=1)[-1]


def hide(message: str, secrets: Collection[str]) -> str:
    """Replace secrets in a message: those that are named, and whatever has the form of one.

    Args:
        message: What a rule says.
        secrets: The texts that must not be shown.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        for text in {secret, json.dumps(secret)[1:-1]} - {""}:
            if len(text) < _SHORTEST_REPLACED:
                message = message.replace(f'"{text}"', HIDDEN)
            else:
                message = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", HIDDEN, message)
    return without_forms(message.replace(OUTPUT, NOT_KNOWN_YET))


def without_secrets(verdict: Verdict, secrets: Collection[str]) -> Verdict:
    """Take secrets out of what a rule says.

    Args:
        verdict: Any.
        secrets: The texts that must not be shown.

    Returns:
        The same with the secrets hidden, and without additions that would show one.
    """
    additions = tuple(each for each in verdict.additions if hide(each.entry, secrets) == each.entry)
    return replace(verdict, message=hide(verdict.message, secrets), additions=additions)


def deciding(rule: Rule, urn: str) -> list[Setting]:
    """List the keys of the stack file that decide what a rule asks of a resource."""
    return [setting for setting in rule.settings if setting.decides(urn)]


def violated(rule: Rule, verdicts: Sequence[Verdict], level: Level, stack: StackFacts, today: date) -> str:
    """Say what is wrong with a resource, what to do, and how to exempt it.

    Args:
        rule: The violated rule.
        verdicts: Its violations by one resource, one or more.
        level: What they do; only what is mandatory needs an exemption.
        stack: The stack.
        today: From which the exemption to copy holds.

    Returns:
        Several lines, of which the first says what is wrong.
    """
    told = dict.fromkeys(_sentence(verdict.message) for verdict in verdicts)
    lines = [_sentence(rule.problem), *told, f"{FIX}{fix(rule, verdicts[0].urn, stack, added(verdicts))}"]
    if level is Level.MANDATORY and verdicts[0].urn:
        lines.append(_exempting(rule.id, verdicts[0], today))
    return "\n".join(lines)


def added(verdicts: Iterable[Verdict]) -> tuple[Addition, ...]:
    """List what the stack file could add to allow what verdicts are about, each once."""
    return tuple(dict.fromkeys(addition for verdict in verdicts for addition in verdict.additions))


def fix(rule: Rule, urn: str, stack: StackFacts, additions: Sequence[Addition] = ()) -> str:
    """Say what to set to what: the key of the stack file where there is one, else the property.

    Args:
        rule: The violated rule.
        urn: The resource that violates it.
        stack: The stack.
        additions: What its lists could add to allow it; the property is told too, since it may be wrong.
    """
    values = {setting.key: setting.value for setting in deciding(rule, urn)}
    values |= {each.key: _list_with(each.key, additions, stack) for each in additions}
    in_the_program = rule.remediation_of.get(types_of(urn)[-1], rule.remediation) if urn else rule.remediation
    if not values:
        return in_the_program
    keys = ", or ".join(f"{key_of(key, stack, urn)} to {value}" for key, value in values.items())
    in_the_stack_file = f"In Pulumi.{stack.name or stack_of(urn)}.yaml, set {keys}."
    return f"{in_the_program} If it is on purpose: {in_the_stack_file}" if additions else in_the_stack_file


def _list_with(key: str, additions: Sequence[Addition], stack: StackFacts) -> str:
    """Write a list of the stack file, as it is to be: what it has already, and what is to be added."""
    there = stack.lists.get(LISTS.get(key.rpartition(".")[2], ""), ())
    return json.dumps([*there, *(each.entry for each in additions if each.key == key)])


def key_of(key: str, stack: StackFacts, urn: str = "") -> str:
    """Write a key of the stack file with the project's name before it."""
    project = stack.project or project_of(urn) or "PROJECT"
    return f"{project}:{key}"


def malformed(rules: Sequence[Rule], verdict: Verdict) -> str:
    """Say that a value cannot be read, once for all rules that read it.

    Args:
        rules: The rules; the first is the one that reports it.
        verdict: Of any of them.

    Returns:
        Two lines, and no exemption: AWS takes it no more than the rules do.
    """
    readers = ", ".join(rule.id for rule in rules)
    fix_ = f"{FIX}Write JSON, as json.dumps does; AWS takes nothing else."
    return f"{_sentence(verdict.message)} No rule can read it: {readers}.\n{fix_}"


def crashed(rule: Rule, verdict: Verdict, today: date) -> str:
    """Say that a rule has a bug, which resource showed it, and how to report it.

    Args:
        rule: The rule.
        verdict: Its crash.
        today: From which the exemption to copy holds.
    """
    lines = [
        f"The rule {rule.id} has a bug, so that nothing says whether this resource keeps it: {verdict.message}.",
        f"Report these lines to the owner of the folder policy/, with the arguments of {verdict.urn or 'the stack'}.",
    ]
    if verdict.urn:
        lines.append(_exempting(rule.id, verdict, today))
    return "\n".join(lines)


def _exempting(rule: str, verdict: Verdict, today: date) -> str:
    entry = exemptions_file.entry_to_copy(rule, verdict.urn, today, verdict.ports)
    return f"{EXEMPTING}{exemptions_file.NAME}: {entry}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


@dataclass(frozen=True)
class Totals:
    """What a run found.

    Attributes:
        findings: The violations of rules and of the pack's own policies.
        undecided: How many properties could not be decided.
        exempted: How many violations are exempted.
        shared: Key of the stack file -> what violates rules that it decides.
    """

    findings: Sequence[Finding]
    undecided: int
    exempted: int
    shared: Sequence[tuple[str, Sequence[Finding]]]


def summary(totals: Totals, stack: StackFacts) -> str:
    """Sum a run up.

    Args:
        totals: What the run found.
        stack: The stack.

    Returns:
        Several lines: how many, which are mandatory, which key of the stack file is behind several, where to read
        more.
    """
    mandatory = [finding for finding in totals.findings if finding.level is Level.MANDATORY]
    advisory = len(totals.findings) - len(mandatory)
    counts = f"{_count(len(mandatory), 'mandatory violation')}, {_count(advisory, 'advisory violation')}"
    lines = [f"{counts}, {totals.undecided} undecided, {totals.exempted} exempted; {_profile(stack)}."]
    if mandatory:
        listed = [_named(finding) for finding in mandatory[:_LISTED]]
        more = len(mandatory) - len(listed)
        lines.append(f"Mandatory: {', '.join(listed)}{f' and {more} more' if more else ''}.")
    lines += [
        f"{key} is behind {len(findings)} violations: {', '.join(map(_named, findings))}."
        for key, findings in totals.shared
    ]
    lines.append(f"Read more: python -m ops policies RULE, and {READ_MORE}.")
    return "\n".join(lines)


def _named(finding: Finding) -> str:
    return f"{finding.policy} ({finding.name})" if finding.urn else finding.policy


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _profile(stack: StackFacts) -> str:
    if not stack.profile:
        return "no profile is known, so every rule is mandatory unless it is configured"
    if stack.is_raised:
        return f"profile {stack.profile}, to which {PINS} holds this stack; it asks for {stack.asked}"
    if not has_file(stack.profile):
        return f"profile {_short(stack.profile)} is none of this pack's, so every rule is mandatory unless configured"
    return f"profile {stack.profile}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def shared_settings(found: Iterable[tuple[Rule, Finding]], stack: StackFacts) -> list[tuple[str, Sequence[Finding]]]:
    """Find the keys of the stack file that are behind several violations.

    Args:
        found: Violated rules with what was found.
        stack: The stack.
    """
    by_key: dict[str, list[Finding]] = {}
    for rule, finding in found:
        for key in dict.fromkeys([*(setting.key for setting in deciding(rule, finding.urn)), *finding.lists]):
            by_key.setdefault(key_of(key, stack, finding.urn), []).append(finding)
    return [(key, findings) for key, findings in by_key.items() if len(findings) > 1]
