"""The service's permissions on its buckets: no more than it declares."""

from hypothesis import given
from hypothesis import strategies as st

from spot_planning.storage.object_access import key_statement, list_statement, object_access_statement

ARNS = st.from_regex(r"arn:aws:s3:::[a-z0-9-]{3,20}", fullmatch=True)
ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True)


@given(ARNS, ACCOUNTS, st.booleans())
def test_objects_of_one_bucket_of_the_account_and_no_wildcard_action(arn: str, account: str, read: bool) -> None:
    statement = object_access_statement("Uploads", arn, account, read=read)
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == [f"{arn}/*"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": account}}
    assert not any("*" in action for action in statement["Action"])
    # Without these two actions, an attacker in the service cannot erase old data.
    assert not {"s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration"} & set(statement["Action"])
    assert ("s3:GetObject" in statement["Action"]) is read
    assert ("s3:DeleteObject" in statement["Action"]) is read


@given(st.lists(ARNS, min_size=1, unique=True), ACCOUNTS)
def test_listing_is_about_buckets_not_objects(arns: list[str], account: str) -> None:
    statement = list_statement(arns, account)
    assert statement["Action"] == ["s3:ListBucket"]
    assert statement["Resource"] == sorted(arns)
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": account}}


def test_key_is_used_through_s3_of_its_region_only() -> None:
    statement = key_statement("arn:aws:kms:eu-central-1:123456789012:key/k")
    assert statement["Resource"] == ["arn:aws:kms:eu-central-1:123456789012:key/k"]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
