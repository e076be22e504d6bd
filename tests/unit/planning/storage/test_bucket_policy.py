"""Bucket policies: a caller's statement cannot allow what the policy denies."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.storage.bucket_policy import OWN_SIDS, access_log_delivery, bucket_policy

ARN = "arn:aws:s3:::documents-1a2b3c"
READ = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": ["s3:GetObject"],
    "Resource": ["/*"],
    "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1"}},
}

RESOURCES = st.lists(st.sampled_from(["", "/*", "/reports/*", ARN, f"{ARN}/*", f"{ARN}/a"]), min_size=1)
STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Sid": st.from_regex(r"[A-Z][a-z]{1,9}", fullmatch=True),
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.sampled_from([{"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "a.amazonaws.com"}]),
            "Action": st.just(["s3:GetObject"]),
            "Resource": RESOURCES,
        }
    ),
    unique_by=lambda statement: statement["Sid"],
)


def is_denied(policy: dict[str, Any], resource: str, context: dict[str, str]) -> bool:
    """Check by IAM's evaluation whether the policy denies everybody all actions on the resource."""

    def holds(operator: str, key: str, wanted: str) -> bool:
        if key not in context:
            return False
        if operator == "Bool":
            return context[key] == wanted
        assert operator == "NumericLessThan"
        return float(context[key]) < float(wanted)

    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == ["s3:*"]
        and any(re.fullmatch(re.escape(arn).replace(r"\*", ".*"), resource) for arn in statement["Resource"])
        and all(holds(o, k, v) for o, keys in statement["Condition"].items() for k, v in keys.items())
        for statement in policy["Statement"]
    )


@given(STATEMENTS, st.sampled_from([ARN, f"{ARN}/a", f"{ARN}/companies/1/deed.pdf"]))
def test_requests_without_tls_or_with_an_old_version_are_denied(
    statements: list[dict[str, Any]], resource: str
) -> None:
    policy = bucket_policy(ARN, statements)
    assert is_denied(policy, resource, {"aws:SecureTransport": "false"})
    assert is_denied(policy, resource, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"})
    assert not is_denied(policy, resource, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.2"})
    assert not is_denied(policy, resource, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"})


@given(STATEMENTS)
def test_every_resource_is_the_bucket_or_in_it(statements: list[dict[str, Any]]) -> None:
    policy = bucket_policy(ARN, statements)
    assert len(policy["Statement"]) == 2 + len(statements)
    for statement in policy["Statement"]:
        assert all(arn == ARN or arn.startswith(f"{ARN}/") for arn in statement["Resource"])


def test_resources_are_relative_to_the_bucket() -> None:
    added = bucket_policy(ARN, [{**READ, "Resource": ["/reports/*", ""]}])["Statement"][-1]
    assert added == {**READ, "Resource": [ARN, f"{ARN}/reports/*"]}


def test_access_logs_come_from_buckets_of_the_account() -> None:
    delivery = bucket_policy(ARN, [access_log_delivery("123456789012")])["Statement"][-1]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Action"] == ["s3:PutObject"]
    assert delivery["Resource"] == [f"{ARN}/*"]
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


EVERYBODY = "statement Read allows everybody; name a principal or give a Condition"
NOT = f", not about {ARN}"


@pytest.mark.parametrize(
    ("arn", "statements", "message"),
    [
        ("documents", [], "bucket_arn='documents' is not the ARN of a bucket"),
        (f"{ARN}/*", [], f"bucket_arn='{ARN}/*' is not the ARN of a bucket"),
        (ARN, [{**READ, "Resource": "arn:aws:s3:::other/*"}], "statement Read is about arn:aws:s3:::other/*" + NOT),
        (ARN, [{**READ, "Resource": f"{ARN}-2/*"}], f"statement Read is about {ARN}-2/*" + NOT),
        (ARN, [{**READ, "Principal": "*", "Condition": {}}], EVERYBODY),
        (ARN, [{**READ, "Principal": {"AWS": ["*"]}, "Condition": {}}], EVERYBODY),
        (ARN, [READ, READ], "statements share the Sid Read"),
        (ARN, [{**READ, "Sid": "DenyOutdatedTls"}], "statements share the Sid DenyOutdatedTls"),
    ],
)
def test_wrong_statements_are_refused(arn: str, statements: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        bucket_policy(arn, statements)


def test_a_statement_needs_no_sid() -> None:
    without = {key: value for key, value in READ.items() if key != "Sid"}
    assert "Sid" not in bucket_policy(ARN, [without, without])["Statement"][-1]
    with pytest.raises(ValueError, match=r"^a statement without a Sid is about arn:aws:s3:::other/"):
        bucket_policy(ARN, [{**without, "Resource": "arn:aws:s3:::other/*"}])


def test_its_own_sids_are_listed() -> None:
    made = bucket_policy(ARN, [access_log_delivery("123456789012")])["Statement"]
    assert sorted(statement["Sid"] for statement in made) == sorted(OWN_SIDS)
