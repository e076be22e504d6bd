"""Makes parts of the summary of a run: the outputs, the resources of each component, what `destroy` leaves behind."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, cast

from pulumi.automation import OutputMap
from rich.console import Console
from rich.table import Table

from toolchain.state.protection import Kept, usd_per_month
from toolchain.state.workspace import MASK
from toolchain.system.printing import visible
from toolchain.view import urns

NOT_FOR_BROWSERS = {"api_gateway_url"}


def plain_outputs(outputs: OutputMap) -> dict[str, Any]:
    """Return the values of the outputs, with secrets replaced by ``[secret]``."""
    return {name: MASK if output.secret else output.value for name, output in sorted(outputs.items())}


def addresses(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the outputs that are URLs which a browser can open, by name."""
    return {
        name: value
        for name, value in outputs.items()
        if isinstance(value, str) and value.startswith(("https://", "http://")) and name not in NOT_FOR_BROWSERS
    }


def print_outputs(console: Console, outputs: Mapping[str, Any]) -> None:
    """Print the outputs, one a row."""
    table = Table(title="Outputs", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in outputs.items():
        table.add_row(visible(name), visible(_readable(value)))
    console.print(table)


def made_by_component(resources: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Count the resources of each type in each top-level component.

    Args:
        resources: The resources of a stack's state, as ``pulumi stack export`` gives them.

    Returns:
        Component, such as ``Vpc main`` (or ``(no component)``), to resource type to number of resources.
    """
    parents = {resource["urn"]: resource.get("parent", "") for resource in resources}
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for resource in resources:
        if resource.get("custom") and not resource["type"].startswith("pulumi:"):
            made[urns.component_of(resource["urn"], parents)][urns.short_type(resource["type"])] += 1
    return dict(made)


def print_made(console: Console, made: Mapping[str, Counter[str]]) -> None:
    """Print the components with their resources, and the total."""
    table = Table(title="Made", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("component", "resources", "of which"):
        table.add_column(heading, justify="right" if heading == "resources" else "left", overflow="fold")
    for component, types in sorted(made.items()):
        table.add_row(visible(component), str(types.total()), _list(types))
    table.add_row("all", str(sum(types.total() for types in made.values())), "")
    console.print(table)


def kept_lines(left: list[Kept], *, done: bool) -> list[str]:
    """Return the lines about what remains after `destroy`, and what it costs; empty if nothing remains.

    Args:
        left: The resources and snapshots that remain.
        done: Whether the destroy has already run.
    """
    if not left:
        return []
    word = "Kept" if done else "This keeps"
    known = f"{word}, from now on at most {usd_per_month(left):.2f} USD a month where known:"
    return [known, *(f"  {visible(str(each))}" for each in left)]


def _readable(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value)))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in sorted(cast("dict[str, object]", value).items()))
    return "" if value is None else str(value)


def _list(types: Counter[str]) -> str:
    return ", ".join(type_ if number == 1 else f"{number} {type_}" for type_, number in sorted(types.items()))
