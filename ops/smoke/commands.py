"""``python -m ops smoke``: sends requests as a visitor and as an attacker would, and reports which checks hold."""

import time
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ops import aws
from ops.aws_errors import errors_of_aws
from ops.cli import printable
from ops.errors import FAILED
from ops.reporting import Reporter
from ops.smoke import api, inside, site
from ops.smoke.visit import Check, Finding, Status, Visit, carried_out, client_of

CHECKS: Final = (*site.CHECKS, *api.CHECKS, *inside.CHECKS)
CAREFUL_STACK: Final = "prod"
"""The stack that gets no burst of requests without ``--throttle``."""


def smoke(
    *,
    stack: Annotated[str, typer.Option(help="The stack to check.")] = "local",
    only: Annotated[list[str] | None, typer.Option(help="Name of a check; may be given again.")] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Name of a check to leave out; may be given again.")] = None,
    throttle: Annotated[
        bool | None,
        typer.Option("--throttle/--no-throttle", help="Send a burst of requests, expect 429. Default: not for prod."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each finding, and the result, as a line of JSON.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the checks; no request is sent.")] = False,
) -> None:
    """Check the stack from outside; nothing is changed.

    Exit codes: 0 all checks hold or are skipped, 1 one failed, 2 an argument is wrong or the stack is not up, 3 AWS
    refused, 130 interrupted.
    """
    bursts = stack != CAREFUL_STACK if throttle is None else throttle
    chosen = choose(only or (), skip or (), bursts=bursts)
    reporter = Reporter(as_json=as_json)
    if dry_run:
        for check in chosen:
            reporter.say("check", f"{check.name}: {check.what}", name=check.name)
        return
    begun = time.monotonic()
    with errors_of_aws("run it again"):
        session = aws.connect(stack)
        with client_of(session) as http:
            findings = look(chosen, Visit(session, http), reporter)
    failures = sum(finding.status is Status.FAILED for _, finding in findings)
    skipped = sum(finding.status is Status.SKIPPED for _, finding in findings)
    seconds = time.monotonic() - begun
    reporter.table(_table(findings))
    text = f"{len(findings) - failures - skipped} checks hold, {failures} failed, {skipped} skipped in {seconds:.1f} s"
    reporter.say("result", text, stack=stack, checks=len(findings), failed=failures, skipped=skipped)
    if failures:
        raise typer.Exit(FAILED)


def choose(only: Sequence[str], skip: Sequence[str], *, bursts: bool) -> list[Check]:
    """Choose the checks.

    Args:
        only: Names of the checks to run; empty for all.
        skip: Names of the checks to leave out.
        bursts: Whether checks that send many requests run although `only` does not name them.

    Raises:
        ValueError: There is no such check.
    """
    known = [check.name for check in CHECKS]
    for option, name in [("--only", name) for name in only] + [("--skip", name) for name in skip]:
        if name not in known:
            raise ValueError(f"{option}={name} is no check; there are {', '.join(known)}")
    return [
        check
        for check in CHECKS
        if check.name not in skip and (check.name in only or (not only and (bursts or not check.is_burst)))
    ]


def look(checks: Sequence[Check], visit: Visit, reporter: Reporter) -> list[tuple[Check, Finding]]:
    """Run checks, one after the other.

    Args:
        checks: The checks.
        visit: Sends the requests.
        reporter: Prints each finding as it is found, if ``--json`` was given.
    """
    findings: list[tuple[Check, Finding]] = []
    with Console(stderr=True).status("looking") as status:
        for check in checks:
            status.update(check.what)
            finding = carried_out(check, visit)
            findings.append((check, finding))
            if reporter.as_json:
                reporter.say("check", finding.reason, name=check.name, status=finding.status)
    return findings


def _table(findings: Sequence[tuple[Check, Finding]]) -> Table:
    table = Table("check", "", box=None, pad_edge=False)
    table.add_column("what was seen", overflow="fold")
    for check, finding in findings:
        table.add_row(check.name, finding.status.value, printable(finding.reason))
    return table
