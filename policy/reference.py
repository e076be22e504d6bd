"""Describes the rules for people: the rows of a table, and the page docs/policies.md."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from policy.comparison import PACKS, Peer
from policy.exemptions import Exemption
from policy.profiles import ADVISORY, SETTINGS, asks, level_of
from policy.rule import Rule, documentation
from policy.rules import BY_ID, MODULES, RULES

OUT_OF_REACH: Final = {
    "Backup.1": "whether each recovery point is encrypted is seen at run time; backup-vault-encrypted is what a "
    "program decides of it",
}
"""Controls of the services used here that no program decides, and why."""

INTRODUCTION: Final = """\
# Policies

This page is generated: `python -m ops policies --markdown > docs/policies.md`. A test keeps it equal to the rules.

The pack in `policy/` is run by the engine in `preview` and `up`:

    pulumi up --policy-pack policy

It takes its configuration from `policy/config/<profile>.json`, of the profile that the stack names or that has the
stack's name; what is given with `--policy-pack-config` goes before that. A stack of another name is held to every rule
as mandatory. `python -m toolchain` attaches the pack and passes the profile's file by itself.

- A **violation** of a mandatory rule makes `preview` fail. In `up`, a rule on a single resource refuses the resource
  before it is made. A rule over the whole stack, marked *stack*, runs when all resources exist: the preview that
  comes before every `up` has run it already, but with `--skip-preview` it comes too late to prevent anything.
- **Undecided** is what a preview cannot know, such as the container definitions before the image's repository exists,
  and what stands outside the stack, such as a subnet that is given by its id. It is never passed in silence: the policy
  `undecided-at-preview` lists each such property with the rules that asked. What only a preview cannot know, `up`
  decides before the resource is made (for a *stack* rule: at the end); what stands outside stays undecided there too.
  To make CI fail on either, set `"undecided-at-preview": "mandatory"` in a configuration file.
- A resource that the program only **reads** (`Vpc.get`) is not the stack's own, and the engine does not send it to the
  pack (pulumi/pulumi issue 3950): no rule judges it, and a rule that needs it is undecided, as for what is given by its
  id. `pulumi policy analyze` is the exception: it sends all that is in the state, and nothing it sends says which of it
  was read, so there such a resource is judged like the stack's own.
- **Exemptions** are in `policy/exemptions.yaml`: rule, pattern of URNs, reason, day of expiry. Each one used is
  printed by `exemptions-used`; an expired or unneeded one is a violation of `exemptions-valid`. One that covers what a
  preview leaves undecided is not unneeded.
- What an absent property means is written down in `policy/defaults.py`, one line a property.
"""


def stacks(rule: Rule) -> str:
    """Say how each profile enforces a rule: ``mandatory`` where all do, else who does not."""
    asking = [profile for profile in ADVISORY if asks(rule, profile)]
    if not asking:
        return f"asks for nothing in {', '.join(ADVISORY)}"
    advisory = [profile for profile in asking if level_of(rule, profile) == "advisory"]
    silent = [profile for profile in ADVISORY if profile not in asking]
    parts = {"advisory": advisory, "asks for nothing": silent}
    return "; ".join(["mandatory", *(f"{how} in {', '.join(those)}" for how, those in parts.items() if those)])


def covers(rule: Rule) -> str:
    """List the controls and checks that a rule decides."""
    return ", ".join([*rule.fsbp, *rule.checkov])


def rows() -> list[tuple[str, str, str, str]]:
    """List every rule: id, severity, covers, stacks."""
    return [(rule.id, rule.severity.value, covers(rule), stacks(rule)) for rule in RULES]


def markdown(exemptions: Sequence[Exemption]) -> str:
    """Write docs/policies.md.

    Args:
        exemptions: Those of the file.

    Returns:
        The page.
    """
    parts = [INTRODUCTION, *_rules(), *_profiles(), *_exemptions(exemptions), *_out_of_reach(), *_comparison()]
    return "\n".join(parts).rstrip() + "\n"


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
            what = f"{rule.title}. {rule.remediation}"
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
    yield "`policy/config/<profile>.json` holds what differs from mandatory, by what a rule protects.\n"
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
    yield "## Exemptions\n"
    if not exemptions:
        yield "None.\n"
        return
    yield "| Rule | Resources | Until | Reason |\n|---|---|---|---|"
    for entry in exemptions:
        yield f"| `{entry.rule}` | `{entry.urn}` | {_day(entry.expires)} | {entry.reason} |"
    yield ""


def _day(day: date) -> str:
    return day.isoformat()


def _out_of_reach() -> Iterator[str]:
    yield "## Out of reach\n"
    yield from (f"- {control}: {why}." for control, why in OUT_OF_REACH.items())
    yield ""


def _comparison() -> Iterator[str]:
    yield "## Compared\n"
    yield (
        "What the public packs decide for the services used here, as read in pulumi/pulumi-policy-aws `src/*.ts`, "
        "pulumi/compliance-policies `vendor-aws/aws/**` (names of files) and cdklabs/cdk-nag "
        "`src/packs/aws-solutions.ts`, and the rules here that decide it.\n"
    )
    yield "| Pack | Its policies for these services | Decided here |\n|---|---|---|"
    for title, peers in PACKS:
        yield f"| {title} | {len(peers)} | {sum(bool(peer.rules) for peer in peers)} |"
    yield "\n| | this pack | AWSGuard | compliance-policies | AwsSolutions |\n|---|---|---|---|---|"
    yield from _features()
    for title, peers in PACKS:
        yield f"\n### {title}\n\n| There | Here | |\n|---|---|---|"
        yield from (_peer(peer) for peer in peers)
    known = {rule for _title, peers in PACKS for peer in peers for rule in peer.rules}
    more = [rule.id for rule in RULES if rule.id not in known]
    yield f"\n### Rules that none of the three has\n\n{len(more)}: " + ", ".join(f"`{rule}`" for rule in more) + "."


def _peer(peer: Peer) -> str:
    here = ", ".join(f"`{BY_ID[rule].id}`" for rule in peer.rules) or "no"
    return f"| {peer.name} | {here} | {peer.why} |"


def _features() -> Iterator[str]:
    yield "| Subnets of ECS services | yes | no | no | no |"
    yield "| Spot and on-demand mix | yes | no | no | no |"
    yield "| ElastiCache | yes | no | no | yes |"
    yield "| Unknown values | undecided, listed | the SDK's advisory | the SDK's advisory | not applicable |"
    yield "| Exemptions | rule, resource, reason, expiry | by policy | by policy | with a reason |"
