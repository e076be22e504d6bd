"""An API below a path of its site: requests go through the local CloudFront and API Gateway to the service.

The document, the function and the settings of the behaviour are the platform's.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spot_planning.api.path_on_site import KEY_HEADER, api_request_function, read_timeout_seconds
from spot_planning.api.private_api import plan_private_api
from spot_planning.api.settings import PrivateApiSettings
from spot_planning.site.api_path import (
    ALL_METHODS,
    ALL_VIEWER_EXCEPT_HOST_HEADER,
    CACHING_DISABLED,
    ERRORS_KEPT_BY_DEFAULT,
    path_pattern,
)
from spot_planning.site.spa_frontend import CACHING_OPTIMIZED, viewer_request_function
from tests.toolchain.datapath.edge.api_gateway.stack import KEY, STAGE, Backend, Made, clients, make_stage, played
from tests.toolchain.datapath.edge.conftest import origin_access_control
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.api_gateway import ApiGateway
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.part import Surroundings

SETTINGS = PrivateApiSettings(path_on_site="/api")
OPERATION = {"responses": {"200": {"description": "d"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        "/": {"get": OPERATION},
        "/orders": {"get": OPERATION, "post": OPERATION, "options": OPERATION},
        "/health": {"get": {**OPERATION, "security": []}},
    },
}
VIEWER = "198.51.100.7"
INDEX = b"<html>the app</html>"


def plan(*, has_domain: bool) -> str:
    return plan_private_api(DOCUMENT, SETTINGS, has_domain=has_domain).body()


@dataclass(frozen=True)
class World:
    """The local CloudFront and API Gateway, and the service behind them."""

    made: Made
    site: str
    """The site's host name."""
    gateway_name: str
    """The host name by which CloudFront calls the API."""
    key: str
    backend: Backend
    cloudfront: CloudFront
    gateway: ApiGateway

    async def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Response:
        """Send a browser's request to the site."""
        path, _, query = path.partition("?")
        sent = (("Host", self.site), *((name.replace("_", "-"), value) for name, value in headers.items()))
        return await self.cloudfront.answer(Request(method, self.site, path, query, sent, body, VIEWER))

    async def past_cloudfront(self, path: str, *headers: tuple[str, str]) -> Response:
        """Send a request directly to the API."""
        return await self.gateway.answer(
            Request("GET", self.gateway_name, path, headers=headers, client_address=VIEWER)
        )


def function_of(aws: Callable[[str], Any], name: str, code: str) -> str:
    client = aws("cloudfront")
    config = {"Comment": name, "Runtime": "cloudfront-js-2.0"}
    made = client.create_function(Name=name, FunctionConfig=config, FunctionCode=code.encode())
    client.publish_function(Name=name, IfMatch=made["ETag"])
    return made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]


