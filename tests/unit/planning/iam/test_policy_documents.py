"""Policy documents as plain data."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import (
    assume_role_document,
    decrypt_through,
    deny_insecure_transport,
    document,
    secret_arn,
    secret_resource,
    statement,
)

ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:api/database-AbCdEf"


def test_a_trust_policy_is_closed_against_the_confused_deputy() -> None:
    assert assume_role_document(
        "ecs-tasks.amazonaws.com", account_id=ACCOUNT, source_arn=f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"
    ) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AssumeRole",
                "Effect": "Allow",
                "Action": ["sts:AssumeRole"],
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"},
                },
            }
        ],
    }


def test_a_trust_policy_without_source_has_no_empty_condition() -> None:
    assert "Condition" not in assume_role_document("ec2.amazonaws.com")["Statement"][0]


@given(st.lists(st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:ListBucket"]), min_size=1))
def test_the_order_and_repetition_of_actions_do_not_change_the_document(actions: list[str]) -> None:
    once = statement("Use", sorted(set(actions)), ["*"])
    assert canonical_json(statement("Use", actions, ["*"])) == canonical_json(once)


@pytest.mark.parametrize(
    ("sid", "actions", "resources", "message"),
    [
        ("read-it", ["s3:GetObject"], ["*"], "sid='read-it' must be letters and digits only"),
        ("", ["s3:GetObject"], ["*"], "sid='' must be letters and digits only"),
        ("Read", [], ["*"], "statement Read has no actions"),
        ("Read", ["s3:GetObject"], [], "statement Read has no resources; leave the statement out instead"),
    ],
)
def test_a_statement_that_iam_would_refuse(sid: str, actions: list[str], resources: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        statement(sid, actions, resources)


def test_a_document_names_each_statement_once() -> None:
    read = statement("Read", ["s3:GetObject"], ["*"])
    with pytest.raises(ValueError, match=r"^statements share the Sid Read$"):
        document(read, read)
    with pytest.raises(ValueError, match=r"^a policy document needs a statement$"):
        document()


@pytest.mark.parametrize("suffix", ["", ":password::", ":password:AWSCURRENT:", "::AWSPREVIOUS:", ":::v1"])
def test_the_secret_behind_a_value_from(suffix: str) -> None:
    assert secret_arn(SECRET + suffix) == SECRET


@pytest.mark.parametrize("suffix", ["", ":password::"])
def test_a_secret_that_is_named_without_its_random_end_is_granted_with_any_such_end(suffix: str) -> None:
    by_name = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:api/mail"
    assert secret_resource(by_name + suffix) == f"{by_name}-??????"
    assert secret_resource(SECRET + suffix) == SECRET


def test_a_key_is_used_through_one_service_only() -> None:
    made = decrypt_through("secretsmanager", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", "eu-west-1")
    assert made["Action"] == ["kms:Decrypt"]
    assert made["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}


def test_nothing_goes_without_tls() -> None:
    made = deny_insecure_transport(["arn:aws:s3:::bucket"])
    assert (made["Effect"], made["Principal"]) == ("Deny", "*")
    assert made["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
