"""``python -m ops openapi``: turn OpenAPI documents into API Gateway import documents, and compare documents."""

import json
import sys
from collections import defaultdict
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from configuration.named_files import read_named
from ops import stacks
from ops.cli import printable
from ops.openapi import open_operations
from ops.openapi.options import with_import_options
from spot_planning.api.openapi_import import (
    MAX_BYTES,
    Finding,
    ImportOptions,
    ImportPlan,
    OpenApiError,
    Severity,
    build_import_document,
    compare_documents,
    read_document,
    specification_findings,
)

FOUND = 1
"""Exit code of a check that failed."""
_SHOWN_PLACES = 3
"""Number of places that are listed for one message without ``--all``."""
_SHOWN_MESSAGES = 5
"""Number of messages that are listed for one code without ``--all``: more would hide the other codes."""

app = typer.Typer(help="Turn OpenAPI documents into API Gateway import documents.", no_args_is_help=True)


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


DocumentArgument = Annotated[Path, typer.Argument(help="OpenAPI 3.0 or 3.1, YAML or JSON; - for standard input.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Output format.")]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", help="Refuse open operations that this stack's file does not list."),
]


@app.command()
@with_import_options
def build(
    document: DocumentArgument,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Output file; else standard output.")] = None,
    options: ImportOptions,
) -> None:
    """Write the import document of DOCUMENT."""
    try:
        plan = build_import_document(_read(document), options)
    except OpenApiError as error:
        raise ValueError(f"{document}: {error}") from error
    if output is None:
        typer.echo(plan.body)
    else:
        output.write_text(plan.body + "\n", encoding="utf-8")
    typer.echo(_summary(plan, document), err=True)


@app.command()
@with_import_options
def check(
    document: DocumentArgument,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List every place of every finding.")] = False,
    specification: Annotated[bool, typer.Option(help="Check the specification's further rules too; slow.")] = True,
    output_format: FormatOption = Format.TABLE,
    stack: StackOption = None,
    options: ImportOptions,
) -> None:
    """List the findings of importing DOCUMENT: refusals (exit code 1), warnings and rewrites."""
    project = "" if stack is None else stacks.project_name()
    configuration = {} if stack is None else stacks.configuration(stack)
    if stack is not None:
        options = replace(options, **open_operations.key_settings(project, configuration))
    source = _read(document)
    plan: ImportPlan | None = None
    try:
        plan = build_import_document(source, options)
        findings = plan.report
    except OpenApiError as error:
        findings = error.findings
        if not any(finding.severity is Severity.REFUSAL for finding in findings):
            findings = (*findings, Finding(Severity.REFUSAL, "document", error.location, error.message))
    if specification and plan is not None:
        findings = (*findings, *specification_findings(source))
    if stack is not None:
        allowed = open_operations.open_paths(project, configuration)
        key = f"{project}:policy.open_paths of Pulumi.{stack}.yaml"
        unlisted = open_operations.unlisted(plan.operations if plan else (), allowed, key)
        findings = (*open_operations.settled(findings, allowed), *unlisted)
    if output_format is Format.JSON:
        usage = None if plan is None else asdict(plan.usage)
        open_paths = None if plan is None else plan.open_paths
        findings_json = [asdict(finding) for finding in findings]
        _print_json({"findings": findings_json, "usage": usage, "open_paths": open_paths})
    else:
        _print_findings(findings, every=every)
        if plan is not None:
            typer.echo(_summary(plan, document))
    failing = {Severity.REFUSAL, Severity.WARNING} if strict else {Severity.REFUSAL}
    if any(finding.severity in failing for finding in findings):
        raise typer.Exit(FOUND)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The document that clients use today.")],
    new: Annotated[Path, typer.Argument(help="The document that would replace it.")],
    *,
    fail_on_breaking: Annotated[
        bool, typer.Option("--fail-on-breaking", help="Exit code 1 for breaking changes.")
    ] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List what changed from OLD to NEW, operation by operation, and which changes break clients."""
    documents = _read(old), _read(new)
    try:
        changes = compare_documents(*documents)
    except OpenApiError as error:
        raise ValueError(f"{old} and {new}: {error}") from error
    breaking = sum(change.breaking for change in changes)
    if output_format is Format.JSON:
        _print_json({"changes": [asdict(change) for change in changes], "breaking": breaking})
    else:
        table = Table("change", box=None, pad_edge=False)
        for heading in ("operation", "what", "breaking"):
            table.add_column(heading, overflow="fold")
        for change in changes:
            table.add_row(
                change.kind.value,
                printable(f"{change.http_method} {change.path}"),
                printable(change.message),
                "yes" if change.breaking else "",
            )
        if changes:
            Console(markup=False, highlight=False).print(table)
        typer.echo(f"{len(changes)} changes, {breaking} of them breaking")
    if fail_on_breaking and breaking:
        raise typer.Exit(FOUND)


def _read(path: Path) -> dict[str, Any]:
    """Read a document of at most `MAX_BYTES`; the error message names the file."""
    text = sys.stdin.buffer.read(MAX_BYTES + 1) if str(path) == "-" else read_named(path, MAX_BYTES)
    try:
        return read_document(text)
    except OpenApiError as error:
        raise ValueError(f"{path}: {error}") from error


def _summary(plan: ImportPlan, document: Path) -> str:
    own = sum(operation.source_path is not None for operation in plan.operations)
    usage = plan.usage
    warnings = sum(finding.severity is Severity.WARNING for finding in plan.report)
    return (
        f"{document}: {own} operations and {len(plan.operations) - own} added; {usage.resources} resources, "
        f"{usage.import_bytes} bytes; {warnings} warnings, {len(plan.report) - warnings} rewrites"
    )


def _print_findings(findings: tuple[Finding, ...], *, every: bool) -> None:
    """Print findings as a table: refusals first, then warnings; equal messages are one row with all their places."""
    order = list(Severity)
    kinds: dict[tuple[int, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        kinds[order.index(finding.severity), finding.code][finding.message].append(finding.location)
    table = Table("severity", "code", "places", box=None, pad_edge=False)
    table.add_column("what and where", overflow="fold")
    # Sorting is stable, so that within a severity the findings stay in their order.
    for (severity, code), messages in sorted(kinds.items(), key=lambda kind: kind[0][0]):
        shown = list(messages.items())[: None if every else _SHOWN_MESSAGES]
        for message, places in shown:
            table.add_row(order[severity].value, code, str(len(places)), _told(message, places, every=every))
        left = list(messages.items())[len(shown) :]
        if left:
            count = sum(len(places) for _, places in left)
            table.add_row("", "", str(count), f"... and {len(left)} more messages of the code {code}; --all lists them")
    if findings:
        Console(markup=False, highlight=False).print(table)


def _told(message: str, places: list[str], *, every: bool) -> str:
    shown = places if every else places[:_SHOWN_PLACES]
    rest = f"\n  ... and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
    return printable(message) + "".join(f"\n  {printable(place)}" for place in shown) + rest


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
