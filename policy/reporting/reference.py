"""Writes the page docs/policies.md from the rules."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from policy.enforcement.exemptions import Exemption, type_and_name
from policy.enforcement.profiles import ADVISORY, SETTINGS, asks, level_of
from policy.reporting import published_checks
from policy.rule import Rule, documentation
from policy.rules import MODULES, RULES

PAGE: Final = Path(__file__).parent / "page.md"
"""The page's text, with a comment as placeholder for each generated part."""
OUT_OF_REACH: Final = {
    "Backup.1": "whether each recovery point is encrypted is seen at run time; backup-vault-encrypted is what a "
    "program decides of it",
}
"""Controls of the services used here that cannot be decided from a program, and why."""


def stacks(rule: Rule) -> str:
    """Describe how the profiles enforce a rule: ``mandatory``, and the exceptions by profile."""
    asking = [profile for profile in ADVISORY if asks(rule, profile)]
    if not asking:
        return f"asks for nothing in {', '.join(ADVISORY)}"
    advisory = [profile for profile in asking if level_of(rule, profile) == "advisory"]
    silent = [profile for profile in ADVISORY if profile not in asking]
    parts = {"advisory": advisory, "asks for nothing": silent}
    return "; ".join(["mandatory", *(f"{how} in {', '.join(those)}" for how, those in parts.items() if those)])


def markdown(exemptions: Sequence[Exemption]) -> str:
    """Return the text of docs/policies.md.

    Args:
        exemptions: The exemptions of the file.
    """
    generated = {
        "rules": _rules(),
        "profiles": _profiles(),
        "exemptions": _exemptions(exemptions),
        "out of reach": _out_of_reach(),
        "coverage": published_checks.lines(),
    }
    page = PAGE.read_text(encoding="utf-8")
    for name, lines in generated.items():
        page = page.replace(f"<!-- {name} -->", "\n".join(lines).strip())
    return page.rstrip() + "\n"


def _rules() -> Iterator[str]:
    decided = {control for rule in RULES if any(asks(rule, profile) for profile in ADVISORY) for control in rule.fsbp}
    open_ = [control for rule in RULES for control in rule.fsbp if control not in decided]
    graph = sum(rule.check_graph is not None for rule in RULES)
    yield (
        f"## Rules\n\n{len(RULES)} rules, {graph} of them over the whole stack, decide {len(decided)} controls of AWS "
        "Foundational Security Best Practices and what Checkov and this project's promises add.\n"
    )
    if open_:
        yield f"Not counted, since no profile's settings ask for them: {', '.join(open_)}.\n"
    for module in MODULES:
        title, *_rest = (module.__doc__ or "").splitlines()
        yield f"### {title.rstrip('.')}\n"
        yield "| Rule | | Severity | Covers | Stacks |\n|---|---|---|---|---|"
        for rule in module.RULES:
            mark = " *stack*" if rule.check_graph else ""
            keys = "".join(f" In the stack file: `{setting.key}: {setting.value}`." for setting in rule.settings)
            others = "".join(f" ({type_.rpartition(':')[2]}: {fix})" for type_, fix in rule.remediation_of.items())
            what = f"{rule.title}. {rule.remediation}{others}{keys}"
            yield f"| `{rule.id}`{mark} | {what} | {rule.severity.value} | {_links(rule)} | {stacks(rule)} |"
        yield ""
        yield from (f"- `{rule.id}`: {rule.note}" for rule in module.RULES if rule.note)
        yield ""


def _links(rule: Rule) -> str:
    page = documentation(rule)
    fsbp = [f"[{control}]({page})" if number == 0 else control for number, control in enumerate(rule.fsbp)]
    return ", ".join([*fsbp, *rule.checkov])


def _profiles() -> Iterator[str]:
    yield "## Profiles\n"
    yield "A rule is mandatory, unless the profile only advises on what the rule protects.\n"
    yield "| Profile | Advisory | Settings |\n|---|---|---|"
    for profile, concerns in ADVISORY.items():
        settings = "; ".join(
            f"`{rule}`: {', '.join(f'{key} {_value(value)}' for key, value in given.items())}"
            for rule, given in SETTINGS[profile].items()
        )
        advisory = ", ".join(sorted(concern.value for concern in concerns)) or "nothing"
        yield f"| {profile} | {advisory} | {settings} |"
    yield "\n| Setting | Default | |\n|---|---|---|"
    for rule in RULES:
        for name, schema in rule.config.items():
            yield f"| `{rule.id}`: {name} | {_value(schema['default'])} | {schema.get('description', '')} |"
    yield ""


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _exemptions(exemptions: Sequence[Exemption]) -> Iterator[str]:
    if not exemptions:
        yield "None.\n"
        return
    yield "| Rule | Resources | Stacks | Until | Reason |\n|---|---|---|---|---|"
    for entry in exemptions:
        resources = "::".join(type_and_name(entry.urn))
        ports = f", ports {', '.join(map(str, entry.ports))}" if entry.ports else ""
        stacks_ = ", ".join(entry.stacks)
        yield f"| `{entry.rule}` | `{resources}`{ports} | {stacks_} | {entry.expires.isoformat()} | {entry.reason} |"
    yield ""


def _out_of_reach() -> Iterator[str]:
    yield "## Out of reach\n"
    yield from (f"- {control}: {why}." for control, why in OUT_OF_REACH.items())
    yield ""
