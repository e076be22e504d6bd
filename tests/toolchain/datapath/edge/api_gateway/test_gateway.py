"""Requests through a deployed stage, from the emulator to a backend and back."""

import asyncio
import gzip
import json
import time

import pytest

from tests.toolchain.datapath.edge.api_gateway.stack import (
    LOG_GROUP,
    STAGE,
    Backend,
    make_stage,
    message,
    played,
    request,
)
from toolchain.datapath.edge.messages import Request

INTEGRATION = {
    "type": "http_proxy",
    "httpMethod": "POST",
    "uri": "http://${stageVariables.backendHost}/v2/things/{id}",
    "connectionType": "VPC_LINK",
    "connectionId": "${stageVariables.vpcLinkId}",
    "requestParameters": {
        "integration.request.path.id": "method.request.path.id",
        "integration.request.header.X-Forwarded-For": "context.identity.sourceIp",
        "integration.request.header.X-Request-Id": "context.requestId",
        "integration.request.header.X-Fixed": "'always'",
        "integration.request.querystring.stage": "context.stage",
    },
    "timeoutInMillis": 29000,
}
ID = {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
PREFLIGHT = {
    "responses": {"204": {"description": "d"}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {
            "default": {
                "statusCode": "204",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'https://one.example'"},
            }
        },
    },
}


def operation(**more):
    return {"responses": {"200": {"description": "d"}}, "x-amazon-apigateway-integration": INTEGRATION, **more}


DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "things", "version": "1", "description": "d"},
    "x-amazon-apigateway-binary-media-types": ["application/pdf"],
    "x-amazon-apigateway-minimum-compression-size": 100,
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    "x-amazon-apigateway-gateway-responses": {
        "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
        "DEFAULT_5XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        "schemas": {
            "Name": {"type": "string", "minLength": 2},
            "Thing": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"$ref": "#/components/schemas/Name"}},
            },
        },
    },
    "paths": {
        "/things/{id}": {
            "post": operation(
                parameters=[ID, {"in": "query", "name": "mode", "required": True, "schema": {"type": "string"}}],
                security=[{"key": []}],
                requestBody={"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                **{"x-amazon-apigateway-request-validator": "all"},
            ),
            "put": operation(parameters=[ID]),
            "options": {**PREFLIGHT, "parameters": [ID]},
        }
    },
}
GOOD = json.dumps({"name": "ab"}).encode()
JSON = (("Content-Type", "application/json"),)


@pytest.fixture(scope="module")
def made(endpoint):
    return make_stage(endpoint, DOCUMENT, "api.things.example")


def test_a_request_reaches_the_backend_as_the_mapping_says(made, tmp_path):
    async def run():
        backend = Backend(headers=(("Server", "uvicorn"), ("WWW-Authenticate", "Bearer"), ("X-Own", "1")))
        async with played(made, tmp_path, backend) as gateway:
            asked = request(
                made,
                "POST",
                "/things/a%20b?mode=x&mode=y&%C3%A4=1",
                headers=(*JSON, ("X-Forwarded-For", "9.9.9.9"), ("Authorization", "Bearer t"), ("Via", "proxy")),
                body=GOOD,
                client_address="203.0.113.7",
            )
            return await gateway.answer(asked), backend.received

    response, (received,) = asyncio.run(run())
    assert (received.method, received.target) == ("POST", "/v2/things/a%20b?mode=x&mode=y&%C3%A4=1&stage=test")
    assert received.body == GOOD
    assert received.header("Host") == made.balancer
    assert received.header("X-Forwarded-For") == "203.0.113.7"
    assert received.header("X-Forwarded-Proto") == "https"
    assert received.header("X-Fixed") == "always"
    assert received.header("X-Request-Id") == response.header("x-amzn-RequestId")
    assert received.header("Authorization") == "Bearer t"
    assert received.header("Via") is None
    assert received.header("X-Amzn-Apigateway-Api-Id") == made.rest_api_id
    assert received.header("User-Agent") == f"AmazonAPIGateway_{made.rest_api_id}"
    assert response.status == 200
    assert response.header("x-amzn-Remapped-Server") == "uvicorn"
    assert response.header("x-amzn-Remapped-WWW-Authenticate") == "Bearer"
    assert response.header("Server") is None
    assert response.header("X-Own") == "1"
    assert response.header("Content-Type") == "application/json"


