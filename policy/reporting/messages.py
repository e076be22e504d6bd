"""Writes the pack's messages: violations, rules that crashed, and the summary at the end of a run."""

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
"""The beginning of the line that states the fix of a violation."""
EXEMPTING: Final = "To exempt it, give the reason and add to "
"""The beginning of the line that contains the exemption to copy."""
_SHORTEST_REPLACED: Final = 3
"""Characters; a shorter secret is hidden only between quotation marks, since any sentence may contain it."""
_LONGEST_NAME: Final = 40
"""Characters of a profile's name that are shown."""
NOT_KNOWN_YET: Final = "(not known yet)"
"""Placeholder in messages for a name that a preview does not know."""
_LISTED: Final = 20
"""The number of mandatory violations that the summary lists by name."""


@dataclass(frozen=True)
class Finding:
    """What one policy reports about one resource.

    Attributes:
        policy: The id of the rule, or the name of one of the pack's own policies.
        level: The level of the policy in this run.
        urn: The resource; empty for the stack as a whole.
        message: The text, one line or several.
        lists: The keys, without the project's name, of the stack file's lists that could allow it.
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
    """Replace secrets in a message: the given ones, and everything that has the form of a secret.

    Args:
        message: The message of a rule.
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
    """Remove secrets from a verdict.

    Args:
        verdict: Any verdict.
        secrets: The texts that must not be shown.

    Returns:
        The verdict with the secrets hidden in its message, and without additions that would show one.
    """
    additions = tuple(each for each in verdict.additions if hide(each.entry, secrets) == each.entry)
    return replace(verdict, message=hide(verdict.message, secrets), additions=additions)


def deciding(rule: Rule, urn: str) -> list[Setting]:
    """List the keys of the stack file that set what a rule checks on a resource."""
    return [setting for setting in rule.settings if setting.decides(urn)]


def violated(rule: Rule, verdicts: Sequence[Verdict], level: Level, stack: StackFacts, today: date) -> str:
    """Write the message of a violation: what is wrong, what to do, and how to exempt the resource.

    Args:
        rule: The violated rule.
        verdicts: The rule's violations by one resource; at least one.
        level: The rule's level. Only a mandatory violation needs an exemption.
        stack: The stack.
        today: The date from which the exemption to copy is valid.

    Returns:
        Several lines. The first states what is wrong.
    """
    told = dict.fromkeys(_sentence(verdict.message) for verdict in verdicts)
    lines = [_sentence(rule.problem), *told, f"{FIX}{fix(rule, verdicts[0].urn, stack, added(verdicts))}"]
    if level is Level.MANDATORY and verdicts[0].urn:
        lines.append(_exempting(rule.id, verdicts[0], today))
    return "\n".join(lines)


def added(verdicts: Iterable[Verdict]) -> tuple[Addition, ...]:
    """List the entries that the stack file could add to allow what some verdicts refuse, each entry once."""
    return tuple(dict.fromkeys(addition for verdict in verdicts for addition in verdict.additions))


def fix(rule: Rule, urn: str, stack: StackFacts, additions: Sequence[Addition] = ()) -> str:
    """Write the fix of a violation: which key of the stack file to set, or else which property.

    Args:
        rule: The violated rule.
        urn: The resource that violates it.
        stack: The stack.
        additions: Entries that the stack file's lists could add to allow it. With these, the text names the property
            too, since the property may be wrong.
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
    """Write a list of the stack file with the entries that it has and the entries to add."""
    there = stack.lists.get(LISTS.get(key.rpartition(".")[2], ""), ())
    return json.dumps([*there, *(each.entry for each in additions if each.key == key)])


def key_of(key: str, stack: StackFacts, urn: str = "") -> str:
    """Write a key of the stack file with the project's name before it."""
    project = stack.project or project_of(urn) or "PROJECT"
    return f"{project}:{key}"


def malformed(rules: Sequence[Rule], verdict: Verdict) -> str:
    """Write the message about a value that cannot be parsed, once for all rules that read it.

    Args:
        rules: The rules. The first one reports it.
        verdict: The verdict of any of the rules.

    Returns:
        Two lines. They contain no exemption to copy, since AWS does not accept the value either.
    """
    readers = ", ".join(rule.id for rule in rules)
    fix_ = f"{FIX}Write JSON, as json.dumps does; AWS takes nothing else."
    return f"{_sentence(verdict.message)} No rule can read it: {readers}.\n{fix_}"


def crashed(rule: Rule, verdict: Verdict, today: date) -> str:
    """Write the message about a rule that crashed: the resource that it crashed on, and how to report the bug.

    Args:
        rule: The rule.
        verdict: The verdict about the crash.
        today: The date from which the exemption to copy is valid.
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
        undecided: The number of properties that could not be decided.
        exempted: The number of violations that are exempted.
        shared: Pairs of a key of the stack file and the violations that it is behind, for keys behind several.
    """

    findings: Sequence[Finding]
    undecided: int
    exempted: int
    shared: Sequence[tuple[str, Sequence[Finding]]]


def summary(totals: Totals, stack: StackFacts) -> str:
    """Write the summary of a run.

    Args:
        totals: What the run found.
        stack: The stack.

    Returns:
        Several lines: the counts, the mandatory violations, the keys of the stack file that are behind several
        violations, and where to read more.
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
        found: Pairs of a violated rule and its finding.
        stack: The stack.
    """
    by_key: dict[str, list[Finding]] = {}
    for rule, finding in found:
        for key in dict.fromkeys([*(setting.key for setting in deciding(rule, finding.urn)), *finding.lists]):
            by_key.setdefault(key_of(key, stack, finding.urn), []).append(finding)
    return [(key, findings) for key, findings in by_key.items() if len(findings) > 1]
