"""Prints the result of a run of `python -m ops frontend`."""

import json
from typing import Any, Final

import typer

from ops.cli import printable

SHOWN_WARNINGS: Final = 10


def print_result(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the result of a run or a dry run.

    Args:
        result: The run's result, with its ``warnings``.
        as_json: Whether to print JSON.
    """
    warnings: list[str] = result["warnings"]
    for warning in warnings[:SHOWN_WARNINGS]:
        typer.echo(f"warning: {printable(warning)}", err=True)
    if len(warnings) > SHOWN_WARNINGS:
        typer.echo(f"warning: and {len(warnings) - SHOWN_WARNINGS} more, which --json shows", err=True)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    if not result["changed"]:
        typer.echo(f"nothing to do: release {result['release']} is live at {result['url']}")
        return
    paths = len(result["invalidation"])
    what = (
        f"{result['uploads']} of {result['files']} files ({result['uploadBytes']} bytes) sent,"
        f" {len(result['switched'])} switched, {paths} invalidated"
    )
    if result["dryRun"]:
        typer.echo(f"release {result['release']} would be live: {what}")
        for path in result["invalidation"]:
            typer.echo(f"  invalidate {path}")
        return
    typer.echo(f"release {result['release']} is live at {result['url']}: {what}, {result['removed']} old files removed")
    if not result["invalidationEnded"]:
        typer.echo("CloudFront has not forgotten everything yet: some visitors see the former release for some minutes")
