"""The parties that a policy allows by name, in a program's documents and in unusual documents."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy.graph import Graph
from policy.iam.parties import Kind, organization_of, party_of
from policy.rule import Outcome, evaluate, evaluate_graph
from policy.rules import RULES
from policy.rules.foreign_principals import DOCUMENTS
from policy.rules.iam import CARRIERS
from tests.policy.compliant import stack
from tests.policy.nodes import Json, Node, Ref, Stack, resolved, view, violations
from tests.policy.test_rules import BY_ID

STRANGER = "999999999999"


def test_foreign_source_is_found_beside_a_name_of_the_stack() -> None:
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:us-east-1:{STRANGER}:rule/x"}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": Ref("topic"),
        "Condition": condition,
    }
    policy = Json({"Statement": [statement]})
    added: Stack = {"new": Node("aws:sns/topicPolicy:TopicPolicy", {"arn": Ref("topic"), "policy": policy})}
    views = [view(node) for node in resolved({**stack(), **added}, preview=False)]
    found = violations(BY_ID["no-foreign-accounts"], views)
    assert [verdict.urn.split("::")[-1] for verdict in found] == ["new"]


@pytest.mark.parametrize(
    ("text", "organization"),
    [
        ("o-a1b2c3d4e5", "o-a1b2c3d4e5"),
        ("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*", "o-a1b2c3d4e5"),
        ("arn:aws:organizations::111122223333:organization/o-a1b2c3d4e5", "o-a1b2c3d4e5"),
        ("arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-11111111", "o-a1b2c3d4e5"),
        ("o-*", ""),
        ("${aws:ResourceOrgID}", ""),
        ("", ""),
    ],
)
def test_organization_is_read_from_ids_paths_and_arns(text: str, organization: str) -> None:
    assert organization_of(text) == organization


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (STRANGER, Kind.ACCOUNT),
        (f"arn:aws:iam::{STRANGER}:role/x", Kind.ACCOUNT),
        ("o-a1b2c3d4e5", Kind.ORGANIZATION),
        ("AROADBQP57FF2AEXAMPLE", Kind.ANYBODYS),
        ("s3.amazonaws.com", None),
        ("*", None),
    ],
)
def test_name_says_of_whom_it_is(name: str, kind: Kind | None) -> None:
    found = party_of(name)
    assert (found.kind if found else None) is kind


WORDS = st.sampled_from(
    [
        "Allow",
        "Deny",
        "*",
        "**?*",
        "kms:*",
        "s3:Put*",
        "arn:aws:ec2:us-*:*:instance/i-*",
        "arn:aws:iam::cloudfront:user/x",
        "arn:aws:iam::*:root",
        f"arn:aws:iam::{STRANGER}:root",
        "arn:aws:s3:::x/*",
        "AROADBQP57FF2AEXAMPLE:*",
        "o-a1b2c3d4e5/*",
        "0.0.0.0/0",
        "203.0.113.0/33",
        "::ffff:1.2.3.4/120",
        "${aws:PrincipalTag/x, 'y'}",
        "${",
        "\0",
        "true",
        "",
    ]
)
KEYS = st.sampled_from(
    [
        "aws:SourceIp",
        "AWS:PrincipalOrgID",
        "aws:SourceVpce",
        "aws:userid",
        "aws:PrincipalArn",
        "aws:ResourceTag/x",
        "kms:ViaService",
        "token.actions.githubusercontent.com:sub",
        "",
    ]
)
OPERATORS = st.sampled_from(
    [
        "StringEquals",
        "stringlikeifexists",
        "ForAllValues:StringNotEquals",
        "ForAnyValue:ArnLike",
        "IpAddress",
        "NotIpAddress",
        "Null",
        "Bool",
        "",
    ]
)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS, st.lists(WORDS, max_size=3))
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Action": ODD,
        "NotAction": ODD,
        "Resource": ODD,
        "NotResource": ODD,
        "Principal": st.one_of(
            ODD, st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser", "x"]), ODD)
        ),
        "NotPrincipal": st.one_of(ODD, st.dictionaries(st.sampled_from(["AWS", "Service"]), ODD)),
        "Condition": st.one_of(ODD, st.dictionaries(OPERATORS, st.one_of(ODD, st.dictionaries(KEYS, ODD)))),
    },
)
PROVIDER = Node("pulumi:providers:aws", {"allowedAccountIds": '["123456789012"]'})
PLACES = {**DOCUMENTS, **{type_: "policy" for type_ in CARRIERS if type_ not in DOCUMENTS}}
ABOUT = {type_: [rule for rule in RULES if type_ in rule.types] for type_ in PLACES}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(PLACES)), st.lists(STATEMENTS, min_size=1, max_size=3))
def test_no_policy_document_is_too_odd_for_a_rule(type_: str, statements: list[Any]) -> None:
    property_, _, rest = PLACES[type_].partition(".")
    document = json.dumps({"Statement": statements})
    inputs = {property_: {rest: document} if rest else document}
    views = [view(node) for node in resolved({"aws": PROVIDER, "x": Node(type_, inputs)}, preview=False)]
    for rule in ABOUT[type_]:
        verdicts = evaluate(rule, views[1]) if rule.check else evaluate_graph(rule, Graph(views))
        assert [verdict.message for verdict in verdicts if verdict.outcome is Outcome.CRASHED] == []


MANY = 3000


@pytest.mark.parametrize(
    "value",
    [
        "*a" * MANY,
        "arn:aws:ec2:*:*:instance/" + "?*" * MANY,
        "${" * MANY,
        "${aws:PrincipalTag/" * MANY,
        "o-" + "a/" * MANY,
        "repo:" + "a/" * MANY,
        "A" + "ROA" * MANY,
        ":" * MANY,
        "arn:aws:organizations::1:ou/" * MANY,
    ],
)
def test_long_values_are_judged_at_once(value: str) -> None:
    """An algorithm that is slower than linear takes minutes here, and exceeds the run's timeout."""
    keys = ("aws:PrincipalOrgID", "aws:PrincipalArn", "aws:ResourceTag/x", "aws:SourceIp", "kms:ViaService")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": value, "CanonicalUser": value},
        "Action": value,
        "Resource": value,
        "Condition": {
            operator: dict.fromkeys(keys, value) for operator in ("StringLike", "IpAddress", "StringNotLike")
        },
    }
    document = json.dumps({"Statement": [statement, {**statement, "Effect": "Deny"}]})
    for type_ in ("aws:s3/bucketPolicy:BucketPolicy", "aws:iam/policy:Policy", "aws:iam/role:Role"):
        property_ = PLACES[type_]
        views = [
            view(node) for node in resolved({"aws": PROVIDER, "x": Node(type_, {property_: document})}, preview=False)
        ]
        for rule in ABOUT[type_]:
            verdicts = evaluate(rule, views[1]) if rule.check else evaluate_graph(rule, Graph(views))
            assert [verdict.message for verdict in verdicts if verdict.outcome is Outcome.CRASHED] == []
