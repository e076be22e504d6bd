"""Generates the tables of facts about the real provider for the installed version of pulumi-aws.

Run it as a module of this package (``python -m <package>.generate``) whenever pulumi-aws has a new version. It needs
the real plugin of that version, which ``pulumi plugin install resource aws <version>`` installs, and takes about half
a minute. Tables that belong to the installed version are left alone.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import facts, package
from .immutable import immutable_paths
from .observe import observe
from .real_plugin import RealPlugin, installed_plugin, started

TABLES = (facts.IMMUTABLE, facts.OBSERVED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate the tables if any is stale; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--force", action="store_true", help="generate the tables even when they are current")
    parser.add_argument("--plugin", type=Path, default=installed_plugin(), help="the real plugin's executable")
    options = parser.parse_args(arguments)
    stale = dict(stale_tables())
    if not stale and not options.force:
        _say(f"The tables of the offline provider belong to the installed pulumi-aws {package.version()}")
        return 0
    for path, reason in stale.items():
        _say(f"{path.name}: {reason}")
    if not options.plugin.is_file():
        version = package.version()
        sys.stderr.write(
            f"error: there is no plugin at {options.plugin}; "
            f"install it with: pulumi plugin install resource aws {version}\n"
        )
        return 2
    _say("Asking the real plugin about each property of each resource (about half a minute)")
    with started(options.plugin) as plugin:
        schema = plugin.schema()
        tables = _tables(plugin, schema)
    if not options.force:
        refuse_to_lose(tables, known=len(schema["resources"]))
    for path, rows in tables.items():
        _replace(path, facts.table_text(rows))
        _say(f"{path.name}: {len(rows)} resource types")
    return 0


def stale_tables() -> Iterator[tuple[Path, str]]:
    """Yield the tables that must be generated again, each with the reason."""
    for path in TABLES:
        reason = facts.why_stale(path.read_text(encoding="utf-8")) if path.is_file() else "missing"
        if reason is not None:
            yield path, reason


def refuse_to_lose(tables: Mapping[Path, Mapping[str, Any]], *, known: int) -> None:
    """Stop if a table would lose resource types, because a plugin may be built with only some of the AWS services.

    Args:
        tables: The new rows of each table.
        known: The number of resource types of the plugin.

    Raises:
        SystemExit: A table would lose resource types. The message lists them.
    """
    for path, rows in tables.items():
        before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        in_package = package.resource_classes()
        lost = sorted(token for token in before if token in in_package and token not in rows)
        if lost:
            raise SystemExit(
                f"error: the plugin knows {known} of pulumi-aws's {len(in_package)} resource types, and {path.name} "
                f"would have no row for {', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}; "  # noqa: PLR2004
                "use a complete plugin, or --force"
            )


def _tables(plugin: RealPlugin, schema: dict[str, Any]) -> dict[Path, Mapping[str, Any]]:
    observed = {token: observe(plugin.check, token, schema).as_table() for token in sorted(schema["resources"])}
    return {
        facts.IMMUTABLE: immutable_paths(schema),
        facts.OBSERVED: {token: row for token, row in observed.items() if row},
    }


def _replace(path: Path, text: str) -> None:
    """Write a table in one step, so that an interrupted run leaves the old table."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
