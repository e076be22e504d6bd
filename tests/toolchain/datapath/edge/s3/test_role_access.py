"""The permissions of a role's session, by its policies and the bucket's, with Amazon S3's answers."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from spot_planning.storage.bucket_policy import bucket_policy
from spot_planning.storage.object_access import list_statement, object_access_statement
from tests.toolchain.datapath.edge.s3.test_public_storage import Played, error, played
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.callers import RoleSession, check_session
from toolchain.datapath.edge.s3.errors import StorageError
from toolchain.datapath.edge.s3.operations import Permission
from toolchain.datapath.edge.s3.role_access import cause, message, session_context
from toolchain.datapath.tasks.permissions import Policies, Refusal

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = RoleSession(
    ROLE, f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/task", "token", datetime(2026, 1, 1, tzinfo=UTC)
)
PUT = Permission("s3:PutObject", "arn:aws:s3:::b/k")
LIST = Permission("s3:ListBucket", "arn:aws:s3:::b")
BUCKET, OWN = "of-roles", "own"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:*", "Resource": "*", **elements}


def asked(
    *identity: dict[str, Any],
    bucket: tuple[dict[str, Any], ...] = (),
    boundary: dict[str, Any] | None = None,
    permission: Permission = PUT,
    query: str = "",
) -> Refusal | None:
    policies = Policies([{"Statement": list(identity)}], {"Statement": [boundary]} if boundary else None)
    context = session_context(SESSION, Request("GET", "h", "/b", query), "us-east-1")
    return cause(SESSION, permission, policies, {"Statement": list(bucket)} if bucket else None, context)


def test_the_roles_policies_decide() -> None:
    assert asked() is Refusal.NOT_ALLOWED_BY_IDENTITY
    assert asked(statement()) is None
    assert asked(statement(), statement("Deny")) is Refusal.DENIED_BY_IDENTITY
    assert asked(statement(), boundary=statement(Action="s3:Get*")) is Refusal.NOT_ALLOWED_BY_BOUNDARY
    assert asked(statement(), boundary=statement("Deny")) is Refusal.DENIED_BY_BOUNDARY


@pytest.mark.parametrize("principal", ["*", {"AWS": ROLE}, {"AWS": [SESSION.arn]}])
def test_a_buckets_policy_gives_and_takes(principal: Any) -> None:
    assert asked(bucket=(statement(Principal=principal),)) is None
    assert asked(statement(), bucket=(statement("Deny", Principal=principal),)) is Refusal.DENIED_BY_RESOURCE
    assert asked(statement("Deny"), bucket=(statement(Principal=principal),)) is Refusal.DENIED_BY_IDENTITY


@pytest.mark.parametrize("account", [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
def test_what_is_given_to_the_account_is_not_given_to_its_roles(account: str) -> None:
    assert asked(bucket=(statement(Principal={"AWS": account}),)) is Refusal.NOT_ALLOWED_BY_IDENTITY
    denying = statement("Deny", Principal={"AWS": account})
    assert asked(statement(), bucket=(denying,)) is Refusal.DENIED_BY_RESOURCE


def test_conditions_see_the_request() -> None:
    home = statement(Condition={"StringLike": {"s3:prefix": "home/*"}})
    assert asked(home, permission=LIST, query="list-type=2&prefix=home%2Fa") is None
    assert asked(home, permission=LIST, query="list-type=2") is Refusal.NOT_ALLOWED_BY_IDENTITY
    owned = statement(Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}})
    assert asked(owned) is None
    plain = statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert asked(statement(), plain) is None


def test_the_words_are_those_of_aws() -> None:
    assert message(SESSION, PUT, Refusal.NOT_ALLOWED_BY_IDENTITY) == (
        f"User: {SESSION.arn} is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::b/k" because no identity-based policy allows the s3:PutObject action'
    )
    assert message(SESSION, PUT, Refusal.DENIED_BY_RESOURCE).endswith(
        "with an explicit deny in a resource-based policy"
    )


@pytest.mark.parametrize(
    ("token", "seconds", "refused"),
    [
        ("token", -1, None),
        (None, -1, "InvalidAccessKeyId"),
        ("another", -1, "InvalidToken"),
        ("tök", -1, "InvalidToken"),
        ("token", 0, "ExpiredToken"),
    ],
)
def test_temporary_credentials_come_with_their_token(token: str | None, seconds: int, refused: str | None) -> None:
    def check() -> None:
        check_session(SESSION, token, SESSION.expiration + timedelta(seconds=seconds))

    if refused is None:
        check()
    else:
        with pytest.raises(StorageError, match=refused):
            check()


@pytest.fixture(scope="module")
def role(aws: Callable[[str], Any]) -> Iterator[Callable[..., dict[str, str]]]:
    """A function that creates a role with statements and returns the credentials of a session."""
    s3, iam = aws("s3"), aws("iam")
    for name in (BUCKET, OWN):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="there", Body=b"content")
    policy = bucket_policy(f"arn:aws:s3:::{OWN}", [])
    s3.put_bucket_policy(Bucket=OWN, Policy=json.dumps(policy))

    def make(name: str, *statements: dict[str, Any]) -> dict[str, str]:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        return aws("sts").assume_role(RoleArn=made, RoleSessionName="task")["Credentials"]

    yield make
    for name in (BUCKET, OWN):
        for item in s3.list_objects_v2(Bucket=name).get("Contents", ()):
            s3.delete_object(Bucket=name, Key=item["Key"])
        s3.delete_bucket(Bucket=name)


def client_of(s3: Played, given: dict[str, str]) -> Any:
    return s3.signer(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def code(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as found:
        return found.response["Error"]["Code"]
    return ""


def test_the_statements_of_the_platform_are_enough_for_its_service(
    emulator: str, role: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    arn = f"arn:aws:s3:::{OWN}"
    given = role("service", object_access_statement("Own", arn, ACCOUNT, read=True), list_statement([arn], ACCOUNT))

    async def test(s3: Played) -> None:
        def work() -> None:
            client = client_of(s3, given)
            client.put_object(Bucket=OWN, Key="a", Body=b"x", Metadata={"a": "b"})
            assert client.get_object(Bucket=OWN, Key="a")["Body"].read() == b"x"
            assert client.head_object(Bucket=OWN, Key="a")["ContentLength"] == 1
            assert client.list_objects_v2(Bucket=OWN, Prefix="a")["KeyCount"] == 1
            client.delete_object(Bucket=OWN, Key="a")
            upload = client.create_multipart_upload(Bucket=OWN, Key="a")["UploadId"]
            client.abort_multipart_upload(Bucket=OWN, Key="a", UploadId=upload)
            assert code(lambda: client.get_object(Bucket=OWN, Key="gone")) == "NoSuchKey"
            # These actions only, and only in its own bucket
            assert code(lambda: client.get_object(Bucket=BUCKET, Key="there")) == "AccessDenied"
            assert code(lambda: client.get_bucket_policy(Bucket=OWN)) == "AccessDenied"
            assert code(lambda: client.put_object_acl(Bucket=OWN, Key="there", ACL="private")) == "AccessDenied"
            assert code(client.list_buckets) == "AccessDenied"

        await asyncio.to_thread(work)

    played(emulator, tmp_path, test)


def test_who_may_not_list_does_not_learn_what_is_missing(
    emulator: str, role: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    given = role("blind", statement(Action="s3:GetObject", Resource=f"arn:aws:s3:::{BUCKET}/*"))

    async def test(s3: Played) -> None:
        client = client_of(s3, given)
        assert (await asyncio.to_thread(client.get_object, Bucket=BUCKET, Key="there"))["ContentLength"] == 7
        link = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "gone"})
        answer = await s3.client.get(link)
        assert error(answer) == (403, "AccessDenied")
        assert "s3:ListBucket" in answer.text

    played(emulator, tmp_path, test)


def test_of_many_deletions_each_is_judged(
    emulator: str, role: Callable[..., dict[str, str]], aws: Callable[[str], Any], tmp_path: Path
) -> None:
    given = role("deleter", statement(Action="s3:DeleteObject", Resource=f"arn:aws:s3:::{BUCKET}/mine/*"))
    for key in ("mine/1", "mine/2", "theirs"):
        aws("s3").put_object(Bucket=BUCKET, Key=key, Body=b"x")

    async def test(s3: Played) -> None:
        client = client_of(s3, given)

        def delete(*keys: str) -> tuple[list[str], list[tuple[str, str]]]:
            objects = {"Objects": [{"Key": key} for key in keys]}
            answer = client.delete_objects(Bucket=BUCKET, Delete=objects)
            errors = [(each["Key"], each["Code"]) for each in answer.get("Errors", ())]
            return [each["Key"] for each in answer.get("Deleted", ())], errors

        refused = [("theirs", "AccessDenied")]
        assert await asyncio.to_thread(delete, "theirs") == ([], refused)
        assert await asyncio.to_thread(delete, "mine/1", "theirs") == (["mine/1"], refused)
        assert await asyncio.to_thread(delete, "mine/2") == (["mine/2"], [])

    played(emulator, tmp_path, test)
    left = {each["Key"] for each in aws("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert left == {"there", "theirs"}


def test_a_role_that_is_gone_is_nobody(
    emulator: str, role: Callable[..., dict[str, str]], aws: Callable[[str], Any], tmp_path: Path
) -> None:
    given = role("leaver", statement())
    aws("iam").delete_role_policy(RoleName="leaver", PolicyName="own")
    aws("iam").delete_role(RoleName="leaver")

    async def test(s3: Played) -> None:
        client = client_of(s3, given)
        assert await asyncio.to_thread(code, lambda: client.list_objects_v2(Bucket=BUCKET)) == "InvalidAccessKeyId"

    played(emulator, tmp_path, test)


def test_the_developer_may_what_the_account_may(
    emulator: str, role: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    assert role

    async def test(s3: Played) -> None:
        answer = await s3.client.get(
            s3.signer().generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "there"})
        )
        assert answer.status_code == httpx.codes.OK

    played(emulator, tmp_path, test)
