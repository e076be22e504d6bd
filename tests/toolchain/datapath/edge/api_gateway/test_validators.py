"""Request validators refuse invalid requests with AWS's messages."""

import pytest

from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.gateway_responses import GatewayError
from toolchain.datapath.edge.api_gateway.mapping import parameters_of
from toolchain.datapath.edge.api_gateway.validators import Validators
from toolchain.datapath.edge.messages import Request

SCHEMAS = {
    "Tree": {
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
    "Price": {"type": "number", "minimum": 25, "exclusiveMinimum": True},
    "Pet": {
        "type": "object",
        "required": ["price"],
        "properties": {
            "price": {"$ref": "#/components/schemas/Price"},
            "tree": {"$ref": "#/components/schemas/Tree"},
            "born": {"type": "string", "format": "date-time"},
        },
    },
}


def checked(validator, body=b"", query="", headers=(), path=None):
    operation = {
        "parameters": [
            {"in": "query", "name": "q", "required": True},
            {"in": "header", "name": "X-H", "required": True},
            {"in": "path", "name": "p", "required": True},
            {"in": "query", "name": "optional"},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
        "x-amazon-apigateway-request-validator": validator,
    }
    document = {
        "paths": {"/": {"post": operation}},
        "components": {"schemas": SCHEMAS},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
            "params-only": {"validateRequestBody": False, "validateRequestParameters": True},
            "body-only": {"validateRequestBody": True, "validateRequestParameters": False},
        },
    }
    method = deployed_api("api", {"document": document}).methods["/"]["POST"]
    parameters = parameters_of(Request("POST", "h", "/", query=query, headers=headers, body=body), path or {})
    try:
        Validators(SCHEMAS).check(method, parameters)
    except GatewayError as error:
        return error.kind, error.message
    return None


WRONG_BODY = ("BAD_REQUEST_BODY", "Invalid request body")
GOOD = {"query": "q=1", "headers": (("x-h", "1"),), "path": {"p": "1"}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"price": 26}', None),
        (b'{"price": 25}', WRONG_BODY),
        (b'{"price": "26"}', WRONG_BODY),
        (b'{"price": 26, "tree": {"below": [{"below": []}]}}', None),
        (b'{"price": 26, "tree": {"below": [{"below": 1}]}}', WRONG_BODY),
        (b'{"price": 26, "born": "yesterday"}', WRONG_BODY),
        (b'{"price": 26, "born": "2026-01-01T00:00:00Z"}', None),
        (b'{"price": NaN}', WRONG_BODY),
        (b"\xff", WRONG_BODY),
        (b"[" * 100_000, WRONG_BODY),
        (b"[" * 300 + b"]" * 300, WRONG_BODY),
        (b'{"price": 26, "born":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, WRONG_BODY),
        (b"", WRONG_BODY),
    ],
)
def test_a_body_is_held_against_its_model(body, expected):
    assert checked("body-only", body) == expected
    assert checked("all", body, **GOOD) == expected
    assert checked("none", body) is None


def test_missing_and_blank_parameters_are_named():
    kind = "BAD_REQUEST_PARAMETERS"
    assert checked("params-only") == (kind, "Missing required request parameters: [q, X-H, p]")
    assert checked("params-only", **{**GOOD, "query": "q="}) == (kind, "Missing required request parameters: [q]")
    assert checked("params-only", **GOOD) is None


def test_parameters_come_before_the_body():
    assert checked("all", b"{")[0] == "BAD_REQUEST_PARAMETERS"
