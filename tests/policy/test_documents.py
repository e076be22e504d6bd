"""The pack evaluates IAM documents as IAM does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.documents import Statement, containers, statements
from policy.iam.arns import matches, names_every
from policy.resources import ResourceView
from policy.rule import evaluate
from policy.rules import BY_ID
from policy.values import UNKNOWN, UndecidableError, WrongTypeError


def read(content: Any) -> list[Statement]:
    return list(statements(ResourceView("aws:iam/policy:Policy", "urn", {"policy": content}).at("policy")))


def statement(**fields: Any) -> Statement:
    (found,) = read(json.dumps({"Statement": {"Effect": "Allow", **fields}}))
    return found


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:get*", "s3:GetObject", True),
        ("s3:?etObject", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3:Get*", "s3:PutObject", False),
        ("s3.*", "s3:GetObject", False),
        ("arn:aws:s3:::a[b]", "arn:aws:s3:::a[b]", True),
    ],
)
def test_wildcards(pattern: str, text: str, matched: bool) -> None:
    assert matches(pattern, text) is matched


@pytest.mark.parametrize(
    ("pattern", "kind", "every"),
    [
        ("arn:aws:s3:::*", "s3:*", True),
        ("arn:aws:s3:::*", "s3:*/*", True),
        ("arn:aws:s3:::*/*", "s3:*/*", True),
        ("arn:aws:s3:::*/*", "s3:*", False),
        ("arn:aws:s3:::???/*", "s3:*/*", False),
        ("arn:aws:dynamodb:*:table/*", "dynamodb:table/*", True),
        ("arn:aws:dynamodb:*:table/orders*", "dynamodb:table/*", False),
        ("arn:aws-us-gov:sqs:*:*:*", "sqs:*", True),
        ("arn:aws:*:us-east-1:123456789012:*", "*:*", True),
        ("arn:aws:*:us-east-1:123456789012:table/*", "*:*", False),
        ("arn:aws:s3:::a*", "s3:accesspoint/*/object/*", False),
        ("arn:aws:s3:us-east-1:123456789012:accesspoint/*", "s3:accesspoint/*/object/*", True),
        ("table/*", "dynamodb:table/*", False),
        ("arn:aws:ec2:*:*:instance/i-*", "ec2:instance/*", True),
        ("arn:aws:ec2:*:*:instance/i-0*", "ec2:instance/*", True),
        ("arn:aws:ec2:*:*:instance/i-0a1b*", "ec2:instance/*", False),
        ("arn:aws:ec2:us-*:*:instance/*", "ec2:instance/*", True),
        ("arn:aws:ec2:us-*:instance/*", "ec2:instance/*", True),
        ("arn:aws*:ec2:*:1234*:instance/*", "ec2:instance/*", True),
        ("arn:aws:ec2:us-east-?:12345678901?:instance/*", "ec2:instance/*", True),
        ("arn:aws:ec2:*::snapshot/snap-*", "ec2:snapshot/*", True),
        ("arn:aws:kms:*:*:key/*-*", "kms:key/*", True),
        ("arn:aws:kms:*:*:key/????????-????-????-????-????????????", "kms:key/*", True),
        ("arn:aws:secretsmanager:*:*:secret:*-??????", "secretsmanager:secret:*", True),
        ("arn:aws:secretsmanager:*:*:secret:?*", "secretsmanager:secret:*", True),
        ("arn:aws:secretsmanager:*:*:secret:app-??????", "secretsmanager:secret:*", False),
        ("", "sqs:*", False),
    ],
)
def test_pattern_of_every_resource_of_a_kind(pattern: str, kind: str, every: bool) -> None:
    assert names_every(pattern, kind) is every


@given(st.text(max_size=20))
def test_text_matches_itself_and_the_star(text: str) -> None:
    assert matches("*", text)
    assert matches(text, text)


def test_not_action_is_everything_else() -> None:
    assert statement(NotAction=["iam:*", "s3:Get*"]).covers("s3:PutObject")
    assert not statement(NotAction=["iam:*", "s3:Get*"]).covers("s3:GetObject")
    assert not statement(Action=[]).covers("s3:GetObject")


@pytest.mark.parametrize(
    ("principal", "everybody"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["123456789012", "*"]}, True),
        ({"AWS": "123456789012"}, False),
        ({"Service": "*"}, False),
        ({"Federated": "cognito-identity.amazonaws.com"}, False),
        ("123456789012", False),
        (None, False),
    ],
)
def test_principals(principal: Any, everybody: bool) -> None:
    assert statement(Principal=principal).every_principal is everybody


@pytest.mark.parametrize(
    ("condition", "restricted"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"StringEquals": {"AWS:SourceAccount": ["1", "2"]}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::x"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringLike": {"aws:SourceAccount": "*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": []}}, False),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}, False),
        ({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::x", "arn:aws:s3:::*"]}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:RequestTag/account}"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID"}}, False),
        ({"StringLike": {"aws:UserAgent": "ours"}}, False),
        ({"StringEquals": {"aws:Referer": "https://example.com/x"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"StringEquals": {"aws:RequestTag/team": "a"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, False),
        ({"StringEquals": {"aws:VpcSourceIp": "10.0.0.5"}}, False),
        ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/24"}}, False),
        ({"Null": {"aws:PrincipalOrgID": "true"}}, False),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, False),
        ({"ArnLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "1", "AWS:SOURCEACCOUNT": "*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, False),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/48"}}, True),
        ({"IpAddress": {"aws:SourceIp": "::/0"}}, False),
        ({"IpAddress": {"aws:SourceIp": "nowhere"}}, False),
        ({"IpAddress": {"aws:SourceIp": []}}, False),
        ({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({}, False),
    ],
)
def test_conditions(condition: Any, restricted: bool) -> None:
    assert statement(Principal="*", Condition=condition).restricted is restricted
    assert statement(Principal="*", Condition=condition).public is not restricted


@pytest.mark.parametrize("pattern", ["*", "*:*", "**", "?*:*"])
def test_every_action(pattern: str) -> None:
    assert statement(Action=["s3:GetObject", pattern]).every_action
    assert not statement(Action=["s3:*", "*:Get*"]).every_action


@pytest.mark.parametrize(
    ("pattern", "everything", "every_key"),
    [
        ("*", True, True),
        ("arn:*", True, True),
        ("arn:aws:*:*:*:*", True, True),
        ("arn:aws:k*", False, True),
        ("arn:aws:kms:*", False, True),
        ("arn:aws:kms:us-east-1:123456789012:*", False, True),
        ("arn:aws:kms:*:123456789012:key/*", False, True),
        ("arn:aws:kms:us-east-1:123456789012:key/mrk-*", False, False),
        ("arn:aws:kms:us-east-1:123456789012:alias/*", False, False),
        ("arn:aws:s3:::*", False, False),
        ("arn:aws:kms:us-east-1", False, False),
    ],
)
def test_every_resource(pattern: str, everything: bool, every_key: bool) -> None:
    assert statement(Resource=["arn:aws:s3:::x", pattern]).every_resource is everything
    assert statement(Resource=["arn:aws:s3:::x", pattern]).every_resource_of("kms:key/*") is every_key


@pytest.mark.parametrize(
    ("fields", "refuses"),
    [
        ({}, True),
        ({"Condition": {"BoolIfExists": {"AWS:SecureTransport": False}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}}, False),
        ({"Effect": "Allow"}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": "123456789012"}}, False),
        ({"Principal": {"AWS": "123456789012"}}, False),
    ],
)
def test_refusal_of_plain_http(fields: dict[str, Any], refuses: bool) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert statement(**{**deny, **fields}).refuses_plain_http is refuses


def test_one_statement_need_not_be_in_a_list() -> None:
    one = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert len(read(json.dumps({"Statement": one}))) == len(read(json.dumps({"Statement": [one]}))) == 1
    assert len(read({"Statement": [one, one]})) == 2
    assert read(None) == []
    assert read(json.dumps({"Version": "2012-10-17", "Statement": []})) == []


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "7",
        json.dumps({"Statement": ["all"]}),
        json.dumps({"Statement": 7}),
        json.dumps({"Statement": {"Condition": "none"}}),
        json.dumps({"Statement": {"Condition": {"Bool": "none"}}}),
    ],
)
def test_no_policy_document(content: str) -> None:
    with pytest.raises(WrongTypeError):
        read(content)


def test_each_rule_that_reads_a_document_gets_the_same_statements_and_the_same_error() -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow"}, {"Effect": "Deny"}, {"Effect": "Perhaps"}]})
    reading = statements(ResourceView("aws:iam/policy:Policy", "urn", {"policy": text}).at("policy"))
    assert next(reading).allows
    for _ in range(2):
        again = statements(ResourceView("aws:iam/policy:Policy", "urn", {"policy": text}).at("policy"))
        assert [next(again).allows, next(again).allows] == [True, False]
        with pytest.raises(
            WrongTypeError, match=r'^policy.Statement\[2\].Effect is "Perhaps", which is not Allow or Deny$'
        ):
            next(again)
    assert not next(reading).allows
    other = statements(ResourceView("aws:iam/policy:Policy", "urn", {"other": text}).at("other"))
    assert next(other).path == "other.Statement[0]"


@pytest.mark.parametrize(
    "content", [UNKNOWN, {"Statement": UNKNOWN}, {"Statement": [{"Effect": "Allow", "Resource": [UNKNOWN]}]}]
)
def test_a_part_that_is_unknown_leaves_the_document_undecided(content: Any) -> None:
    with pytest.raises(UndecidableError) as unknown:
        read(content)
    assert unknown.value.path == "policy"


def test_path_says_which_statement() -> None:
    found = read(json.dumps({"Statement": [{"Effect": "Deny"}, {"Effect": "Allow"}]}))
    assert [item.path for item in found] == ["policy.Statement[0]", "policy.Statement[1]"]
    assert [item.allows for item in found] == [False, True]


def test_what_is_wrong_whatever_an_unknown_part_is_is_found_before_the_document_is_left_undecided() -> None:
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": [UNKNOWN]}]}
    read = statements(ResourceView("aws:iam/policy:Policy", "urn", {"policy": document}).at("policy"))
    found = next(read)
    assert (found.public, found.every_resource) == (True, False)
    with pytest.raises(UndecidableError):
        next(read)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*?*?*?x", "abcx", True),
        ("*?*?*?x", "abx", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "abcb", False),
        ("**", "", True),
        ("?*", "", False),
        ("*ab", "aab", True),
        ("*a?*b", "aab", True),
        ("s3:Get*", "S3:GETOBJECT", True),
        ("a.c", "abc", False),
        ("a*", "a\nb", True),
        ("*?" * 2000 + "x", "y" * 5000, False),
        ("*a" * 500 + "x", "a" * 2000, False),
        ("*a*" * 500 + "x", "a" * 2000 + "x", True),
    ],
)
def test_pattern_matches_as_iam_does_and_without_end_for_none(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


SECRET_IN_CLEAR = [{"Name": "AWS_SECRET_ACCESS_KEY", "VALUE": "x"}]


@pytest.mark.parametrize("written", [json.dumps, list])
@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"Privileged": True}, "ecs-not-privileged"),
        ({"privileged": False, "PRIVILEGED": True}, "ecs-not-privileged"),
        ({"READONLYROOTFILESYSTEM": False}, "ecs-read-only-root"),
        ({"Environment": SECRET_IN_CLEAR}, "ecs-no-secret-in-environment"),
        ({"environment": SECRET_IN_CLEAR}, "ecs-no-secret-in-environment"),
        ({"HealthCheck": {"Command": ["x", "--password", "hunter22"]}}, "ecs-no-secret-in-environment"),
        ({"LinuxParameters": {"Capabilities": {"Add": ["SYS_ADMIN"]}}}, "ecs-no-added-capabilities"),
        ({"U\u017fer": "root"}, "ecs-not-root"),
    ],
)
def test_members_of_a_container_are_read_in_any_case(members: dict[str, Any], rule: str, written: Any) -> None:
    task = ResourceView("aws:ecs/taskDefinition:TaskDefinition", "urn", {"containerDefinitions": written([members])})
    assert [v.outcome for v in evaluate(BY_ID[rule], task)] != []


def test_names_that_are_the_programs_own_keep_their_case() -> None:
    labels = {"User": "x", "user": "y", "Environment": {"Name": "z"}}
    task = ResourceView("t", "urn", {"containerDefinitions": [{"DockerLabels": labels}]})
    assert containers(task)[0].at("dockerLabels").content == labels
