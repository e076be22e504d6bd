"""The two tables of facts about the real provider, and their generator."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest

from toolchain.offline import facts, generate, package
from toolchain.offline.immutable import immutable_paths
from toolchain.offline.observe import Observed, Place, observe, places

SCHEMA: dict[str, Any] = {
    "types": {
        "aws:x/Rule:Rule": {
            "properties": {
                "action": {"type": "string"},
                "weight": {"type": "integer"},
                "key": {"type": "string", "willReplaceOnChanges": True},
                "rules": {"type": "array", "items": {"$ref": "#/types/aws:x/Rule:Rule"}},
            }
        },
        "aws:x/Kind:Kind": {"type": "string", "enum": [{"value": "a"}]},
    },
    "resources": {
        "aws:x/thing:Thing": {
            "inputProperties": {
                "name": {"type": "string", "willReplaceOnChanges": True},
                "kind": {"$ref": "#/types/aws:x/Kind:Kind"},
                "rules": {"type": "array", "items": {"$ref": "#/types/aws:x/Rule:Rule"}},
                "settings": {
                    "type": "array",
                    "items": {"$ref": "#/types/aws:x/Rule:Rule"},
                    "willReplaceOnChanges": True,
                },
            }
        },
        "aws:x/plain:Plain": {"inputProperties": {"name": {"type": "string"}}},
        "aws:x/empty:Empty": {},
    },
}


def test_immutable_paths_are_sorted_and_nested_and_end_at_the_first_immutable_property() -> None:
    assert immutable_paths(SCHEMA) == {"aws:x/thing:Thing": ["name", "rules.key", "settings"]}


def test_every_place_of_a_resource_is_found_without_going_round_in_circles() -> None:
    found = {place.path: place for place in places(SCHEMA, SCHEMA["resources"]["aws:x/thing:Thing"]["inputProperties"])}
    assert set(found) >= {"name", "kind", "rules", "rules.action", "rules.weight", "settings.action"}
    assert "rules.rules.rules" not in found
    assert found["rules.weight"].holding(7) == {"rules": [{"weight": 7}]}
    assert found["name"].holding("x") == {"name": "x"}


def answers(inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Answer like a provider with a default, a closed list, a range, and an alternative of two validators."""
    complaints: list[str] = []
    checked: dict[str, Any] = {"name": "observed-1234567", "count": 3, "__defaults": ["count", "name"]}
    for rule in inputs.get("rules", []):
        checked["rules"] = [{"weight": 1, **rule, "__defaults": [] if "weight" in rule else ["weight"]}]
        if rule.get("action") == "no-such-value":
            complaints.append(
                'expected rules.0.action to be one of ["allow" "deny"], got no-such-value.'
                " Examine values at 'observed.rules[0].action'."
            )
        if "weight" in rule:
            complaints.append(
                # at the end, the real provider names a random property beside it
                "expected rule.0.weight to be in the range (0 - 999), got -987654."
                " Examine values at 'observed.rules[0].action'."
            )
        complaints.append("Missing required argument. Examine values at 'observed.rules[0].key'.")
    if "name" in inputs:
        complaints += [
            "expected name to be one of [\"a\"], got x. Examine values at 'observed.name'.",
            "expected name to match a pattern. Examine values at 'observed.name'.",
        ]
    return checked, complaints


def test_what_the_provider_says_is_noted_and_what_is_ambiguous_is_not() -> None:
    observed = observe(lambda _token, inputs: answers(inputs), "aws:x/thing:Thing", SCHEMA)
    assert observed == Observed(
        defaults={"count": 3, "rules.weight": 1},
        allowed={"rules.action": ["allow", "deny"]},
        ranges={"rules.weight": [0.0, 999.0]},
    )


def test_a_place_knows_its_path() -> None:
    assert Place(("a", "b"), (False, True), "string").holding("x") == {"a": {"b": ["x"]}}


def test_the_tables_belong_to_the_installed_package() -> None:
    """If this fails, run 'make generate'."""
    assert dict(generate.stale_tables()) == {}


@pytest.mark.parametrize("path", generate.TABLES, ids=lambda path: path.name)
def test_the_tables_hold_resource_types_of_the_package(path: Path) -> None:
    tokens = set(json.loads(path.read_text())) - {facts.ORIGIN}
    assert len(tokens) > 250
    assert tokens <= set(package.resource_classes())


VPC, BUCKET = "aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket"
ROWS = {VPC: ["y"], BUCKET: {"defaults": {"x": 1}}}


def test_a_table_is_current_until_the_package_or_a_row_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = facts.table_text(ROWS)
    assert {**ROWS, facts.ORIGIN: json.loads(text)[facts.ORIGIN]} == json.loads(text)
    assert facts.why_stale(text) is None
    assert facts.why_stale(text.replace('"x":1', '"x":2')) == "edited by hand"
    assert facts.why_stale("{}") == "it does not say what it was made from"
    monkeypatch.setattr(package, "digest", lambda: "another")
    assert "another build" in str(facts.why_stale(text))
    monkeypatch.setattr(package, "version", lambda: "8.0.0")
    assert (
        facts.why_stale(text)
        == f"made from pulumi-aws {importlib.metadata.version('pulumi_aws')}, and 8.0.0 is installed"
    )


def test_a_package_without_its_list_of_hashes_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^pulumi_aws was not installed from a wheel"):
        package._digest_of("", "pulumi_aws")


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Path of a table that does not exist yet, with a plugin that has one resource type."""
    table = tmp_path / "observed.json"
    monkeypatch.setattr(generate, "TABLES", (table,))
    monkeypatch.setattr(facts, "OBSERVED", table)
    monkeypatch.setattr(facts, "IMMUTABLE", tmp_path / "immutable.json")
    return table


def test_generating_without_the_real_plugin_says_how_to_get_it(stale: Path, tmp_path: Path, capsys: Any) -> None:
    assert generate.main(["--plugin", str(tmp_path / "none")]) == 2
    assert f"pulumi plugin install resource aws {package.version()}" in capsys.readouterr().err
    assert not stale.exists()


def test_a_smaller_plugin_does_not_shrink_a_table(stale: Path) -> None:
    stale.write_text(facts.table_text(ROWS))
    with pytest.raises(SystemExit, match=r"knows 1 of .* no row for aws:ec2/vpc:Vpc; .*--force"):
        generate.refuse_to_lose({stale: {BUCKET: {}}}, known=1)
    generate.refuse_to_lose({stale: ROWS}, known=1)
