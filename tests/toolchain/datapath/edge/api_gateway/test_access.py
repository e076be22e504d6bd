"""Resource policies and authorizers allow and deny the right callers."""

import pytest

from toolchain.datapath.edge.api_gateway.authorizers import authorize
from toolchain.datapath.edge.api_gateway.context import Context
from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import Sources, parameters_of
from toolchain.datapath.edge.api_gateway.resource_policy import Call, PolicyError, denial
from toolchain.datapath.edge.messages import Request

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/prod/GET/pets"
CALL = Call(ARN, "203.0.113.7")
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:who"


def deny(**more):
    return {**ALLOW, "Effect": "Deny", **more}


def of(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("policy", "denied"),
    [
        (None, False),
        (of(ALLOW), False),
        (of(), True),
        (of({**ALLOW, "Principal": {"AWS": ["*"]}}), False),
        (of({**ALLOW, "Principal": {"AWS": "arn:aws:iam::1:root"}}), True),
        (of({**ALLOW, "Action": "s3:*"}), True),
        (of({**ALLOW, "Resource": f"{ARN[:-4]}*"}), False),
        (of({**ALLOW, "Resource": "execute-api:/prod/POST/*"}), True),
        (of(ALLOW, deny(Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})), True),
        (of(ALLOW, deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})), False),
        (of(ALLOW, deny(Condition={"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}})), True),
        (of({**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}}), True),
    ],
)
def test_a_policy_decides(policy, denied):
    reason = denial(policy, CALL)
    assert (reason is not None) == denied
    if reason:
        assert "arn:aws:execute-api:us-east-1:********9012:api/prod/GET/pets" in reason


def test_a_condition_that_is_not_played_is_named():
    with pytest.raises(PolicyError, match="StringEquals aws:SourceVpc is not played"):
        denial(of({**ALLOW, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}), CALL)


def authorized(plugs, kind="token", headers=(("Authorization", "t"),)):
    authorizer = {
        "type": kind,
        "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/x/functions/{FUNCTION}/invocations",
    }
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": authorizer}
    document = {
        "components": {"securitySchemes": {"who": scheme}},
        "paths": {"/pets": {"get": {"security": [{"who": []}]}}},
    }
    api = deployed_api("api", {"document": document})
    request = Request("GET", "h", "/pets", headers=headers)
    sources = Sources(parameters_of(request, {}), Context({}), {})
    try:
        authorize(api, api.methods["/pets"]["GET"], request, sources, call=CALL, plugs=plugs)
    except GatewayError as error:
        return error.kind, error.details
    return sources.context.get("authorizer.principalId"), sources.context.get("authorizer.team")


def answer(effect):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}, "context": {"team": "a"}}


def test_a_plug_stands_for_an_authorizer():
    events = []

    def plug(event):
        events.append(event)
        return answer("Allow")

    assert authorized({"who": plug}) == ("me", "a")
    assert authorized({"who": plug}, kind="request") == ("me", "a")
    assert events[0] == {"type": "TOKEN", "methodArn": ARN, "authorizationToken": "t"}
    assert events[1]["headers"] == {"Authorization": "t"}
    assert authorized({"who": lambda _: answer("Deny")})[0] == "ACCESS_DENIED"
    assert authorized({"who": plug}, headers=())[0] == "UNAUTHORIZED"
    assert authorized({"who": lambda _: {}})[0] == "AUTHORIZER_FAILURE"


def test_a_plug_that_fails_is_named():
    def plug(event):
        raise ValueError("no key")

    assert authorized({"who": plug}) == ("AUTHORIZER_FAILURE", "who: no key")


def test_a_plug_stands_only_for_a_lambda_function():
    refused = ("AUTHORIZER_CONFIGURATION_ERROR", "the authorizer who (cognito_user_pools) is not played")
    assert authorized({"who": lambda _: answer("Allow")}, kind="cognito_user_pools") == refused


def test_an_authorizer_without_a_plug_says_that_it_is_not_played():
    assert authorized({}) == ("AUTHORIZER_CONFIGURATION_ERROR", "the authorizer who (token) is not played")
