"""The makers of the two tables of facts about the real provider."""

from typing import Any

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
    """A provider with a default, a closed list, a range, and an alternative of two validators."""
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
                "expected weight to be in the range (0 - 999), got -987654."
                " Examine values at 'observed.rules[0].weight'."
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
