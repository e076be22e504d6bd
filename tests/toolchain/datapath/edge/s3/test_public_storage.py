import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from spot_planning.storage.bucket_policy import bucket_policy
from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.edge import forwarding
from toolchain.datapath.edge.server import Edge

SITE = "http://halalsphere.test.localhost"
UPLOADS, OPEN, CLOSED = "uploads", "open", "closed"


@pytest.fixture(scope="module")
def buckets(aws: Callable[[str], Any]) -> None:
    s3 = aws("s3")
    for name in (UPLOADS, OPEN, CLOSED):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a file.txt", Body=b"content", ContentType="text/plain")
    s3.put_bucket_cors(
        Bucket=UPLOADS,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedHeaders": ["*"],
                    "AllowedMethods": ["POST", "GET", "HEAD", "PUT"],
                    "AllowedOrigins": ["https://halalsphere.test"],
                    "ExposeHeaders": ["ETag"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
    )
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    for name in (OPEN, CLOSED):
        s3.put_bucket_policy(
            Bucket=name,
            Policy=json.dumps(
                {"Version": "2012-10-17", "Statement": [{**everybody, "Resource": f"arn:aws:s3:::{name}/*"}]}
            ),
        )
    s3.put_public_access_block(
        Bucket=CLOSED,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    refusing = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["/secret/*"]}
    policy = bucket_policy(f"arn:aws:s3:::{UPLOADS}", [refusing])
    s3.put_bucket_policy(Bucket=UPLOADS, Policy=json.dumps(policy))


class Played:
    """The edge, an HTTP client for it, and a task's S3 client for presigned requests."""

    def __init__(self, edge: Edge, client: httpx.AsyncClient) -> None:
        self.edge, self.client = edge, client
        self.url = f"http://127.0.0.1:{edge.names.storage_port}"
        self.origin = f"{SITE}:{edge.names.edge_port}"

    def signer(self, key: str = "test", secret: str = "test", token: str | None = None) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def link(self, key: str, seconds: int = 60, **parameters: Any) -> str:
        return self.signer().generate_presigned_url(
            "get_object", Params={"Bucket": UPLOADS, "Key": key, **parameters}, ExpiresIn=seconds
        )

    def form(self, key: str, *, size: int = 5, seconds: int = 60, secret: str = "test", **fields: str) -> Any:
        given = {"Content-Type": "image/png", "x-amz-meta-owner": "7", **fields}
        conditions = [*({name: value} for name, value in given.items()), ["content-length-range", size, size]]
        return self.signer(secret=secret).generate_presigned_post(
            UPLOADS, key, Fields=given, Conditions=conditions, ExpiresIn=seconds
        )


def played(emulator: str, folder: Path, test: Callable[[Played], Any]) -> None:
    async def play() -> None:
        edge = Edge(surroundings_of(emulator, folder))
        async with running(edge), httpx.AsyncClient(trust_env=False) as client:
            await test(Played(edge, client))

    asyncio.run(play())


def error(response: httpx.Response) -> tuple[int, str]:
    code = response.text.partition("<Code>")[2].partition("</Code>")[0]
    return response.status_code, code


def test_links(emulator: str, buckets: None, tmp_path: Path) -> None:
    async def test(s3: Played) -> None:
        link = s3.link("a file.txt", ResponseContentDisposition='attachment; filename="a b.txt"')
        answer = await s3.client.get(link)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"content", "text/plain")
        assert answer.headers["content-disposition"] == 'attachment; filename="a b.txt"'
        assert answer.headers["server"] == "AmazonS3"
        assert "access-control-allow-origin" not in answer.headers

        assert error(await s3.client.get(link.replace("a%20file", "another"))) == (403, "SignatureDoesNotMatch")
        assert error(await s3.client.get(link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))) == (
            403,
            "SignatureDoesNotMatch",
        )
        assert error(await s3.client.get(link.replace("X-Amz-Expires=60&", ""))) == (
            400,
            "AuthorizationQueryParametersError",
        )
        assert error(await s3.client.get(s3.link("a file.txt", seconds=-1000))) == (
            400,
            "AuthorizationQueryParametersError",
        )
        assert error(await s3.client.put(link, content=b"x")) == (403, "SignatureDoesNotMatch")
        assert error(await s3.client.get(s3.link("missing"))) == (404, "NoSuchKey")
        assert error(await s3.client.get(s3.link("secret/x"))) == (403, "AccessDenied")
        old = f"{s3.url}/{UPLOADS}/a%20file.txt?AWSAccessKeyId=test&Signature=x&Expires=99999999999"
        assert error(await s3.client.get(old)) == (400, "InvalidRequest")

    played(emulator, tmp_path, test)


