"""Evaluation of a role's request, as in IAM."""

from typing import Any

import pytest

from toolchain.datapath.tasks.permissions import Policies, Question, is_allowed, may_use_key

ROLE = "arn:aws:iam::123456789012:role/execution"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:jwt-AbCdEf"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
READ = "secretsmanager:GetSecretValue"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": READ, "Resource": SECRET, **elements}]}


def without(document: dict[str, Any], *elements: str) -> dict[str, Any]:
    return {
        "Statement": [{k: v for k, v in item.items() if k not in elements} for item in document["Statement"]],
    }


def ask(*identity: dict[str, Any], boundary: Any = None, resource_policy: Any = None, context: Any = None) -> bool:
    question = Question(READ, SECRET, ROLE, context or {})
    return is_allowed(question, Policies(identity, boundary), resource_policy)


@pytest.mark.parametrize(
    ("allowed", "document"),
    [
        (True, statement()),
        (True, {"Statement": statement()["Statement"][0]}),
        (True, statement(Action=["s3:GetObject", "secretsmanager:Get*"])),
        (True, statement(Action="SECRETSMANAGER:getsecretvalue")),
        (True, statement(Action="*", Resource="*")),
        (True, statement(Resource="arn:aws:secretsmanager:*:*:secret:jwt-??????")),
        (False, statement(Resource=SECRET.removesuffix("-AbCdEf"))),
        (False, statement(Resource=SECRET.lower())),
        (False, statement(Action="secretsmanager:DescribeSecret")),
        (True, without(statement(NotAction="s3:*"), "Action")),
        (False, without(statement(NotAction="secretsmanager:*"), "Action")),
        (True, without(statement(NotResource="arn:aws:s3:::*"), "Resource")),
        (False, without(statement(NotResource="*"), "Resource")),
        (False, without(statement(), "Resource")),
        (False, statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})),
        (False, statement(Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01"}})),
        (True, statement(Condition={"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})),
    ],
)
def test_a_statement_allows_what_it_covers(allowed: bool, document: dict[str, Any]) -> None:
    assert ask(document) is allowed


def test_nothing_is_allowed_without_a_statement() -> None:
    assert not ask()


def test_a_deny_wins_also_with_a_condition_that_is_not_understood() -> None:
    assert not ask(statement(), statement("Deny", Resource="*"))
    assert not ask(statement(), statement("Deny", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}))
    assert ask(statement(), statement("Deny", Resource="arn:aws:s3:::*"))


def test_a_known_condition_decides() -> None:
    transport = statement("Deny", Condition={"Bool": {"aws:SecureTransport": False}})
    assert ask(statement(), transport, context={"aws:SecureTransport": "true"})
    assert not ask(statement(), transport, context={"aws:SecureTransport": "false"})
    region = statement(Condition={"StringNotLike": {"aws:RequestedRegion": "eu-*"}})
    assert ask(region, context={"aws:requestedregion": "us-east-1"})
    assert not ask(region, context={"aws:RequestedRegion": "eu-west-1"})


def test_a_boundary_must_allow_as_well() -> None:
    assert ask(statement(), boundary=statement(Action="secretsmanager:*", Resource="*"))
    assert not ask(statement(), boundary=statement(Action="s3:*", Resource="*"))
    assert not ask(statement(), boundary=statement("Deny"))


def test_a_resource_policy_allows_by_itself_and_denies() -> None:
    assert ask(resource_policy=statement(Principal={"AWS": ROLE}))
    assert not ask(resource_policy=statement(Principal={"AWS": ROLE + "-other"}))
    assert not ask(statement(), resource_policy=statement("Deny", Principal="*"))


def test_a_key_is_used_by_its_policy_or_by_delegation() -> None:
    use = {"Action": "kms:Decrypt", "Resource": KEY}
    delegates = statement(Action="kms:*", Resource="*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    question = Question("kms:Decrypt", KEY, ROLE, {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"})
    through = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    assert may_use_key(question, Policies([statement(**use, Condition=through)]), delegates)
    assert not may_use_key(question, Policies([statement(Action="kms:Encrypt", Resource=KEY)]), delegates)
    assert not may_use_key(question, Policies([statement(**use)]), {"Statement": []})
    assert may_use_key(question, Policies(), statement(Action="kms:Decrypt", Resource="*", Principal={"AWS": ROLE}))
    elsewhere = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    assert not may_use_key(question, Policies([statement(**use, Condition=elsewhere)]), delegates)
