"""A user's plug for a Lambda authorizer, through the parts and the listener of the edge's process."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.toolchain.datapath.edge.api_gateway.stack import STAGE, Backend, make_stage
from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.authorizers import Authorizers
from toolchain.datapath.edge.__main__ import parts
from toolchain.datapath.edge.server import Edge

DOMAIN = "plugged.example.test"
INTEGRATION = {
    "type": "http_proxy",
    "httpMethod": "GET",
    "uri": "http://${stageVariables.backendHost}/pets",
    "connectionType": "VPC_LINK",
    "connectionId": "${stageVariables.vpcLinkId}",
    "requestParameters": {
        "integration.request.header.X-User": "context.authorizer.principalId",
        "integration.request.header.X-Team": "context.authorizer.team",
    },
}
AUTHORIZER = {
    "type": "token",
    "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:login/invocations",
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "pets", "version": "1"},
    "components": {
        "securitySchemes": {
            "login": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": AUTHORIZER,
            }
        }
    },
    "paths": {
        "/pets": {
            "get": {
                "security": [{"login": []}],
                "responses": {"200": {"description": "d"}},
                "x-amazon-apigateway-integration": INTEGRATION,
            }
        }
    },
}
PLUG = """
def login(event):
    token = event["authorizationToken"]
    if token == "unknown":
        raise PermissionError("Unauthorized")
    effect = "Allow" if token == "good" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}, "context": {"team": "red"}}
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "login_plug.py"
    path.write_text(PLUG)
    return path


def test_a_plug_decides_for_a_lambda_authorizer(emulator: str, tmp_path: Path, module: Path) -> None:
    made = make_stage(emulator, DOCUMENT, DOMAIN, log=False)
    surroundings = surroundings_of(emulator, tmp_path / "datapath")
    surroundings.folder.mkdir(mode=0o700)
    said: list[str] = surroundings.say.__self__  # pyright: ignore[reportFunctionMemberAccess]
    option = Authorizers.beside(surroundings.folder)
    backend = Backend()
    made_parts = parts(surroundings)
    edge = next(part for part in made_parts if isinstance(part, Edge))

    async def read_again() -> None:
        made_parts[0]._read_at = float("-inf")  # pyright: ignore[reportAttributeAccessIssue]
        await made_parts[0].converge()

    async def play() -> None:
        server = await asyncio.start_server(backend.handle, "127.0.0.1", 0)
        surroundings.addresses.serve(made.balancer, 80, server.sockets[0].getsockname()[1])
        async with server, running(*made_parts), httpx.AsyncClient(trust_env=False) as client:
            host = f"{made.rest_api_id}.execute-api.us-east-1.amazonaws.com.localhost:{edge.names.edge_port}"

            async def ask(token: str | None) -> int:
                headers = {"Host": host, **({"Authorization": token} if token else {})}
                url = f"http://127.0.0.1:{edge.names.edge_port}/{STAGE}/pets"
                return (await client.get(url, headers=headers)).status_code

            assert await ask("good") == 500
            option.choose("login=login_plug:login,logn=login_plug:login")
            await read_again()
            assert [await ask(token) for token in (None, "unknown", "bad", "good")] == [401, 401, 403, 200]
            module.write_text(PLUG.replace('"good"', '"better"'))
            option.choose(None)
            await read_again()
            assert [await ask(token) for token in ("good", "better")] == [403, 200]
            option.choose("")
            await read_again()
            assert await ask("better") == 500

    try:
        asyncio.run(play())
    finally:
        made.client("apigateway").delete_stage(restApiId=made.rest_api_id, stageName=STAGE)  # other tests read stages
    assert [(each.header("X-User"), each.header("X-Team")) for each in backend.received] == [("me", "red")] * 2
    own = [line for line in said if "log" in line and "authorizer" in line and "AUTHORIZER_CONFIGURATION" not in line]
    missing = (
        "api gateway: the authorizer login (token) is not played: its methods answer 500; LOCAL_AUTHORIZERS can name a "
        "function for it"
    )
    loaded = [f"api gateway: the authorizer {name} is played by login_plug:login" for name in ("login", "logn")]
    unknown = "api gateway: LOCAL_AUTHORIZERS names the authorizer logn, which no deployed API has; they have: login"
    assert own == [missing, *loaded, unknown, *loaded, missing]