def test_dots_in_a_path_parameter_reach_no_other_path(made, tmp_path):
    """An operation without an API key must not lead to another one."""

    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            for path in ("/things/..%2f..%2fother", "/things/%2e%2e"):
                await gateway.answer(request(made, "POST", f"{path}?mode=x", headers=JSON, body=GOOD))
            return backend.received

    received = asyncio.run(run())
    assert [each.target.partition("?")[0] for each in received] == ["/v2/things/../../other", "/v2/things/.."]


def test_what_is_wrong_is_stopped_with_the_words_of_aws(made, tmp_path):
    good = {"headers": JSON, "body": GOOD}
    cases = [
        (request(made, "POST", "/things/1?mode=x", **good, key=False), 403, "Forbidden"),
        (request(made, "POST", "/things/1", **good), 400, "Missing required request parameters: [mode]"),
        (request(made, "POST", "/things/1?mode=%20", **good), 400, "Missing required request parameters: [mode]"),
        (request(made, "POST", "/things/1?mode=x", headers=JSON, body=b"{}"), 400, "Invalid request body"),
        (request(made, "POST", "/things/1?mode=x", headers=JSON, body=b'{"name":"a"}'), 400, "Invalid request body"),
        (request(made, "POST", "/things/1?mode=x", headers=JSON, body=b"{"), 400, "Invalid request body"),
        (request(made, "POST", "/things/1?mode=x", headers=JSON), 400, "Invalid request body"),
        (request(made, "GET", "/things/1"), 403, "Missing Authentication Token"),
        (request(made, "GET", "/nothing"), 403, "Missing Authentication Token"),
        (request(made, "PUT", "/things/1", body=b"x" * (10 * 1024 * 1024 + 1)), 413, "Request Too Long"),
    ]

    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            return [await gateway.answer(asked) for asked, _, _ in cases], backend.received

    responses, received = asyncio.run(run())
    assert received == []
    assert [(each.status, message(each)) for each in responses] == [(status, text) for _, status, text in cases]
    for each in responses[:-1]:
        assert each.header("Access-Control-Allow-Origin") == "*"
    # "Customizing the default gateway response for 413 REQUEST_TOO_LARGE isn't currently supported."
    assert responses[-1].header("Access-Control-Allow-Origin") is None


def test_another_content_type_than_the_models_is_not_validated(made, tmp_path):
    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            headers = (("Content-Type", "text/plain"),)
            return await gateway.answer(request(made, "POST", "/things/1?mode=x", headers=headers, body=b"\xff\x00"))

    assert asyncio.run(run()).status == 200


def test_only_a_new_deployment_changes_what_is_played(made, tmp_path):
    async def run():
        backend, now = Backend(), [1_000.0]
        async with played(made, tmp_path, backend, clock=lambda: now[0]) as gateway:

            async def status():
                now[0] += 10
                await gateway.converge()
                return (await gateway.answer(request(made, "GET", "/things/1"))).status

            changed = json.loads(json.dumps(DOCUMENT))
            changed["paths"]["/things/{id}"]["get"] = operation(parameters=[ID])
            body = json.dumps(changed).encode()
            made.client("apigateway").put_rest_api(restApiId=made.rest_api_id, mode="overwrite", body=body)
            before = await status()
            made.deploy(changed)
            after = await status()
            made.deploy(DOCUMENT)
            return before, after, await status()

    assert asyncio.run(run()) == (403, 200, 403)


def test_the_names_of_the_api(made, tmp_path):
    async def run():
        async with played(made, tmp_path, Backend()) as gateway:
            regional = made.client("apigateway").get_domain_name(domainName=made.domain)["regionalDomainName"]
            own = f"{made.rest_api_id}.execute-api.us-east-1.amazonaws.com"
            assert {made.domain, regional, own} <= gateway.hosts()
            staged = await gateway.answer(Request("PUT", own, f"/{STAGE}/things/1"))
            elsewhere = await gateway.answer(Request("PUT", own, "/other/things/1"))
            direct = await gateway.answer(Request("PUT", regional, "/things/1"))
            return staged.status, elsewhere.status, direct.status

    assert asyncio.run(run()) == (200, 403, 403)


