"""``python -m ops policies``: the rules of the policy pack."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from policy import exemptions_file, profiles, reference

app = typer.Typer(help="List the rules of the policy pack.")


@app.callback(invoke_without_command=True)
def policies(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/policies.md.")] = False,
    profile: Annotated[str | None, typer.Option(help="Print the configuration of a profile, as JSON.")] = None,
) -> None:
    """Print the table of rules: id, severity, what it covers, how the stacks enforce it.

    Raises:
        ValueError: There is no such profile, or the file of exemptions is not right.
    """
    if profile is not None and profile not in profiles.ADVISORY:
        raise ValueError(f"profile={profile}; allowed are {', '.join(profiles.ADVISORY)}")
    if profile is not None:
        typer.echo(profiles.text(profile), nl=False)
    elif markdown:
        typer.echo(reference.markdown(exemptions_file.read()), nl=False)
    else:
        Console().print(_table())


def _table() -> Table:
    table = Table()
    table.add_column("Rule", no_wrap=True)
    for title in ("Severity", "Covers", "Stacks"):
        table.add_column(title)
    for row in reference.rows():
        table.add_row(*row)
    return table
