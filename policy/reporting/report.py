"""Describes rules and findings on the command line."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from policy.enforcement import exemptions_file
from policy.enforcement.levels import Enforcement, default_level, of_profile
from policy.enforcement.profiles import ADVISORY, SETTINGS, asks, level_of
from policy.reporting.examples import example
from policy.reporting.housekeeping import SUMMARY, Housekeeper
from policy.reporting.messages import Finding
from policy.reporting.reference import stacks
from policy.resources import types_of
from policy.rule import Rule, Severity, documentation
from policy.rules import BY_ID

_SEVERITIES: Final = [severity.value for severity in reversed(Severity)]


def listed(rule: Rule) -> str:
    """Write a rule for a list of rules: two lines, with nothing cut.

    Args:
        rule: Any rule.
    """
    controls = f"; {', '.join(rule.controls)}" if rule.controls else ""
    return f"{rule.id} ({rule.severity.value}): {rule.title}.\n    {stacks(rule)}{controls}"


def described(rule: Rule, today: date) -> str:
    """Describe one rule.

    Args:
        rule: Any rule.
        today: The date from which the exemption in the example is valid.

    Returns:
        Several lines.
    """
    parts = [f"{rule.id} ({rule.severity.value}, {rule.concern.value})", f"{rule.title}.", ""]
    parts += [f"{heading}: {text}" for heading, text in _facts(rule)]
    # The parts to copy are not indented: YAML and Python would not accept them with an indent.
    if rule.settings:
        parts += ["", "In the stack file:", _stack_file(rule)]
    parts += ["", "In a program:", example(rule)]
    type_, *others = rule.types
    for_type = f" and its type for {exemptions_file.TYPE_TO_FILL_IN}" if others else ""
    parts += [
        "",
        f"To exempt a resource, with its name for NAME{for_type} ({exemptions_file.NAME}):",
        exemptions_file.entry_as_example(rule.id, exemptions_file.TYPE_TO_FILL_IN if others else type_, today),
    ]
    return "\n".join(parts)


def described_own(policy: Housekeeper) -> str:
    """Describe one of the pack's own policies, which are about a run and not about resources.

    Args:
        policy: Any of the pack's own policies.

    Returns:
        Several lines.
    """
    by_default = Enforcement(default_level(policy.name))
    levels = [f"{profile} {of_profile(profile).get(policy.name, by_default).level}" for profile in ADVISORY]
    changed = f'"{policy.name}": "mandatory", "advisory" or "disabled" in a file of JSON'
    option = "python -m toolchain preview STACK --policy-pack-config FILE; 'up' and plain Pulumi have the option too"
    return "\n".join(
        [
            f"{policy.name} (one of the pack's own policies)",
            f"{policy.title}.",
            "",
            f"Fix: {policy.fix}",
            f"Stacks: {', '.join(levels)}",
            "Looks at: the run, at its end",
            f"To change its level: {changed}; {option}.",
        ]
    )


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "What is wrong when it is violated", f"{rule.problem}."
    yield "Fix", rule.remediation
    for resource_type, fix in rule.remediation_of.items():
        yield f"Fix of {resource_type}", fix
    if rule.note:
        yield "Note", rule.note
    yield "Is about", ", ".join(rule.types)
    yield "Looks at", "the whole stack, at its end" if rule.check_graph else "each resource, before it is made"
    yield "Stacks", ", ".join(f"{profile} {_level(rule, profile)}" for profile in ADVISORY)
    for name, schema in rule.config.items():
        given = {profile: SETTINGS[profile].get(rule.id, {}).get(name, schema["default"]) for profile in ADVISORY}
        values = ", ".join(f"{profile} {value}" for profile, value in given.items())
        yield f"Setting {name}", f"{schema.get('description', '')} {values}."
    for tool, controls in (
        ("AWS Foundational Security Best Practices", rule.fsbp),
        ("Checkov", rule.checkov),
        ("cdk-nag", rule.cdk_nag),
        ("Prowler", rule.prowler),
        ("Trivy", rule.trivy),
    ):
        if controls:
            yield tool, ", ".join(controls)
    page = documentation(rule)
    if page:
        yield "Read more", page


def _level(rule: Rule, profile: str) -> str:
    return level_of(rule, profile) if asks(rule, profile) else "asks for nothing"


def _stack_file(rule: Rule) -> str:
    """Write a rule's keys as in a stack file: without the project's name, and grouped by section."""
    lines: dict[tuple[str, ...], str] = {(): "config:"}
    for setting in sorted(rule.settings, key=lambda setting: setting.key.split(".")):
        keys = tuple(setting.key.split("."))
        for depth in range(1, len(keys) + 1):
            value = f" {setting.value}" if depth == len(keys) else ""
            lines[keys[:depth]] = f"{'  ' * depth}{keys[depth - 1]}:{value}"
    return "\n".join(lines.values())


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: the strictest level and the highest severity first, the summary last.

    Args:
        findings: The findings of one run.
    """

    def rank(finding: Finding) -> tuple[bool, int, int, str, str]:
        severity = BY_ID[finding.policy].severity.value if finding.policy in BY_ID else _SEVERITIES[-1]
        return (
            finding.policy == SUMMARY,
            -finding.level.strictness,
            _SEVERITIES.index(severity),
            finding.policy,
            finding.urn,
        )

    return sorted(findings, key=rank)


def printed(finding: Finding) -> str:
    """Write a finding as the engine writes one.

    Args:
        finding: Any finding.

    Returns:
        Several lines: first the level, the policy and the resource, then the message.
    """
    about = f"  ({types_of(finding.urn)[-1]}: {finding.name})" if finding.urn else ""
    severity = f" [severity: {BY_ID[finding.policy].severity.value}]" if finding.policy in BY_ID else ""
    first = f"- [{finding.level.value}]{severity}  {finding.policy}{about}"
    return "\n".join([first, *(f"  {line}" for line in finding.message.splitlines())])