def test_with_its_own_endpoint_disabled_an_api_answers_under_its_name_only(endpoint, tmp_path):
    document = {**DOCUMENT, "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    made = make_stage(endpoint, document, "closed.example")

    async def run():
        async with played(made, tmp_path, Backend()) as gateway:
            own = f"{made.rest_api_id}.execute-api.us-east-1.amazonaws.com"
            assert own not in gateway.hosts()
            refused = await gateway.answer(Request("PUT", own, f"/{STAGE}/things/1"))
            return refused.status, (await gateway.answer(request(made, "PUT", "/things/1"))).status

    assert asyncio.run(run()) == (403, 200)


def test_a_backend_that_is_away_or_slow_is_a_gateway_error(endpoint, tmp_path):
    document = json.loads(json.dumps(DOCUMENT))
    slow = document["paths"]["/things/{id}"]["put"]["x-amazon-apigateway-integration"]
    slow["timeoutInMillis"] = 50
    made = make_stage(endpoint, document, "slow.example")

    async def run(said):
        backend = Backend()
        async with played(made, tmp_path, backend, said=said) as gateway:
            backend.delay_seconds = 5
            yield await gateway.answer(request(made, "PUT", "/things/1"))
        async with played(made, tmp_path / "none", said=said) as gateway:
            yield await gateway.answer(request(made, "PUT", "/things/1"))
            closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
            port = closed.sockets[0].getsockname()[1]
            closed.close()
            gateway._play._addresses.serve(made.balancer, 80, port)
            yield await gateway.answer(request(made, "PUT", "/things/1"))

    async def all_of(said):
        return [each async for each in run(said)]

    said: list[str] = []
    (tmp_path / "none").mkdir()
    late, nowhere, refused = asyncio.run(all_of(said))
    assert (late.status, message(late)) == (504, "Endpoint request timed out")
    assert (nowhere.status, message(nowhere)) == (500, "Internal server error")
    assert (refused.status, message(refused)) == (504, "Network error communicating with endpoint")
    assert any(f"nothing serves {made.balancer}:80" in line for line in said)
    assert late.header("Access-Control-Allow-Origin") == "*"


def test_a_stage_without_its_vpc_link_says_so(endpoint, tmp_path):
    made = make_stage(endpoint, DOCUMENT, "unlinked.example")
    gateway = made.client("apigateway")
    change = [{"op": "replace", "path": "/variables/vpcLinkId", "value": "gone"}]
    gateway.update_stage(restApiId=made.rest_api_id, stageName=STAGE, patchOperations=change)
    said: list[str] = []

    async def run():
        async with played(made, tmp_path, Backend(), said=said) as part:
            return await part.answer(request(made, "PUT", "/things/1"))

    assert asyncio.run(run()).status == 500
    assert any("there is no VPC link 'gone'" in line for line in said)


def test_bytes_pass_as_the_binary_media_types_say(made, tmp_path):
    raw = bytes(range(256))

    async def run():
        backend = Backend(body=raw)
        async with played(made, tmp_path, backend) as gateway:

            async def exchanged(sent, got):
                backend.headers = (("Content-Type", got),)
                asked = request(made, "PUT", "/things/1", headers=(("Content-Type", sent),), body=raw)
                response = await gateway.answer(asked)
                return backend.received[-1].body == raw, response.body == raw

            return await exchanged("application/pdf", "application/pdf"), await exchanged("text/plain", "text/plain")

    assert asyncio.run(run()) == ((True, True), (False, False))


def test_long_responses_are_compressed_for_clients_that_ask(made, tmp_path):
    body = b"text " * 100

    async def run():
        backend = Backend(headers=(("Content-Type", "text/plain"),), body=body)
        async with played(made, tmp_path, backend) as gateway:
            plain = await gateway.answer(request(made, "PUT", "/things/1"))
            asked = request(made, "PUT", "/things/1", headers=(("Accept-Encoding", "br, gzip"),))
            packed = await gateway.answer(asked)
            sent = request(made, "PUT", "/things/1", headers=(("Content-Encoding", "gzip"),), body=gzip.compress(body))
            await gateway.answer(sent)
            return plain, packed, backend.received[-1]

    plain, packed, received = asyncio.run(run())
    assert plain.body == body
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.body) == body
    assert received.body == body
    assert received.header("Content-Encoding") is None


