"""The gateway's own errors, with the API's customizations."""

import json

from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.api_gateway.context import Context, substituted
from toolchain.datapath.edge.api_gateway.document import GatewayResponse
from toolchain.datapath.edge.api_gateway.gateway_responses import TYPES, GatewayError, gateway_response
from toolchain.datapath.edge.api_gateway.mapping import Sources, parameters_of
from toolchain.datapath.edge.messages import Request

REQUEST = Request("GET", "h", "/p", headers=(("Origin", "https://one.example"), ("Accept", "text/html")))


def said(error, customized=None):
    sources = Sources(parameters_of(REQUEST, {}), Context({"requestId": "r", "path": "/p"}), {"who": "me"})
    return gateway_response(error, customized or {}, REQUEST, sources)


def test_each_type_has_a_status_a_message_and_its_exception():
    for kind, (status, message, exception) in TYPES.items():
        response = said(GatewayError(kind))
        assert (response.status, json.loads(response.body)) == (status, {"message": message})
        assert response.header("x-amzn-ErrorType") == exception
        assert response.header("Content-Type") == "application/json"


def test_own_responses_win_over_those_of_their_class():
    own = GatewayResponse(418, {}, {"text/plain": "a", "text/html": "<p>$context.error.message"})
    customized = {"THROTTLED": own, "DEFAULT_4XX": GatewayResponse(400, {}, {})}
    response = said(GatewayError("THROTTLED"), customized)
    assert (response.status, response.body) == (418, b"<p>Too Many Requests")
    assert response.header("Content-Type") == "text/html"
    assert said(GatewayError("QUOTA_EXCEEDED"), customized).status == 400
    assert said(GatewayError("INTEGRATION_TIMEOUT"), customized).status == 504


def test_headers_come_from_texts_the_request_and_its_context():
    parameters = {
        "gatewayresponse.header.A": "'static'",
        "gatewayresponse.header.B": "method.request.header.Origin",
        "gatewayresponse.header.C": "context.requestId",
        "gatewayresponse.header.D": "stageVariables.who",
        "gatewayresponse.header.E": "method.request.header.Missing",
    }
    response = said(GatewayError("ACCESS_DENIED"), {"DEFAULT_4XX": GatewayResponse(None, parameters, {})})
    assert [response.header(name) for name in "ABCDE"] == ["static", "https://one.example", "r", "me", None]


def test_details_are_there_for_those_who_ask():
    template = {"application/json": '{"m": $context.error.messageString, "d": "$context.error.validationErrorString"}'}
    error = GatewayError("BAD_REQUEST_BODY", details="[x]")
    response = said(error, {"BAD_REQUEST_BODY": GatewayResponse(None, {}, template)})
    assert json.loads(response.body) == {"m": "Invalid request body", "d": "[x]"}


@given(st.text())
def test_any_message_is_a_json_string(message):
    assert json.loads(said(GatewayError("ACCESS_DENIED", message)).body) == {"message": message}


def test_absent_variables_are_a_dash_in_a_log():
    context = Context({"identity": {"sourceIp": "1.2.3.4", "user": None}})
    line = substituted(
        "$context.identity.sourceIp $context.identity.user $context.identity $context.x.y", context, {}, "-"
    )
    assert line == "1.2.3.4 - - -"
