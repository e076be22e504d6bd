"""``python -m ops policies``: list and describe the policy pack's rules, and check a stack's state with them."""

import difflib
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from configuration.named_files import read_named
from ops import stacks
from policy.enforcement import exemptions_file, levels, pins, profiles
from policy.enforcement.exemptions import Exemptions
from policy.enforcement.levels import Level
from policy.engine import state
from policy.reporting import reference, report
from policy.reporting.housekeeping import HOUSEKEEPERS, HOUSEKEEPING
from policy.rules import BY_ID, RULES

FOUND = 1
"""Exit code of a check that found a mandatory violation."""


class _RuleOrCommand(TyperGroup):
    """A command group that takes an unknown command as the id of a rule, for `show`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_RuleOrCommand,
    help="The rules of the policy pack: all of them, or one with 'policies RULE'.",
    subcommand_metavar="[RULE | COMMAND [ARGS]...]",
)


@app.callback(invoke_without_command=True)
def policies(
    context: typer.Context,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/policies.md.")] = False,
    profile: Annotated[str | None, typer.Option(help="Print the configuration of a profile, as JSON.")] = None,
) -> None:
    """List the rules: id, severity, title, how the profiles enforce them, and the published controls they decide."""
    if context.invoked_subcommand is not None:
        return
    if profile is not None and profile not in profiles.ADVISORY:
        raise ValueError(f"profile={profile}; allowed are {', '.join(profiles.ADVISORY)}")
    if profile is not None:
        typer.echo(profiles.text(profile), nl=False)
    elif markdown:
        typer.echo(reference.markdown(exemptions_file.read()), nl=False)
    else:
        for rule in RULES:
            typer.echo(report.listed(rule))
        typer.echo(f"{len(RULES)} rules; 'python -m ops policies RULE' says more about one.")
        typer.echo(f"About a run, and described the same way: {', '.join(HOUSEKEEPING)}.")


@app.command()
def show(rule: Annotated[str, typer.Argument(help="The id of a rule, or a policy about the run.")]) -> None:
    """Describe one rule: what is wrong, the fix, an example, its resource types and controls, where it is mandatory.

    Also describes the pack's own policies about a run, such as types-not-judged.
    """
    own = {each.name: each for each in HOUSEKEEPERS}
    if rule in own:
        typer.echo(report.described_own(own[rule]))
        return
    if rule not in BY_ID:
        close = difflib.get_close_matches(rule, [*BY_ID, *own])
        hint = f"; did you mean {' or '.join(close)}?" if close else "; 'python -m ops policies' lists them"
        raise ValueError(f"rule={rule} is no rule{hint}")
    typer.echo(report.described(BY_ID[rule], _today()))


@app.command("check-state")
def check_state(
    stack: Annotated[str, typer.Argument(help="The stack whose profile, pins and exemptions apply.")],
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Output of 'pulumi stack export'; - for standard input. Default: STACK's state."),
    ] = None,
) -> None:
    """Check the resources in the state of STACK, without running its program: exit code 1 for a mandatory violation.

    Run 'pulumi refresh' first, so that the state agrees with AWS.
    """
    config, project = stacks.configuration(stack), stacks.project_name()
    pinned = pins.read()
    facts = levels.facts(project, stack, config, pinned)
    owned = state.resources(stacks.export(stack) if file is None else _read(file))
    state.refuse_another(owned, project, stack)
    exemptions = Exemptions(exemptions_file.read(), _today())
    findings = state.judge(owned, facts, exemptions, pinned)
    for finding in report.ordered(findings):
        typer.echo(report.printed(finding))
    typer.echo(f"{len(owned)} resources of {stack} are judged.")
    if any(finding.level is Level.MANDATORY for finding in findings):
        raise typer.Exit(FOUND)


def _today() -> date:
    return datetime.now(UTC).date()


def _read(path: Path) -> object:
    try:
        return json.loads(sys.stdin.read() if str(path) == "-" else read_named(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