def test_the_method_may_be_overridden_by_a_header(made, tmp_path):
    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            asked = request(made, "GET", "/things/1", headers=(("X-HTTP-Method-Override", "PUT"),))
            return (await gateway.answer(asked)).status, backend.received[0].header("X-HTTP-Method-Override")

    assert asyncio.run(run()) == (200, None)


def test_a_preflight_is_answered_without_the_backend(made, tmp_path):
    async def run():
        async with played(made, tmp_path) as gateway:
            return await gateway.answer(request(made, "OPTIONS", "/things/1", key=False))

    response = asyncio.run(run())
    assert response.status == 204
    assert response.header("Access-Control-Allow-Origin") == "https://one.example"


def test_access_log_lines_reach_the_log_group(made, tmp_path):
    async def run():
        async with played(made, tmp_path, Backend()) as gateway:
            await gateway.answer(request(made, "POST", "/things/1?mode=log", headers=JSON, body=GOOD))
            await gateway.answer(request(made, "GET", "/nothing-to-log", key=False))

    asyncio.run(run())
    group = f"{LOG_GROUP}-{made.rest_api_id}"
    events = made.client("logs").filter_log_events(logGroupName=group)["events"]
    lines = [json.loads(event["message"]) for event in events]
    assert {"status": "200", "key": made.key_id, "path": "/things/1", "user": "-"} in lines
    assert {"status": "403", "key": "-", "path": "/nothing-to-log", "user": "-"} in lines


def test_connections_to_the_backend_are_kept(made, tmp_path):
    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            for _ in range(5):
                await gateway.answer(request(made, "PUT", "/things/1"))
        return backend.connections

    assert asyncio.run(run()) == 1


def test_a_plan_limits_each_key(endpoint, tmp_path):
    plan = {"throttle": {"rateLimit": 1.0, "burstLimit": 3}, "quota": {"limit": 5, "period": "DAY"}}
    made = make_stage(endpoint, DOCUMENT, "limited.example", plan)

    async def run():
        now = [time.time()]
        async with played(made, tmp_path, Backend(), clock=lambda: now[0]) as gateway:

            async def asked():
                good = request(made, "POST", "/things/1?mode=x", headers=JSON, body=GOOD)
                response = await gateway.answer(good)
                return response.status if response.status == 200 else message(response)

            burst = [await asked() for _ in range(4)]
            now[0] += 10
            rest = [await asked() for _ in range(3)]
            now[0] += 86_400
            return burst, rest, await asked()

    burst, rest, tomorrow = asyncio.run(run())
    assert burst == [200, 200, 200, "Too Many Requests"]
    assert rest == [200, 200, "Limit Exceeded"]
    assert tomorrow == 200


def test_a_web_acl_of_the_stage_comes_first(endpoint, tmp_path):
    made = make_stage(endpoint, DOCUMENT, "guarded.example")
    visibility = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    rate = {"Limit": 10, "AggregateKeyType": "IP"}
    rule = {"Name": "r", "Priority": 0, "Action": {"Block": {}}, "Statement": {"RateBasedStatement": rate}}
    waf = made.client("wafv2")
    acl = waf.create_web_acl(
        Name="of-a-stage",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=[{**rule, "VisibilityConfig": visibility}],
        VisibilityConfig=visibility,
    )["Summary"]
    stage = f"arn:aws:apigateway:us-east-1::/restapis/{made.rest_api_id}/stages/{STAGE}"
    waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=stage)

    async def run():
        async with played(made, tmp_path, Backend()) as gateway:
            return [await gateway.answer(request(made, "GET", "/nothing")) for _ in range(11)]

    *before, last = asyncio.run(run())
    assert {message(each) for each in before} == {"Missing Authentication Token"}
    assert (last.status, message(last)) == (403, "Forbidden")
    assert last.details["gatewayResponse"] == "WAF_FILTERED"
