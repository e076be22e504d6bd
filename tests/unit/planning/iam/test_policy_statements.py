"""The statements that a caller gives are checked before any resource exists."""

from typing import Any

import pytest

from spot_planning.iam.policy_statements import BUCKET_POLICY, IDENTITY_POLICY, PolicyKind, statement_problems
from spot_planning.problems import ArgumentError

ALLOWED: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
OF_A_BUCKET: dict[str, Any] = {**ALLOWED, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Resource": "/*"}
ACTION = "is not allowed; allowed: an action such as s3:GetObject, or *"
RESOURCE = "is not allowed; allowed: an ARN, or *"
CONDITION = 'is not allowed; allowed: a map such as {"StringEquals": {"aws:SourceAccount": "111122223333"}}'
KEYS = "Sid, Effect, Action, NotAction, Resource, NotResource, Condition"


class Output:
    """Stands for a value that is known later."""


def messages(kind: PolicyKind, *statements: dict[str, Any], own_sids: tuple[str, ...] = ()) -> list[str]:
    """Return the messages as the caller of a component would see them."""
    found = statement_problems("statements", list(statements), kind, own_sids)
    errors = [ArgumentError("It", "x", problem, {"statements": list(statements)}) for problem in found]
    return [str(error).removeprefix("It 'x': statements") for error in errors]


def having(known: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return known | changes


@pytest.mark.parametrize(
    "statement",
    [
        ALLOWED,
        having(ALLOWED, Sid="Read", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
        having(ALLOWED, Action=["s3:Get*", "*"], Resource=["*", Output()]),
        having(ALLOWED, Effect=Output(), Action=Output(), Resource=Output(), Condition=Output(), Sid=Output()),
        having(ALLOWED, Condition={"StringEquals": Output()}),
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::111122223333:role/x"},
    ],
)
def test_right_statements_have_no_problem(statement: dict[str, Any]) -> None:
    assert messages(IDENTITY_POLICY, statement) == []


@pytest.mark.parametrize("resource", ["/*", "", ["", "/reports/*"], "arn:aws:s3:::reports/*", Output()])
@pytest.mark.parametrize("principal", ["*", {"Service": ["logging.s3.amazonaws.com"]}, {"AWS": Output()}, Output()])
def test_right_statements_of_a_bucket_have_no_problem(resource: object, principal: object) -> None:
    assert messages(BUCKET_POLICY, having(OF_A_BUCKET, Resource=resource, Principal=principal)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Action": 5}, f"[0].Action=5 {ACTION}"),
        ({"Action": "s3GetObject"}, f"[0].Action=s3GetObject {ACTION}"),
        ({"Action": ["s3:GetObject", "s3GetObject"]}, f"[0].Action[1]=s3GetObject {ACTION}"),
        ({"Action": []}, "[0].Action is empty; allowed: an action such as s3:GetObject, or *"),
        ({"Resource": "reports"}, f"[0].Resource=reports {RESOURCE}"),
        ({"Resource": None}, f"[0].Resource=null {RESOURCE}"),
        ({"Condition": "x"}, f"[0].Condition=x {CONDITION}"),
        ({"Condition": {"Bool": "x"}}, f"[0].Condition.Bool=x {CONDITION}"),
        ({"Effect": "allow"}, "[0].Effect=allow is not allowed; allowed: Allow, Deny"),
        ({"Sid": "Read reports"}, '[0].Sid="Read reports" is not allowed; allowed: letters and digits'),
        ({"Sid": 5}, "[0].Sid=5 is not allowed; allowed: letters and digits"),
        ({"actions": ["s3:*"]}, f"[0].actions is not a key of a statement; allowed: {KEYS}"),
        ({"Principal": "*"}, f"[0].Principal is not a key of a statement; allowed: {KEYS}"),
        ({"NotAction": "s3:*"}, "[0] needs Action or NotAction, and not both"),
    ],
)
def test_wrong_statements_are_named_with_key_value_and_allowed_values(change: dict[str, Any], message: str) -> None:
    assert message in messages(IDENTITY_POLICY, having(ALLOWED, **change))


@pytest.mark.parametrize("kind", [IDENTITY_POLICY, BUCKET_POLICY])
def test_an_effect_is_needed(kind: PolicyKind) -> None:
    assert "[0] needs Effect; allowed: Allow, Deny" in messages(kind, {"Action": "s3:GetObject"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Principal": {"aws": "*"}}, "[0].Principal.aws is not a kind of principal; allowed: AWS, Service, "),
        ({"Principal": 5}, "[0].Principal=5 is not allowed; allowed: *, or a map with AWS, Service, "),
        ({"Resource": "reports/*"}, "[0].Resource=reports/* is not allowed; allowed: an ARN of the bucket, or a path "),
        ({"NotResource": "/*"}, "[0].NotResource is not a key of a statement; allowed: Sid, Effect, Principal, "),
    ],
)
def test_wrong_statements_of_a_bucket(change: dict[str, Any], message: str) -> None:
    assert [said for said in messages(BUCKET_POLICY, having(OF_A_BUCKET, **change)) if said.startswith(message)]


def test_the_second_statement_with_the_same_sid_is_named() -> None:
    assert messages(IDENTITY_POLICY, *[having(ALLOWED, Sid="Read")] * 2) == ["[1].Sid=Read is there twice"]


def test_the_sid_of_a_statement_of_the_component_is_refused() -> None:
    found = messages(IDENTITY_POLICY, having(ALLOWED, Sid="Read"), own_sids=("Write", "Read"))
    assert found == ["[0].Sid=Read is not allowed; allowed: another than Read, Write"]
