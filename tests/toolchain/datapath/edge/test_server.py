"""Requests to the site through the real listener, with the program's resources in the emulator."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from spot_planning.site.spa_frontend import CACHING_OPTIMIZED, origin_access_statements, viewer_request_function
from spot_planning.storage.bucket_policy import bucket_policy
from tests.toolchain.datapath.edge.conftest import origin_access_control, running, surroundings_of, until
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.server import Edge

SITE, WWW, API = "halalsphere.test", "www.halalsphere.test", "api.halalsphere.test"
API_TARGET = "d-abc.execute-api.us-east-1.amazonaws.com"
BUCKET = "site"
POLICY = f"default-src 'self'; connect-src 'self' https://{API} https://uploads.s3.us-east-1.amazonaws.com; upgrade-insecure-requests"
SCRIPT = b"let a = 1;\n" * 500


@dataclass
class Made:
    """Ids and names of the resources in the emulator."""

    distribution: str
    domain_name: str
    arn: str
    hosted_zone: str


@pytest.fixture(scope="module")
def made(aws: Callable[[str], Any]) -> Made:
    cloudfront, s3 = aws("cloudfront"), aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    control = origin_access_control(cloudfront, "site")
    function = cloudfront.create_function(
        Name="route",
        FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
        FunctionCode=viewer_request_function([SITE, WWW]).encode(),
    )
    cloudfront.publish_function(Name="route", IfMatch=function["ETag"])
    headers = cloudfront.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": "site",
            "SecurityHeadersConfig": {
                "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": POLICY},
                "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60},
                "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            },
            "CustomHeadersConfig": {
                "Quantity": 1,
                "Items": [{"Header": "Permissions-Policy", "Value": "camera=()", "Override": True}],
            },
            "RemoveHeadersConfig": {"Quantity": 1, "Items": [{"Header": "x-amz-server-side-encryption"}]},
        }
    )
    behaviour = {
        "TargetOriginId": "site",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {
            "Quantity": 2,
            "Items": ["GET", "HEAD"],
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        },
        "Compress": True,
        "CachePolicyId": CACHING_OPTIMIZED,
        "ResponseHeadersPolicyId": headers["ResponseHeadersPolicy"]["Id"],
    }
    association = {
        "EventType": "viewer-request",
        "FunctionARN": function["FunctionSummary"]["FunctionMetadata"]["FunctionARN"],
    }
    answer = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "site",
            "Comment": "site",
            "Enabled": True,
            "DefaultRootObject": "index.html",
            "Aliases": {"Quantity": 2, "Items": [SITE, WWW]},
            "Origins": {
                "Quantity": 2,
                "Items": [
                    {
                        "Id": "site",
                        "DomainName": f"{BUCKET}.s3.us-east-1.amazonaws.com",
                        "OriginAccessControlId": control,
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    },
                    {
                        "Id": "api",
                        "DomainName": API_TARGET,
                        "CustomHeaders": {
                            "Quantity": 1,
                            "Items": [{"HeaderName": "X-Origin-Secret", "HeaderValue": "s"}],
                        },
                        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
                    },
                ],
            },
            "DefaultCacheBehavior": {**behaviour, "FunctionAssociations": {"Quantity": 1, "Items": [association]}},
            "CacheBehaviors": {
                "Quantity": 2,
                "Items": [
                    {**behaviour, "PathPattern": "/assets/*"},
                    {
                        **behaviour,
                        "PathPattern": "/api/*",
                        "TargetOriginId": "api",
                        "AllowedMethods": {
                            "Quantity": 7,
                            "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
                        },
                        "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                        "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
                    },
                ],
            },
            "CustomErrorResponses": {
                "Quantity": 1,
                "Items": [
                    {"ErrorCode": 404, "ResponseCode": "404", "ResponsePagePath": "/404.html", "ErrorCachingMinTTL": 1}
                ],
            },
        }
    )["Distribution"]
    policy = bucket_policy(f"arn:aws:s3:::{BUCKET}", origin_access_statements(answer["ARN"]))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    for key, body, kind, control_header in (
        ("index.html", b"<html>app</html>", "text/html", "no-cache"),
        ("404.html", b"<html>none</html>", "text/html", "no-cache"),
        ("assets/a.js", SCRIPT, "application/javascript", "public, max-age=31536000, immutable"),
    ):
        s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType=kind, CacheControl=control_header)
    zone = aws("route53").create_hosted_zone(Name=SITE, CallerReference="zone")["HostedZone"]["Id"]
    made = Made(answer["Id"], answer["DomainName"], answer["ARN"], zone)
    for name, target in (
        (SITE, made.domain_name),
        (WWW, made.domain_name),
        (API, API_TARGET),
        (f"other.{SITE}", made.domain_name),
        (f"wrong.{SITE}", "nothing.cloudfront.net"),
    ):
        record(aws, made, name, target)
    return made


def record(aws: Callable[[str], Any], made: Made, name: str, target: str) -> None:
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": target, "EvaluateTargetHealth": False}
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": name, "Type": "A", "AliasTarget": alias}}
    aws("route53").change_resource_record_sets(HostedZoneId=made.hosted_zone, ChangeBatch={"Changes": [change]})


@dataclass
class Api:
    """Answers in place of the local API Gateway."""

    name: str = "api"
    asked: list[Request] = field(default_factory=list[Request])

    def hosts(self) -> frozenset[str]:
        return frozenset({API_TARGET})

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        headers = (
            ("Access-Control-Allow-Origin", request.header("origin") or "none"),
            ("Location", f"https://{SITE}/after"),
            ("Set-Cookie", f"s=1; Domain={SITE}; Secure"),
        )
        return Response(201, headers, request.body)


class Browser:
    """Sends requests by name, like a browser on this machine."""

    def __init__(self, edge: Edge, client: httpx.AsyncClient, api: Api, cloudfront: CloudFront) -> None:
        self.edge, self.api, self.cloudfront = edge, api, cloudfront
        self.surroundings = edge._surroundings
        self.said: list[str] = edge._surroundings.say.__self__
        self._client = client
        self.port = edge.names.edge_port

    async def send(self, method: str, name: str, path: str = "/", **options: Any) -> httpx.Response:
        headers = {"host": f"{name}.localhost:{self.port}", "accept-encoding": "identity", **options.pop("headers", {})}
        return await self._client.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, **options)

    async def get(self, path: str, name: str = SITE, **headers: str) -> httpx.Response:
        return await self.send(
            "GET", name, path, headers={key.replace("_", "-"): value for key, value in headers.items()}
        )


def browse(emulator: str, folder: Path, test: Callable[[Browser], Awaitable[None]]) -> None:
    async def play() -> None:
        surroundings = surroundings_of(emulator, folder)
        api = Api()
        cloudfront = CloudFront(surroundings, others=(api,))
        edge = Edge(surroundings, handlers=(cloudfront, api))
        async with running(cloudfront, edge), httpx.AsyncClient(trust_env=False) as client:
            await test(Browser(edge, client, api, cloudfront))

    asyncio.run(play())


def test_pages_deep_links_and_missing_files(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        for path in ("/", "/index.html", "/companies/7?tab=2"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.text, answer.headers["content-type"]) == (
                200,
                "<html>app</html>",
                "text/html",
            )
            assert answer.headers["cache-control"] == "no-cache"
        for path in ("/assets/missing.js", "/missing.pdf"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.text, answer.headers["x-cache"]) == (
                404,
                "<html>none</html>",
                "Error from cloudfront",
            )
        head = await browser.send("HEAD", SITE)
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "16")
        refused = await browser.send("POST", SITE, content=b"x")
        assert refused.status_code == 403
        assert "not configured to allow the HTTP request method" in refused.text

    browse(emulator, tmp_path, test)


def test_headers_speak_of_names_that_the_browser_reaches(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        answer = await browser.get("/")
        storage = f"http://127.0.0.1:{browser.edge.names.storage_port}/uploads"
        assert (
            answer.headers["content-security-policy"]
            == f"default-src 'self'; connect-src 'self' http://{API}.localhost:{browser.port} {storage} {storage}/"
        )
        assert "strict-transport-security" not in answer.headers
        assert (answer.headers["x-frame-options"], answer.headers["permissions-policy"]) == ("DENY", "camera=()")
        assert not [name for name in answer.headers if name.startswith("x-amz-") and not name.startswith("x-amz-cf-")]
        assert answer.headers["via"].endswith("(CloudFront)")
        # The bucket has no CORS configuration.
        for asking in (answer, await browser.get("/assets/a.js", origin=f"http://{WWW}.localhost:{browser.port}")):
            assert not [name for name in asking.headers if name.startswith("access-control-")]

        redirect = await browser.get("/a/b?c=d", name=WWW)
        assert (redirect.status_code, redirect.headers["location"]) == (
            301,
            f"http://{SITE}.localhost:{browser.port}/a/b?c=d",
        )

    browse(emulator, tmp_path, test)


def test_the_cache_and_what_is_sent_of_it(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        first = await browser.get("/assets/a.js")
        assert (first.headers["x-cache"], "age" in first.headers) == ("Miss from cloudfront", False)
        second = await browser.get("/assets/a.js?any")
        assert (second.headers["x-cache"], second.headers["age"], second.content) == (
            "Hit from cloudfront",
            "0",
            SCRIPT,
        )

        zipped = await browser.get("/assets/a.js", accept_encoding="br, gzip")
        assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", SCRIPT)
        assert int(zipped.headers["content-length"]) < len(SCRIPT)
        assert zipped.headers["etag"] == f"W/{first.headers['etag']}"
        assert "content-encoding" not in (await browser.get("/", accept_encoding="gzip")).headers

        for etag in (first.headers["etag"], zipped.headers["etag"]):
            unchanged = await browser.get("/assets/a.js", if_none_match=etag)
            assert (unchanged.status_code, unchanged.content, unchanged.headers["x-frame-options"]) == (
                304,
                b"",
                "DENY",
            )
        part = await browser.get("/assets/a.js", range="bytes=0-2", accept_encoding="gzip")
        assert (part.status_code, part.content, part.headers["content-range"]) == (
            206,
            b"let",
            f"bytes 0-2/{len(SCRIPT)}",
        )

    browse(emulator, tmp_path, test)


def test_a_release_is_seen_after_its_invalidation(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    cloudfront, s3 = aws("cloudfront"), aws("s3")
    s3.put_object(Bucket=BUCKET, Key="assets/v.js", Body=b"one", CacheControl="max-age=600")

    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/v.js")).text == "one"
        await asyncio.to_thread(
            s3.put_object, Bucket=BUCKET, Key="assets/v.js", Body=b"two", CacheControl="max-age=600"
        )
        assert (await browser.get("/assets/v.js")).text == "one"
        batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/assets/v*"]}}
        asked = await asyncio.to_thread(
            cloudfront.create_invalidation, DistributionId=made.distribution, InvalidationBatch=batch
        )
        identifier = asked["Invalidation"]["Id"]
        assert asked["Invalidation"]["Status"] == "InProgress"

        async def is_invalidated() -> bool:
            await browser.cloudfront.converge()
            return (await browser.get("/assets/v.js")).text == "two"

        await until(is_invalidated)
        told = await asyncio.to_thread(cloudfront.get_invalidation, DistributionId=made.distribution, Id=identifier)
        assert told["Invalidation"]["Status"] == "Completed"
        waiter = cloudfront.get_waiter("invalidation_completed")
        await asyncio.to_thread(
            waiter.wait, DistributionId=made.distribution, Id=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 1}
        )

    browse(emulator, tmp_path, test)


def test_a_stale_object_is_confirmed_or_replaced(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    s3 = aws("s3")

    async def test(browser: Browser) -> None:
        now = [0.0]
        browser.cloudfront._cache.clock = lambda: now[0]
        assert (await browser.get("/")).headers["x-cache"] == "Miss from cloudfront"
        now[0] = 1.5
        assert (await browser.get("/")).headers["x-cache"] == "RefreshHit from cloudfront"
        now[0] = 3.0
        await asyncio.to_thread(
            s3.put_object,
            Bucket=BUCKET,
            Key="index.html",
            Body=b"<html>new</html>",
            ContentType="text/html",
            CacheControl="no-cache",
        )
        assert (await browser.get("/")).text == "<html>new</html>"
        await asyncio.to_thread(
            s3.put_object,
            Bucket=BUCKET,
            Key="index.html",
            Body=b"<html>app</html>",
            ContentType="text/html",
            CacheControl="no-cache",
        )

    browse(emulator, tmp_path, test)


def test_the_bucket_lets_in_this_distribution_only(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    s3 = aws("s3")
    policy = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]

    async def test(browser: Browser) -> None:
        direct = await browser._client.get(f"http://127.0.0.1:{browser.edge.names.storage_port}/{BUCKET}/index.html")
        assert (direct.status_code, "<Code>AccessDenied</Code>" in direct.text) == (403, True)

        reading_only = json.loads(policy)
        kept = [each for each in reading_only["Statement"] if "s3:ListBucket" not in each["Action"]]
        assert len(kept) == len(reading_only["Statement"]) - 1
        reading_only["Statement"] = kept
        await asyncio.to_thread(s3.put_bucket_policy, Bucket=BUCKET, Policy=json.dumps(reading_only))
        await until(lambda: _answers(browser, "/assets/unlisted.js", 403))
        await asyncio.to_thread(s3.put_bucket_policy, Bucket=BUCKET, Policy=policy.replace(made.arn, f"{made.arn}X"))
        await until(lambda: _answers(browser, "/index.html", 403))

    try:
        browse(emulator, tmp_path, test)
    finally:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)


async def _answers(browser: Browser, path: str, status: int) -> bool:
    return (await browser.get(path)).status_code == status


def test_a_key_that_does_not_let_the_distribution_decrypt(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    kms, s3 = aws("kms"), aws("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=BUCKET, Key="assets/sealed.js", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/sealed.js")).status_code == 403
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceArn": made.arn}},
        }
        await asyncio.to_thread(
            kms.put_key_policy,
            KeyId=key,
            PolicyName="default",
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        await until(lambda: _answers(browser, "/assets/sealed.js", 200))

    browse(emulator, tmp_path, test)


def test_the_api_by_its_name_and_under_the_sites_path(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        page = f"http://{SITE}.localhost:{browser.port}"
        answer = await browser.send(
            "POST", API, "/v1/a%2Fb?c=%20", content=b"body", headers={"Origin": page, "Referer": f"{page}/x"}
        )
        assert (answer.status_code, answer.content) == (201, b"body")
        assert (answer.headers["access-control-allow-origin"], answer.headers["location"]) == (page, f"{page}/after")
        assert answer.headers["set-cookie"] == f"s=1; Domain={SITE}.localhost"
        (seen,) = browser.api.asked
        assert (seen.host, seen.path, seen.query, seen.scheme) == (API, "/v1/a%2Fb", "c=%20", "https")
        assert (seen.header("host"), seen.header("origin"), seen.header("referer")) == (
            API,
            f"https://{SITE}",
            f"https://{SITE}/x",
        )

        answer = await browser.send(
            "PUT", SITE, "/api/x?d=e", content=b"more", headers={"Authorization": "Bearer t", "Cookie": "a=b"}
        )
        assert (answer.status_code, answer.content, answer.headers["x-cache"]) == (201, b"more", "Miss from cloudfront")
        assert answer.headers["x-frame-options"] == "DENY"
        seen = browser.api.asked[-1]
        assert (seen.host, seen.path, seen.query, seen.body) == (API_TARGET, "/api/x", "d=e", b"more")
        assert (
            seen.header("authorization"),
            seen.header("cookie"),
            seen.header("x-origin-secret"),
            seen.header("x-forwarded-for"),
        ) == ("Bearer t", "a=b", "s", "127.0.0.1")

    browse(emulator, tmp_path, test)


def test_names_that_lead_nowhere(emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        for name in ("nothing.test", f"wrong.{SITE}", "<b>.test"):
            answer = await browser.get("/", name=name)
            assert answer.status_code == 404
            assert f'<a href="http://{SITE}.localhost:{browser.port}/">{SITE}</a>' in answer.text
            assert "<b>" not in answer.text
        listed = await browser._client.get(f"http://127.0.0.1:{browser.port}/")
        assert listed.status_code == 200
        assert API in listed.text
        # The DNS record leads to the distribution, but the name is not among its aliases.
        assert (await browser.get("/", name=f"other.{SITE}")).status_code == 403
        assert (await browser.get("/", name=made.domain_name)).status_code == 200

        record(aws, made, f"wrong.{SITE}", made.domain_name)

        async def seen() -> bool:
            await browser.edge.converge()
            return (await browser.get("/", name=f"wrong.{SITE}")).status_code == 403

        await until(seen)

    browse(emulator, tmp_path, test)


def test_a_function_that_fails_and_one_that_is_published_again(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    cloudfront = aws("cloudfront")
    good = viewer_request_function([SITE, WWW])

    def change(code: str, *, publish: bool) -> None:
        etag = cloudfront.describe_function(Name="route")["ETag"]
        cloudfront.update_function(
            Name="route",
            IfMatch=etag,
            FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=code.encode(),
        )
        if publish:
            cloudfront.publish_function(Name="route", IfMatch=etag)

    async def test(browser: Browser) -> None:
        async def read() -> None:
            browser.cloudfront._read_at = float("-inf")
            await browser.cloudfront.converge()

        await asyncio.to_thread(change, "function handler(event) { return nothing; }", publish=False)
        await read()
        assert (await browser.get("/a")).status_code == 200
        await asyncio.to_thread(change, "function handler(event) { return nothing; }", publish=True)
        await read()
        failed = await browser.get("/a")
        assert (failed.status_code, failed.headers["x-cache"]) == (503, "FunctionExecutionError from cloudfront")
        assert (await browser.get("/assets/a.js")).status_code == 200
        await asyncio.to_thread(change, good, publish=True)
        await read()
        assert (await browser.get("/a")).status_code == 200

    browse(emulator, tmp_path, test)


def test_while_the_emulator_is_away_what_is_kept_is_served(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/a.js")).status_code == 200
        storage = f"http://127.0.0.1:{browser.edge.names.storage_port}/{BUCKET}/index.html"

        async def away(*_arguments: Any, **_named: Any) -> Any:
            raise EndpointConnectionError(endpoint_url=emulator)

        browser.surroundings.control_plane.call = away
        assert (await browser.get("/assets/a.js")).headers["x-cache"] == "Hit from cloudfront"
        assert (await browser.get("/assets/missing.js")).status_code == 502
        assert (await browser._client.get(storage)).status_code == 503
        assert not [line for line in browser.said if "EndpointConnectionError" in line]

    browse(emulator, tmp_path, test)


def test_limits(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        assert (await browser.get(f"/{'a' * 9000}")).status_code == 413
        assert (await browser.get("/", x_large="a" * 21_000)).status_code == 413
        assert (await browser.get("/", x_large="a" * 70_000)).status_code == 400
        answer = await browser.send("POST", API, "/", content=bytes(21 * 1024 * 1024))
        assert answer.status_code == 413
        assert not browser.api.asked

    browse(emulator, tmp_path, test)


def test_the_ports_stay_the_same_while_the_folder_lives(emulator: str, tmp_path: Path) -> None:
    async def play() -> None:
        surroundings = surroundings_of(emulator, tmp_path)
        first = Edge(surroundings)
        async with running(first):
            assert surroundings.addresses.local_port("edge.localhost", 80) == first.names.edge_port
            assert surroundings.addresses.local_port("s3.us-east-1.amazonaws.com", 443) == first.names.storage_port
            neighbour = Edge(surroundings_of(emulator, tmp_path / "neighbour"))
            (tmp_path / "neighbour").mkdir()
            async with running(neighbour):
                assert neighbour.names.edge_port > first.names.edge_port
                remembered = json.loads((tmp_path / "neighbour" / "edge" / "ports.json").read_text())
        again = Edge(surroundings_of(emulator, tmp_path / "neighbour"))
        async with running(again):
            assert (again.names.edge_port, again.names.storage_port) == (remembered["edge"], remembered["s3"])

    asyncio.run(play())