def make_site(aws: Callable[[str], Any], name: str, gateway_name: str, key: str) -> str:
    """Create a distribution like the platform's in front of a bucket and the API, and return its host name."""

    def items(*values: Any) -> dict[str, Any]:
        return {"Quantity": len(values), "Items": list(values)}

    def behaviour(target: str, function: str, **more: Any) -> dict[str, Any]:
        return {
            "TargetOriginId": target,
            "ViewerProtocolPolicy": "https-only",
            "Compress": target == "site",
            "FunctionAssociations": items({"FunctionARN": function, "EventType": "viewer-request"}),
            **more,
        }

    bucket = f"{name}-files"
    aws("s3").create_bucket(Bucket=bucket)
    aws("s3").put_object(Bucket=bucket, Key="index.html", Body=INDEX, ContentType="text/html")
    control = origin_access_control(aws("cloudfront"), name)
    api = behaviour(
        "api",
        function_of(aws, f"{name}-api", api_request_function("/api", STAGE)),
        PathPattern=path_pattern("/api"),
        AllowedMethods={**items(*ALL_METHODS), "CachedMethods": items("GET", "HEAD")},
        CachePolicyId=CACHING_DISABLED,
        OriginRequestPolicyId=ALL_VIEWER_EXCEPT_HOST_HEADER,
    )
    pages = behaviour("site", function_of(aws, name, viewer_request_function()), CachePolicyId=CACHING_OPTIMIZED)
    made = aws("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": name,
            "Comment": name,
            "Enabled": True,
            "DefaultRootObject": "index.html",
            "Origins": items(
                {
                    "Id": "site",
                    "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
                    "OriginAccessControlId": control,
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                },
                {
                    "Id": "api",
                    "DomainName": gateway_name,
                    "CustomHeaders": items({"HeaderName": KEY_HEADER, "HeaderValue": key}),
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "https-only",
                        "OriginSslProtocols": items("TLSv1.2"),
                        "OriginReadTimeout": read_timeout_seconds(SETTINGS),
                    },
                },
            ),
            "DefaultCacheBehavior": pages,
            "CacheBehaviors": items(api),
            "CustomErrorResponses": items(
                *(
                    {"ErrorCode": code, "ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 0}
                    for code in ERRORS_KEPT_BY_DEFAULT
                )
            ),
        }
    )["Distribution"]
    arn = made["ARN"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"],
        "Condition": {"StringEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    return made["DomainName"]


@pytest.fixture(scope="module", params=[False, True], ids=["execute-api", "own-name"])
def made(endpoint: str, request: pytest.FixtureRequest) -> tuple[Made, str, str, str]:
    """An API behind a site. CloudFront calls it by AWS's name, or by its own name with the stage in the path."""
    name = "shop-on-site-own" if request.param else "shop-on-site"
    domain = f"{name}.test"
    stage = make_stage(endpoint, json.loads(plan(has_domain=request.param)), domain, log=False)
    aws, gateway_name = clients(endpoint), f"{stage.rest_api_id}.execute-api.us-east-1.amazonaws.com"
    if request.param:
        gateway_name = domain
        aws("apigateway").delete_base_path_mapping(domainName=domain, basePath="(none)")
        aws("apigateway").create_base_path_mapping(
            domainName=domain, restApiId=stage.rest_api_id, stage=STAGE, basePath=STAGE
        )
    key = f"{KEY}-{name}-test"
    return stage, make_site(aws, name, gateway_name, key), gateway_name, key


@pytest.fixture
def run(made: tuple[Made, str, str, str], tmp_path: Path) -> Callable[[Callable[[World], Awaitable[None]]], None]:
    stage, site, gateway_name, key = made

    @asynccontextmanager
    async def world(backend: Backend) -> AsyncIterator[World]:
        control_plane = ControlPlane(stage.endpoint, check_seconds=0)
        control_plane.client = stage.client
        folder = tmp_path / "cloudfront"
        folder.mkdir()
        surroundings = Surroundings(
            control_plane, Addresses(folder), Children(folder / "children.json"), folder, lambda _: None
        )
        async with played(stage, tmp_path, backend) as gateway:
            cloudfront = CloudFront(surroundings, (gateway,))
            await cloudfront.converge()
            try:
                yield World(stage, site, gateway_name, key, backend, cloudfront, gateway)
            finally:
                await cloudfront.close()

    def started(test: Callable[[World], Awaitable[None]]) -> None:
        async def main() -> None:
            async with world(Backend()) as made_world:
                await test(made_world)

        asyncio.run(main())

    return started


def test_the_way_of_a_request_from_a_page_to_the_service(run) -> None:
    async def test(world: World) -> None:
        world.backend.body = b'{"orders": []}'
        asked = {"Authorization": "Bearer token", "Cookie": "session=1", "Accept": "application/json"}
        answer = await world.ask("/api/orders?page=2&sort=a", **asked)

        assert (answer.status, answer.body) == (200, b'{"orders": []}')
        (received,) = world.backend.received
        assert (received.method, received.target) == ("GET", "/orders?page=2&sort=a")
        assert received.header("Authorization") == "Bearer token"
        assert received.header("Cookie") == "session=1"
        assert received.header("X-Forwarded-For") == VIEWER
        assert received.header("X-Forwarded-Host") == world.site
        assert received.header("X-Original-Proto") == "https"
        assert answer.header("access-control-allow-origin") is None

    run(test)


def test_what_a_viewer_says_about_himself_is_not_believed(run) -> None:
    async def test(world: World) -> None:
        forged = {"X_Forwarded_For": "10.0.0.1", "X_Viewer_Address": "10.0.0.1", "X_Viewer_Host": "evil.example"}
        await world.ask("/api/orders", **forged, x_api_key="a-guess")

        (received,) = world.backend.received
        assert received.header("X-Forwarded-For") == VIEWER
        assert received.header("X-Forwarded-Host") == world.site

    run(test)


@pytest.mark.parametrize(("method", "path"), [("POST", "/orders"), ("OPTIONS", "/orders"), ("GET", "/")])
def test_every_method_and_the_apis_own_root_get_through(run, method: str, path: str) -> None:
    async def test(world: World) -> None:
        body = b'{"a": 1}' if method == "POST" else b""
        answer = await world.ask(f"/api{path}", method, body, content_type="application/json")

        assert answer.status == 200
        (received,) = world.backend.received
        assert (received.method, received.target, received.body) == (method, path, body)

    run(test)


def test_nobody_comes_past_cloudfront_not_even_where_the_document_lets_in_everybody(run) -> None:
    async def test(world: World) -> None:
        for path in ("/orders", "/health", "/", "/nowhere"):
            answers = [
                await world.past_cloudfront(f"/{STAGE}{path}"),
                await world.past_cloudfront(f"/{STAGE}{path}", (KEY_HEADER, "a-guess")),
                await world.past_cloudfront(f"/{STAGE}{path}", ("X-Viewer-Address", "10.0.0.1")),
            ]
            assert [answer.status for answer in answers] == [403, 403, 403], path
        assert world.backend.received == []
        assert (await world.ask("/api/health")).status == 200

    run(test)


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_the_apis_errors_stay_what_they_are_and_are_not_kept(run, status: int) -> None:
    async def test(world: World) -> None:
        world.backend.status, world.backend.body = status, b'{"title": "no"}'
        first = await world.ask("/api/orders")
        assert (first.status, first.body) == (status, b'{"title": "no"}')

        world.backend.status, world.backend.body = 200, b"{}"
        assert (await world.ask("/api/orders")).status == 200

    run(test)


def test_answers_are_not_kept_for_the_next_caller(run) -> None:
    async def test(world: World) -> None:
        world.backend.headers = (("Content-Type", "application/json"), ("Cache-Control", "max-age=600"))
        for body in (b'{"of": 1}', b'{"of": 2}'):
            world.backend.body = body
            assert (await world.ask("/api/orders", Authorization=body.decode())).body == body

    run(test)


def test_the_key_reaches_no_viewer_and_deep_links_reach_the_app(run) -> None:
    async def test(world: World) -> None:
        answer = await world.ask("/api/orders")
        said = [*answer.headers, *answer.details.items(), ("body", answer.body.decode())]
        assert not [pair for pair in said if world.key in pair[1]]

        for path in ("/", "/orders/7", "/api", "/apis/orders"):
            assert (await world.ask(path)).body == INDEX, path

    run(test)


def test_execute_api_is_closed_where_the_api_has_its_own_name(run) -> None:
    async def test(world: World) -> None:
        by_default = f"{world.made.rest_api_id}.execute-api.us-east-1.amazonaws.com"
        asked = Request(
            "GET", by_default, f"/{STAGE}/orders", headers=((KEY_HEADER, world.key),), client_address=VIEWER
        )
        answer = await world.gateway.answer(asked)

        assert answer.status == (200 if world.gateway_name == by_default else 403)

    run(test)