def test_an_old_link_has_expired(emulator: str, buckets: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(s3: Played) -> None:
        s3.edge._storage._now = lambda: datetime.now(UTC) + timedelta(seconds=120)
        answer = await s3.client.get(s3.link("a file.txt", seconds=60))
        assert error(answer) == (403, "AccessDenied")
        assert "Request has expired" in answer.text
        form = s3.form("late.png", seconds=60)
        answer = await s3.client.post(form["url"], data=form["fields"], files={"file": ("a.png", b"12345")})
        assert error(answer) == (403, "AccessDenied")
        assert "Policy expired" in answer.text

    played(emulator, tmp_path, test)


def test_without_a_signature_only_what_everybody_may_passes(emulator: str, buckets: None, tmp_path: Path) -> None:
    async def test(s3: Played) -> None:
        async def get(path: str) -> tuple[int, str]:
            return error(await s3.client.get(s3.url + path))

        assert await get(f"/{UPLOADS}/a%20file.txt") == (403, "AccessDenied")
        assert await get(f"/{UPLOADS}/missing") == (403, "AccessDenied")
        assert await get(f"/{UPLOADS}?list-type=2") == (403, "AccessDenied")
        assert await get("/") == (403, "AccessDenied")
        assert await get(f"/{CLOSED}/a%20file.txt") == (403, "AccessDenied")
        assert await get("/no-such-bucket/x") == (404, "NoSuchBucket")
        assert (await s3.client.get(f"{s3.url}/{OPEN}/a%20file.txt")).content == b"content"
        assert await get(f"/{OPEN}/a%20file.txt?acl") == (403, "AccessDenied")
        assert error(await s3.client.put(f"{s3.url}/{OPEN}/x", content=b"x")) == (403, "AccessDenied")
        assert error(await s3.client.post(f"{s3.url}/{UPLOADS}", data={"key": "x"}, files={"file": b"x"})) == (
            403,
            "AccessDenied",
        )

    played(emulator, tmp_path, test)


def test_a_task_works_through_boto3(emulator: str, aws: Callable[[str], Any], buckets: None, tmp_path: Path) -> None:
    role = aws("iam").create_role(RoleName="task", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    resources = [f"arn:aws:s3:::{UPLOADS}", f"arn:aws:s3:::{UPLOADS}/*"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resources}]}
    aws("iam").put_role_policy(RoleName="task", PolicyName="own", PolicyDocument=json.dumps(everything))
    assumed = aws("sts").assume_role(RoleArn=role, RoleSessionName="task")["Credentials"]

    async def test(s3: Played) -> None:
        def work(client: Any) -> None:
            client.put_object(Bucket=UPLOADS, Key="by/task ü.txt", Body=b"x" * 1000, Metadata={"a": "b"})
            assert client.head_object(Bucket=UPLOADS, Key="by/task ü.txt")["Metadata"] == {"a": "b"}
            assert client.list_objects_v2(Bucket=UPLOADS, Prefix="by/")["KeyCount"] == 1
            client.delete_object(Bucket=UPLOADS, Key="by/task ü.txt")

        await asyncio.to_thread(work, s3.signer())
        await asyncio.to_thread(
            work, s3.signer(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        )
        for key, secret in (("test", "wrong"), (assumed["AccessKeyId"], "wrong")):
            with pytest.raises(Exception, match="SignatureDoesNotMatch"):
                await asyncio.to_thread(s3.signer(key, secret).list_objects_v2, Bucket=UPLOADS)

    played(emulator, tmp_path, test)


def test_an_object_that_is_too_large_for_this_machine_is_refused_in_s3s_words(
    emulator: str, buckets: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_BYTES", len("content") - 1)

    async def test(s3: Played) -> None:
        assert error(await s3.client.get(s3.link("a file.txt"))) == (501, "NotImplemented")

    played(emulator, tmp_path, test)


def test_cors(emulator: str, buckets: None, tmp_path: Path) -> None:
    async def test(s3: Played) -> None:
        def asking(origin: str, method: str = "POST") -> dict[str, str]:
            return {
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "content-type, X-Any",
            }

        good = await s3.client.options(f"{s3.url}/{UPLOADS}", headers=asking(s3.origin))
        assert good.status_code == 200
        assert {
            name: value for name, value in good.headers.items() if name.startswith("access-control") or name == "vary"
        } == {
            "access-control-allow-origin": s3.origin,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "ETag",
            "access-control-allow-methods": "POST, GET, HEAD, PUT",
            "access-control-allow-headers": "content-type, x-any",
            "access-control-max-age": "3600",
            "vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
        }
        for headers in (
            asking("http://evil.test.localhost:8400"),
            asking("https://example.com"),
            asking(s3.origin, "DELETE"),
        ):
            refused = await s3.client.options(f"{s3.url}/{UPLOADS}", headers=headers)
            assert error(refused) == (403, "AccessForbidden")
            assert "access-control-allow-origin" not in refused.headers
        assert error(await s3.client.options(f"{s3.url}/{OPEN}/a", headers=asking(s3.origin))) == (
            403,
            "AccessForbidden",
        )
        assert error(await s3.client.options(f"{s3.url}/{UPLOADS}")) == (400, "BadRequest")

        actual = await s3.client.get(s3.link("a file.txt"), headers={"Origin": s3.origin})
        assert actual.headers["access-control-allow-origin"] == s3.origin
        denied = await s3.client.get(f"{s3.url}/{UPLOADS}/a%20file.txt", headers={"Origin": s3.origin})
        assert (denied.status_code, denied.headers["access-control-allow-origin"]) == (403, s3.origin)
        other = await s3.client.get(s3.link("a file.txt"), headers={"Origin": "https://example.com"})
        assert other.status_code == 200
        assert "access-control-allow-origin" not in other.headers

    played(emulator, tmp_path, test)


def test_forms(emulator: str, aws: Callable[[str], Any], buckets: None, tmp_path: Path) -> None:
    async def test(s3: Played) -> None:
        async def post(form: Any, content: bytes = b"12345", **changes: str) -> httpx.Response:
            return await s3.client.post(
                form["url"],
                data={**form["fields"], **changes},
                files={"file": ("a.png", content)},
                headers={"Origin": s3.origin},
            )

        stored = await post(s3.form("images/1.png"))
        assert stored.status_code == 204
        assert stored.headers["access-control-allow-origin"] == s3.origin
        assert stored.headers["location"] == f"{s3.url}/{UPLOADS}/images/1.png"
        found = await asyncio.to_thread(lambda: aws("s3").get_object(Bucket=UPLOADS, Key="images/1.png"))
        assert (found["ContentType"], found["Metadata"], found["ETag"]) == (
            "image/png",
            {"owner": "7"},
            stored.headers["etag"],
        )
        assert (await post(s3.form("images/2.png", success_action_status="201"))).text.count(
            "<Key>images/2.png</Key>"
        ) == 1

        assert error(await post(s3.form("x.png"), b"123456")) == (400, "EntityTooLarge")
        assert error(await post(s3.form("x.png"), b"1234")) == (400, "EntityTooSmall")
        for changes in (
            {"key": "other.png"},
            {"Content-Type": "text/html"},
            {"x-amz-meta-owner": "8"},
            {"acl": "public-read"},
        ):
            refused = await post(s3.form("x.png"), **changes)
            assert error(refused) == (403, "AccessDenied")
            assert "Invalid according to Policy" in refused.text
        assert error(await post(s3.form("x.png", secret="wrong"))) == (403, "SignatureDoesNotMatch")
        assert error(await post(s3.form("x.png"), policy="e30=")) == (403, "SignatureDoesNotMatch")
        kept = await asyncio.to_thread(lambda: aws("s3").list_objects_v2(Bucket=UPLOADS, Prefix="x.png"))
        assert kept["KeyCount"] == 0

    played(emulator, tmp_path, test)
