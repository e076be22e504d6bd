"""A finding about a party that is not allowed names the setting that would allow it, and groups parties by setting."""

import json
from typing import Any

import pytest

from policy.reporting.housekeeping import SUMMARY
from tests.policy.compliant import stack
from tests.policy.engine_calls import Finding, Pack
from tests.policy.nodes import Node, changed, resolved

STRANGERS = ("999999999999", "888888888888")


def letting_in(*principals: str, **condition: str) -> dict[str, Any]:
    """Return the inputs of a topic's policy."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)} if principals else "*",
        "Action": "sns:Subscribe",
        "Resource": "arn:aws:sns:us-east-1:123456789012:x",
    }
    if condition:
        statement["Condition"] = {"StringEquals": {f"aws:{key}": value for key, value in condition.items()}}
    return {"arn": "arn:aws:sns:us-east-1:123456789012:x", "policy": json.dumps({"Statement": [statement]})}


def run(*policies: dict[str, Any], rule: str = "no-foreign-accounts", **policy: Any) -> list[Finding]:
    """Return the findings of a rule, and the summary, for the compliant stack with further topic policies."""
    nodes = stack() | {
        f"further-{number}": Node("aws:sns/topicPolicy:TopicPolicy", inputs) for number, inputs in enumerate(policies)
    }
    pack = Pack(stack="prod", config={"spot-platform:policy": json.dumps(policy)})
    return [finding for finding in pack.run(resolved(nodes, preview=False)) if finding.policy in (rule, SUMMARY)]


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        (letting_in(f"arn:aws:iam::{STRANGERS[0]}:root"), 'allowed_accounts to ["999999999999"]'),
        (letting_in(*STRANGERS), 'allowed_accounts to ["999999999999", "888888888888"]'),
        (letting_in(PrincipalOrgID="o-a1b2c3d4e5"), 'allowed_organizations to ["o-a1b2c3d4e5"]'),
        (letting_in(SourceVpc="vpc-0a1b2c3d4e5f60718"), 'allowed_networks to ["vpc-0a1b2c3d4e5f60718"]'),
    ],
    ids=["an account", "two accounts", "an organization", "a network"],
)
def test_fix_is_the_list_of_the_kind_of_party(inputs: dict[str, Any], wanted: str) -> None:
    found, _summary = run(inputs)
    assert f"If it is on purpose: In Pulumi.prod.yaml, set spot-platform:policy.{wanted}.\n" in found.message
    assert found.message.count("spot-platform:policy.") == 1


def test_what_the_list_has_already_stays() -> None:
    found, _summary = run(letting_in(STRANGERS[0]), allowed_accounts=["777777777777"])
    assert 'spot-platform:policy.allowed_accounts to ["777777777777", "999999999999"].' in found.message


def test_that_list_allows_it() -> None:
    assert run(letting_in(*STRANGERS), allowed_accounts=[*STRANGERS])[:-1] == []


def test_name_that_is_anybodys_is_in_no_list() -> None:
    found, _summary = run(letting_in("AROAEXAMPLEEXAMPLEEXA"))
    assert "spot-platform:policy." not in found.message


def test_what_one_list_would_allow_is_told_together() -> None:
    *found, summary = run(*[letting_in(stranger) for stranger in STRANGERS])
    assert len(found) == len(STRANGERS)
    assert "spot-platform:policy.allowed_accounts is behind 2 violations: " in summary.message


def test_open_operation_is_told_with_its_path() -> None:
    nodes = changed(stack(), "api", "body!paths./files.get.security", [])
    pack = Pack(stack="prod", config={"spot-platform:policy": json.dumps({"open_paths": ["/health"]})})
    (found,) = [
        finding
        for finding in pack.run(resolved(nodes, preview=False))
        if finding.policy == "api-gateway-operations-authorized"
    ]
    assert 'In Pulumi.prod.yaml, set spot-platform:policy.open_paths to ["/health", "/files"].' in found.message


def test_open_route_is_told_with_its_path() -> None:
    nodes = changed(changed(stack(), "http-route", "authorizationType", "NONE"), "http-route", "routeKey", "GET /open")
    pack = Pack(stack="prod", config={})
    (found,) = [f for f in pack.run(resolved(nodes, preview=False)) if f.policy == "http-api-route-authorized"]
    assert 'In Pulumi.prod.yaml, set spot-platform:policy.open_paths to ["/open"].' in found.message
