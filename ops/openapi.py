"""``python -m ops openapi``: turn OpenAPI documents into API Gateway import documents, and tell what changed."""

import json
import sys
from collections import defaultdict
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from ops import open_operations, stacks
from ops.cli import printable
from spot_planning.api.openapi_import import (
    Finding,
    ImportOptions,
    ImportPlan,
    ImportQuotas,
    OpenApiError,
    Severity,
    build_import_document,
    compare_documents,
    read_document,
    specification_findings,
)

MAX_BYTES: Final = 16 * 1024 * 1024
"""No more of a file is read, 16 MiB; ``read_document`` takes no more."""
FOUND = 1
"""Exit code of a check that found what it looks for."""
_SHOWN_PLACES = 3
"""Places listed for one kind of finding, unless all are asked for."""

_SHOWN_KINDS = 200
"""Kinds of findings listed, unless all are asked for; a table of very many takes minutes."""

app = typer.Typer(help="Turn OpenAPI documents into API Gateway import documents.", no_args_is_help=True)


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


DocumentArgument = Annotated[Path, typer.Argument(help="OpenAPI 3.0 or 3.1, YAML or JSON; - for standard input.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
OriginOption = Annotated[list[str] | None, typer.Option("--cors-origin", help="Allowed origin; repeatable. Default *.")]
CredentialsOption = Annotated[bool, typer.Option("--cors-credentials", help="Let browsers send cookies.")]
KeyOption = Annotated[bool, typer.Option("--api-key", help="Ask for an API key in every operation.")]
ConnectionOption = Annotated[str, typer.Option("--connection", help="Load balancer: network or application.")]
TargetOption = Annotated[str | None, typer.Option("--integration-target", help="ARN of the application load balancer.")]
ProxyOption = Annotated[str, typer.Option("--proxy", help="{proxy+}: none, fallback or only.")]
BasePathOption = Annotated[str, typer.Option("--base-path", help="Path of the first server: prepend or ignore.")]
ResourcesOption = Annotated[int, typer.Option("--resource-quota", help="The account's quota of resources of an API.")]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", help="Refuse open operations that this stack's file does not list."),
]
TimeoutOption = Annotated[int, typer.Option("--timeout", help="Integration timeout in milliseconds.")]


@app.command()
def build(
    document: DocumentArgument,
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; standard output when missing.")] = None,
    cors_origin: OriginOption = None,
    cors_credentials: CredentialsOption = False,
    api_key: KeyOption = False,
    connection: ConnectionOption = "network",
    integration_target: TargetOption = None,
    proxy: ProxyOption = "none",
    base_path: BasePathOption = "prepend",
    resource_quota: ResourcesOption = 300,
    timeout: TimeoutOption = 29_000,
) -> None:
    """Write the import document of DOCUMENT."""
    options = _options(
        cors_origin=cors_origin,
        cors_credentials=cors_credentials,
        api_key=api_key,
        connection=connection,
        integration_target=integration_target,
        proxy=proxy,
        base_path=base_path,
        resource_quota=resource_quota,
        timeout=timeout,
    )
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
def check(
    document: DocumentArgument,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List every place of every finding.")] = False,
    specification: Annotated[
        bool, typer.Option(help="Hold it against what the specification says beyond its meta-schema; slow.")
    ] = True,
    output_format: FormatOption = Format.TABLE,
    cors_origin: OriginOption = None,
    cors_credentials: CredentialsOption = False,
    api_key: KeyOption = False,
    connection: ConnectionOption = "network",
    integration_target: TargetOption = None,
    proxy: ProxyOption = "none",
    base_path: BasePathOption = "prepend",
    resource_quota: ResourcesOption = 300,
    timeout: TimeoutOption = 29_000,
    stack: StackOption = None,
) -> None:
    """Say what becomes of DOCUMENT: refusals (exit code 1), warnings and rewrites."""
    project = "" if stack is None else stacks.project_name()
    configuration = {} if stack is None else stacks.configuration(stack)
    options = _options(
        cors_origin=cors_origin,
        cors_credentials=cors_credentials,
        api_key=api_key or (stack is not None and open_operations.asks_for_keys(project, configuration)),
        connection=connection,
        integration_target=integration_target,
        proxy=proxy,
        base_path=base_path,
        resource_quota=resource_quota,
        timeout=timeout,
    )
    source = _read(document)
    plan: ImportPlan | None = None
    try:
        plan = build_import_document(source, options)
        findings = plan.report
    except OpenApiError as error:
        findings = error.findings
        if not any(finding.severity is Severity.REFUSAL for finding in findings):
            message = str(error).removeprefix(f"{error.location}: ")
            findings = (*findings, Finding(Severity.REFUSAL, "document", error.location, message))
    if specification and plan is not None:
        findings = (*findings, *specification_findings(source))
    if stack is not None:
        allowed = open_operations.open_paths(project, configuration)
        key = f"{project}:policy.open_paths of Pulumi.{stack}.yaml"
        unlisted = open_operations.unlisted(plan.operations if plan else (), allowed, key)
        findings = (*open_operations.settled(findings, allowed), *unlisted)
    if output_format is Format.JSON:
        usage = None if plan is None else asdict(plan.usage)
        _print_json({"findings": [asdict(finding) for finding in findings], "usage": usage})
    else:
        _print_findings(findings, every=every)
        if plan is not None:
            typer.echo(_summary(plan, document))
    failing = {Severity.REFUSAL, Severity.WARNING} if strict else {Severity.REFUSAL}
    if any(finding.severity in failing for finding in findings):
        raise typer.Exit(FOUND)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="What clients use today.")],
    new: Annotated[Path, typer.Argument(help="What would replace it.")],
    *,
    fail_on_breaking: Annotated[
        bool, typer.Option("--fail-on-breaking", help="Exit code 1 for breaking changes.")
    ] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Say what changed from OLD to NEW, operation by operation, and what of it breaks clients."""
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


def _options(
    *,
    cors_origin: list[str] | None,
    cors_credentials: bool,
    api_key: bool,
    connection: str,
    integration_target: str | None,
    proxy: str,
    base_path: str,
    resource_quota: int,
    timeout: int,
) -> ImportOptions:
    return ImportOptions(
        connection=connection,
        integration_target=integration_target,
        integration_timeout_milliseconds=timeout,
        cors_allowed_origins=tuple(cors_origin or ("*",)),
        cors_allow_credentials=cors_credentials,
        api_key_required=api_key,
        base_path=base_path,
        proxy=proxy,
        quotas=ImportQuotas(resources=resource_quota),
    )


def _read(path: Path) -> dict[str, Any]:
    """Read a file as far as a document may reach; the error names the file."""
    if str(path) == "-":
        text = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
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
    grouped: dict[tuple[Severity, str, str], list[str]] = defaultdict(list)
    for finding in findings:
        grouped[finding.severity, finding.code, finding.message].append(finding.location)
    table = Table("severity", "code", "places", box=None, pad_edge=False)
    table.add_column("what and where", overflow="fold")
    order = list(Severity)
    kinds = sorted(grouped.items(), key=lambda group: order.index(group[0][0]))
    for (severity, code, message), places in kinds if every else kinds[:_SHOWN_KINDS]:
        shown = places if every else places[:_SHOWN_PLACES]
        rest = f"\n  ... and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
        text = printable(message) + "".join(f"\n  {printable(place)}" for place in shown) + rest
        table.add_row(severity.value, code, str(len(places)), text)
    if findings:
        Console(markup=False, highlight=False).print(table)
    if len(kinds) > _SHOWN_KINDS and not every:
        typer.echo(f"... and {len(kinds) - _SHOWN_KINDS} more kinds of findings; --all lists them")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
