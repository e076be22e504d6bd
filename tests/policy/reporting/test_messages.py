"""A rule's message is complete: it states what is wrong, and names existing keys of the stack file."""

from typing import Any, get_args

import pytest

from configuration.models import Section, model_of
from configuration.stack import StackSettings
from policy.enforcement.levels import StackFacts
from policy.reporting.messages import fix
from policy.rule import Rule, Setting
from policy.rules import BY_ID, RULES
from tests.every_case import every_case
from tests.policy.nodes import Node, Ref, judge, resolved, view


@every_case("rule", RULES, ids=lambda rule: rule.id)
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


@every_case(("rule", "setting"), SETTINGS)
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


@pytest.mark.parametrize(
    ("rule", "parents", "key"),
    [
        ("secret-recovery-window", "ManagedData$spot-platform:index:GeneratedSecret", "database.deletion_protection"),
        ("secret-recovery-window", "GeneratedSecret", "database.deletion_protection"),
        ("rds-backups-kept", "ManagedData$spot-platform:index:DatabaseInstance", "database.deletion_protection"),
        ("rds-deletion-protection", "ManagedData$spot-platform:index:DatabaseInstance", "database.deletion_protection"),
        ("log-group-retention", "HostedZone", "dns.query_log_retention_days"),
        ("log-group-retention", "FargateSpotService$spot-platform:index:ServiceTask", "service.log_retention_days"),
        ("log-group-retention", "PrivateApi$spot-platform:index:ApiLogging", "api.access_log_retention_days"),
    ],
)
def test_fix_names_the_key_that_decides(rule: str, parents: str, key: str) -> None:
    """Findings are grouped by the key that decides them, so each of its rules must name the key."""
    urn = f"urn:pulumi:dev::shop::spot-platform:index:{parents}$aws:x/y:Z::name"
    assert f"shop:{key} to " in fix(BY_ID[rule], urn, StackFacts(name="dev", project="shop"))


@pytest.mark.parametrize(("rule", "text"), [("rds-tls-only", "require_secure_transport"), ("rds-port", "3306")])
def test_fix_is_of_every_engine(rule: str, text: str) -> None:
    assert text in BY_ID[rule].remediation


@pytest.mark.parametrize(
    ("inputs", "is_public"),
    [
        ({"acl": "public-read"}, True),
        ({"acl": "authenticated-read"}, True),
        ({"acl": "private"}, False),
        ({"accessControlPolicy": {"grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}}, True),
        ({}, False),
    ],
)  # fmt: skip
def test_public_acl_is_called_public(inputs: dict[str, Any], is_public: bool) -> None:
    nodes = {
        "files": Node("aws:s3/bucket:Bucket", {}),
        "files-acl": Node("aws:s3/bucketAcl:BucketAcl", {"bucket": Ref("files"), **inputs}),
    }
    (found,) = judge(BY_ID["s3-no-acls"], [view(node) for node in resolved(nodes, preview=False)])
    assert ("anybody in the world may use the bucket" in found.message) is is_public


def test_port_of_a_database_is_told_as_its_engine_has_it() -> None:
    mysql = Node("aws:rds/instance:Instance", {"engine": "mysql"})
    (found,) = judge(BY_ID["rds-port"], [view(node) for node in resolved({"db": mysql}, preview=False)])
    assert "3306" in found.message
    assert "5432" not in found.message
