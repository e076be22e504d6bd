"""Requests of each operation of the reference document, imported with the project's plan, through the local gateway."""

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from spot_planning.api.openapi_import import build_import_document, read_document
from tests.openapi_options import open_options
from tests.toolchain.datapath.edge.api_gateway.stack import Backend, make_stage, message, played, request

ROOT = Path(__file__).parents[5]
ORIGINS = ("https://one.example", "https://two.example")
EXAMPLES = 2
FEW = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
GIVEN = read_document((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
PLAN = build_import_document(GIVEN, open_options(api_key_required=True, cors_allowed_origins=list(ORIGINS)))
METHODS = {
    (path, method.upper()): operation
    for path, item in PLAN.document["paths"].items()
    for method, operation in item.items()
}
OPERATIONS = {(operation.resource_path, operation.http_method) for operation in PLAN.operations} - {
    each for each in METHODS if each[1] == "OPTIONS"
}
VALIDATORS = PLAN.document["x-amazon-apigateway-request-validators"]


@pytest.fixture(scope="module")
def made(endpoint):
    return make_stage(endpoint, PLAN.document, "contract.example", log=False)


def _collecting(found):
    def collect(case):
        kwargs = case.as_transport_kwargs(base_url="http://h")
        kwargs.pop("cookies", None)
        found.append(requests.Request(**kwargs).prepare())

    return collect


def generated(mode, wanted):
    """Return operation -> prepared requests of schemathesis; to generate them takes a while."""
    schema = schemathesis.openapi.from_dict(dict(GIVEN))
    found = defaultdict(list)
    for result in schema.get_all_operations():
        operation = result.ok()
        if (operation.path, operation.method.upper()) not in wanted:
            continue
        requests_of = found[operation.path, operation.method.upper()]
        with suppress(Unsatisfiable):  # no invalid request is possible
            FEW(given(operation.as_strategy(generation_mode=mode))(_collecting(requests_of)))()
    return found


def validator_of(path, method):
    return VALIDATORS.get(METHODS[path, method].get("x-amazon-apigateway-request-validator"), {})


def has_what_is_required(path, method, sent):
    """Check whether the required parameters are present and not blank; the document itself allows blank ones."""
    query = dict(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True))
    values = {"query": query, "header": sent.headers}
    return not validator_of(path, method).get("validateRequestParameters") or all(
        values[each["in"]].get(each["name"], "").strip()
        for each in METHODS[path, method].get("parameters", ())
        if each.get("required") and each["in"] in values
    )


def is_right(path, method, sent):
    """Check with another JSON Schema library whether the request validator should accept a request."""
    operation, validator = METHODS[path, method], validator_of(path, method)
    if not has_what_is_required(path, method, sent):
        return False
    content = operation.get("requestBody", {}).get("content", {})
    content_type = sent.headers.get("Content-Type", "application/json").partition(";")[0]
    if not validator.get("validateRequestBody") or content_type not in content:
        return True
    root = {**PLAN.document, "allOf": [content[content_type]["schema"]]}
    try:
        body = json.loads(sent.body or "{}", parse_constant=int)
    except ValueError:
        return False
    checker = jsonschema.FormatChecker(["date-time", "email", "ipv4", "ipv6"])
    return jsonschema.Draft4Validator(root, format_checker=checker).is_valid(body)


def asked(made, method, sent):
    url = urlsplit(sent.url)
    headers = tuple((name, value) for name, value in sent.headers.items() if name.lower() != "x-api-key")
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    return request(made, method, f"{url.path}?{url.query}", headers=headers, body=body)


def answered(made, folder, found, said=None):
    """Return each request with the client's answer and the request that reached the backend."""

    async def run():
        backend, outcomes = Backend(), []
        async with played(made, folder, backend, said) as gateway:
            for (path, method), several in found.items():
                for sent in several:
                    backend.received.clear()
                    response = await gateway.answer(asked(made, method, sent))
                    outcomes.append((path, method, sent, response, list(backend.received)))
        return outcomes

    return asyncio.run(run())


def test_every_valid_request_reaches_the_backend_as_it_was(made, tmp_path):
    found = generated(GenerationMode.POSITIVE, OPERATIONS)
    assert found.keys() == OPERATIONS
    assert all(found.values())
    for path, method in OPERATIONS:
        for parameter in METHODS[path, method].get("parameters", ()):
            if parameter["in"] == "header" and parameter.get("required"):
                for sent in found[path, method]:
                    # The document allows blank values, but to API Gateway they are missing.
                    sent.headers[parameter["name"]] = sent.headers[parameter["name"]].strip() or "x"
    said, reached_paths = [], set()
    for path, method, sent, response, received in answered(made, tmp_path, found, said):
        if not has_what_is_required(path, method, sent):
            assert (response.status, received) == (400, [])
            continue
        assert response.status == 200, (path, method, sent.url, dict(sent.headers), said)
        reached_paths.add((path, method))
        (one,) = received
        url, reached = urlsplit(sent.url), urlsplit(one.target)
        assert one.method == method
        assert unquote(reached.path) == unquote(url.path)
        assert parse_qsl(reached.query, keep_blank_values=True) == parse_qsl(url.query, keep_blank_values=True)
        assert one.body == asked(made, method, sent).body
    assert reached_paths == OPERATIONS


def test_every_wrong_request_is_stopped_and_no_other(made, tmp_path):
    validated = {each for each in OPERATIONS if "x-amazon-apigateway-request-validator" in METHODS[each]}
    found = generated(GenerationMode.NEGATIVE, validated)
    for path, method in OPERATIONS:
        url = f"http://h{quote(path.replace('{', '').replace('}', ''))}"
        # In addition to schemathesis's requests: one without parameters, and all kinds of wrong bodies.
        for body in ("", "{", "[]", "null", '{"unknown": NaN}'):
            headers = {"Content-Type": "application/json; charset=utf-8"}
            found[path, method].append(requests.Request(method, url, headers=headers, data=body).prepare())
    stopped = set()
    for path, method, sent, response, received in answered(made, tmp_path, found):
        right = is_right(path, method, sent)
        assert (response.status, len(received)) == ((200, 1) if right else (400, 0)), (
            path,
            method,
            sent.url,
            sent.body,
        )
        if not right:
            stopped.add((path, method))
            text = message(response)
            assert text == "Invalid request body" or text.startswith("Missing required request parameters: [")
    assert stopped == validated
    assert len(stopped) > 40


def test_every_preflight_and_every_error_has_cors_headers(made, tmp_path):
    async def run():
        outcomes = []
        async with played(made, tmp_path) as gateway:
            for path in sorted({path for path, _ in OPERATIONS}):
                for origin in (*ORIGINS, "https://evil.example"):
                    preflight = request(made, "OPTIONS", path, key=False, headers=(("Origin", origin),))
                    outcomes.append((path, origin, await gateway.answer(preflight)))
            keyed = [each for each in OPERATIONS if METHODS[each].get("security")]
            errors = [await gateway.answer(request(made, method, path, key=False)) for path, method in keyed]
            errors.append(await gateway.answer(request(made, "GET", "/nothing")))
        return outcomes, errors

    outcomes, errors = asyncio.run(run())
    for path, origin, response in outcomes:
        assert response.status == 204, (path, response)
        allowed = response.header("Access-Control-Allow-Methods").split(",")
        assert {method for other, method in OPERATIONS if other == path} <= set(allowed)
        assert response.header("Access-Control-Allow-Origin") == (origin if origin in ORIGINS else ORIGINS[0])
    assert len(errors) > 50
    for response in errors:
        assert response.status == 403
        assert response.header("Access-Control-Allow-Origin") == "*"
