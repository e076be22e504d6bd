"""A site as the program makes it, in the emulator, and a browser that asks the edge for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from spot_planning.site.spa_frontend import CACHING_OPTIMIZED, origin_access_statements, viewer_request_function
from spot_planning.storage.bucket_policy import bucket_policy
from tests.toolchain.datapath.edge.conftest import origin_access_control, running, surroundings_of
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


@pytest.fixture(scope="session")
def made(aws: Callable[[str], Any]) -> Made:
    """The site's resources, made once: the emulator is the session's, and takes each alias and function name once."""
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
