"""Every setting of the stack file that a rule names decides the rule: it refuses a bad value, and its fix works."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from policy.enforcement import pins
from policy.rule import Setting
from policy.rules import BY_ID, RULES
from tests.policy.engine_calls import Finding, Pack
from tests.policy.named_settings import SCENARIOS, Scenario, Wrong
from tests.policy.nodes import Node, from_recording
from tests.policy.test_program import named
from tests.program import record_program
from tests.stack_files import PROJECT, stack_configuration

CASES = [
    pytest.param(scenario, wrong, setting, id=f"{wrong.rule}-{setting.key}-{setting.component or 'any'}")
    for scenario in SCENARIOS
    for wrong in scenario.wrong
    for setting in BY_ID[wrong.rule].settings
    if setting.key == wrong.key
]


@cache
def findings(scenario: str, which: str) -> list[Finding]:
    """Return the findings on prod with the bad or the good values of a scenario, without exemptions."""
    (chosen,) = (each for each in SCENARIOS if each.name == scenario)
    configuration: dict[str, Any] = stack_configuration("prod")
    configuration[f"{PROJECT}:profile"] = chosen.profile
    for section, values in chosen.sections(which).items():
        key = f"{PROJECT}:{section}"
        configuration[key] = {**configuration.get(key, {}), **values}
    recording = record_program("prod", configuration)
    config = {key: value if isinstance(value, str) else json.dumps(value) for key, value in configuration.items()}
    pack = Pack(chosen.asked, stack="prod", config=config, pins=pins.read())
    return pack.run(with_whole_urns(named("prod", from_recording(recording))))


def with_whole_urns(nodes: Iterable[Node]) -> list[Node]:
    """Give each URN the types of all its parents, as the engine does; the mocks write only the nearest parent type."""
    by_urn = {node.urn: node for node in nodes}

    def types(node: Node) -> str:
        parent = by_urn.get(node.parent)
        if parent is None or parent.type == "pulumi:pulumi:Stack":
            return node.type
        return f"{types(parent)}${node.type}"

    whole = {urn: _with_types(urn, types(node)) for urn, node in by_urn.items()}
    return [
        replace(
            node,
            urn=whole[node.urn],
            parent=whole.get(node.parent, node.parent),
            depends_on={name: tuple(whole.get(urn, urn) for urn in urns) for name, urns in node.depends_on.items()},
        )
        for node in by_urn.values()
    ]


def _with_types(urn: str, types: str) -> str:
    before, project, _types, name = urn.split("::")
    return "::".join((before, project, types, name))


def told(scenario: Scenario, which: str, wrong: Wrong, setting: Setting) -> list[Finding]:
    """Return the violations of a rule whose fix names a setting."""
    return [
        finding
        for finding in findings(scenario.name, which)
        if finding.policy == wrong.rule
        and setting.decides(finding.urn)
        and f"{PROJECT}:{setting.key} to " in finding.message
    ]


def test_every_setting_that_a_rule_names_has_a_bad_value() -> None:
    named_by_rules = {(rule.id, setting.key) for rule in RULES for setting in rule.settings}
    assert {(wrong.rule, wrong.key) for scenario in SCENARIOS for wrong in scenario.wrong} == named_by_rules


@pytest.mark.parametrize(("scenario", "wrong", "setting"), CASES)
def test_bad_value_is_refused_and_the_setting_named(scenario: Scenario, wrong: Wrong, setting: Setting) -> None:
    assert told(scenario, "bad", wrong, setting)


@pytest.mark.parametrize(("scenario", "wrong", "setting"), CASES)
def test_fix_that_is_named_helps(scenario: Scenario, wrong: Wrong, setting: Setting) -> None:
    assert findings(scenario.name, "good")
    assert told(scenario, "good", wrong, setting) == []
