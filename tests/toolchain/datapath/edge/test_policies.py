import pytest

from toolchain.datapath.edge.policies import Access, Decision, decision
from toolchain.iam_documents import like

BUCKET = "arn:aws:s3:::site"
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [BUCKET, f"{BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [BUCKET, f"{BUCKET}/*"],
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["s3:GetObject"],
            "Resource": [f"{BUCKET}/*"],
            "Condition": {"StringEquals": {"aws:SourceArn": DISTRIBUTION}},
        },
    ],
}
SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


def read(**changes) -> Access:
    context = {**SECURE, "aws:SourceArn": DISTRIBUTION, **changes.pop("context", {})}
    return Access(
        **{
            "action": "s3:GetObject",
            "resource": f"{BUCKET}/index.html",
            "service": "cloudfront.amazonaws.com",
            "context": context,
            **changes,
        }
    )


def test_the_distribution_may_read_and_nobody_else() -> None:
    assert decision(POLICY, read()) is Decision.ALLOWED
    assert decision(POLICY, read(action="s3:ListBucket", resource=BUCKET)) is Decision.SILENT
    assert decision(POLICY, read(context={"aws:SourceArn": f"{DISTRIBUTION}2"})) is Decision.SILENT
    assert decision(POLICY, read(service=None)) is Decision.SILENT
    assert decision(POLICY, read(service="logging.s3.amazonaws.com")) is Decision.SILENT
    assert decision(POLICY, read(resource="arn:aws:s3:::other/index.html")) is Decision.SILENT
    assert decision(None, read()) is Decision.SILENT


def test_a_refusal_beats_a_permission() -> None:
    assert decision(POLICY, read(context={"aws:SecureTransport": "false"})) is Decision.DENIED
    assert decision(POLICY, read(context={"s3:TlsVersion": "1.1"})) is Decision.DENIED


def test_a_condition_of_a_permission_must_hold() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:Get*", "Resource": "*"}
    local = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    policy = {"Statement": {**statement, "Condition": local}}
    assert decision(policy, read(context={"aws:SourceIp": "127.0.0.1"})) is Decision.ALLOWED
    assert decision(policy, read(context={"aws:SourceIp": "10.0.0.1"})) is Decision.SILENT
    assert decision(policy, read()) is Decision.SILENT


@pytest.mark.parametrize(
    "condition",
    [
        {"BinaryEquals": {"k": "v"}},
        {"NumericLessThan": {"s3:max-keys": "many"}},
        {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00"}},
        {"IpAddress": {"aws:SourceIp": "everywhere"}},
    ],
)
def test_a_condition_that_cannot_be_read_allows_nothing_and_denies(condition: dict[str, dict[str, str]]) -> None:
    context = {"s3:max-keys": "7", "aws:CurrentTime": "2026-11-29T00:00:00+00:00", "aws:SourceIp": "127.0.0.1"}
    for effect, expected in (("Allow", Decision.SILENT), ("Deny", Decision.DENIED)):
        statement = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
        assert decision({"Statement": [statement]}, read(context=context)) is expected


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("DateLessThanEquals", True),
        ("DateGreaterThanEquals", True),
        ("DateLessThan", False),
        ("DateGreaterThan", False),
    ],
)
def test_dates_are_compared_with_their_ends(operator: str, holds: bool) -> None:
    condition = {operator: {"aws:CurrentTime": "2026-11-29T00:00:00Z"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
    found = decision({"Statement": [statement]}, read(context={"aws:CurrentTime": "2026-11-29T01:00:00+01:00"}))
    assert (found is Decision.ALLOWED) is holds


def test_principals_of_an_account() -> None:
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "NotAction": "s3:Delete*",
                "Resource": "*",
            }
        ]
    }
    task = {"service": None, "principal": "arn:aws:iam::123456789012:role/task"}
    assert decision(policy, read(**task)) is Decision.ALLOWED
    assert decision(policy, read(**task, action="s3:DeleteObject")) is Decision.SILENT
    assert decision(policy, read(service=None, principal="arn:aws:iam::999999999999:role/task")) is Decision.SILENT


def test_patterns_are_no_regular_expressions() -> None:
    assert like("a.b*?", "a.bc/d")
    assert not like("a.b", "axb")
    assert like("*", "")
