"""What a rule says is complete: what is wrong, and keys of the stack file that exist."""

from typing import get_args

import pytest

from configuration.models import Section, model_of
from configuration.stack import StackSettings
from policy.rule import Rule, Setting
from policy.rules import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_is_wrong(rule: Rule) -> None:
    assert rule.problem[0].isupper()
    assert not rule.problem.endswith(".")
    assert rule.problem != rule.title


def keys_of(section: type[Section], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in section.model_fields.items():
        found.add(prefix + name)
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Section):
                found |= keys_of(part, f"{prefix}{name}.")
    return found


KEYS = keys_of(model_of(StackSettings))
SETTINGS = [(rule.id, setting) for rule in RULES for setting in rule.settings]


@pytest.mark.parametrize(("rule", "setting"), SETTINGS, ids=lambda part: getattr(part, "key", part))
def test_setting_of_the_stack_file_exists(rule: str, setting: Setting) -> None:
    assert setting.key in KEYS
    assert setting.value


@pytest.mark.parametrize(
    ("component", "urn", "decides"),
    [
        ("", "urn:pulumi:s::p::spot-platform:index:Vpc$aws:ec2/vpc:Vpc::x", True),
        ("", "urn:pulumi:s::p::aws:ec2/vpc:Vpc::x", False),
        ("", "urn:pulumi:s::p::their:index:Vpc$aws:ec2/vpc:Vpc::x", False),
        (
            "Vpc",
            "urn:pulumi:s::p::a:b:C$spot-platform:index:Vpc$t:t:T$aws:ec2/subnet:Subnet::x",
            True,
        ),
        ("Vpc", "urn:pulumi:s::p::spot-platform:index:VpcFlowLogs$aws:ec2/flowLog:FlowLog::x", False),
        ("", "", False),
    ],
)
def test_setting_is_told_for_what_its_component_makes(component: str, urn: str, decides: bool) -> None:
    assert Setting("vpc.zones", "2", component).decides(urn) is decides
