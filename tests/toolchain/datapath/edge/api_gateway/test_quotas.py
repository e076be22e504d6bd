"""Requests whose URL, headers or method ARN exceed API Gateway's quotas, and requests just below the quotas."""

import asyncio

import pytest

from tests.toolchain.datapath.edge.api_gateway.stack import LOG_GROUP, Backend, make_stage, message, played, request
from tests.toolchain.datapath.edge.api_gateway.test_gateway import DOCUMENT, operation
from toolchain.datapath.edge.api_gateway.quotas import (
    HEADER_BYTES,
    METHOD_ARN_BYTES,
    URL_CHARACTERS,
    header_bytes,
    refusal,
    url,
)
from toolchain.datapath.edge.messages import Request

ACCOUNT = "123456789012"


def filled_headers(asked: Request, size: int) -> Request:
    """Return a request with this number of bytes of headers."""
    asked = asked.with_headers(("Cookie", ""))
    return asked.with_headers(("Cookie", "a" * (size - header_bytes(asked))), without=["Cookie"])


def test_bytes_of_headers_are_counted_as_they_are_sent():
    sent = b"Host: h\r\nAccept: */*\r\n"
    assert header_bytes(Request("GET", "h", "/", headers=(("Host", "h"), ("Accept", "*/*")))) == len(sent)


def test_a_url_counts_with_its_scheme_host_and_query():
    assert url(Request("GET", "h", "/a%20b", query="c=d")) == "https://h/a%20b?c=d"
    assert url(Request("GET", "h", "/")) == "https://h/"


@pytest.mark.parametrize(("size", "status"), [(HEADER_BYTES, None), (HEADER_BYTES + 1, 400)])
def test_headers_up_to_the_quota_pass(size, status):
    refused = refusal(filled_headers(Request("GET", "h", "/"), size))
    assert (None if refused is None else refused.status) == status


@pytest.mark.parametrize(("size", "status"), [(URL_CHARACTERS, None), (URL_CHARACTERS + 1, 414)])
def test_a_url_up_to_the_quota_passes(size, status):
    query = "a" * (size - len("https://h/?"))
    refused = refusal(Request("GET", "h", "/", query=query))
    assert (None if refused is None else refused.status) == status


@pytest.fixture(scope="module")
def made(endpoint):
    paths = {**DOCUMENT["paths"], "/fixed/{id}": {"get": operation()}, "/plain": {"get": operation()}}
    return make_stage(endpoint, {**DOCUMENT, "paths": paths}, "quotas.example")


def test_what_is_too_large_never_reaches_the_backend(made, tmp_path):
    arn = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{made.rest_api_id}/test/GET/fixed/"
    longest = "a" * (METHOD_ARN_BYTES - len(arn))
    large_header = filled_headers(request(made, "GET", "/plain"), HEADER_BYTES + 1)
    cases = [
        (filled_headers(request(made, "GET", "/plain"), HEADER_BYTES), 200),
        (large_header, 400),
        (request(made, "GET", f"/plain?q={'a' * 5000}"), 200),
        (request(made, "GET", f"/plain?q={'a' * URL_CHARACTERS}"), 414),
        (request(made, "GET", f"/fixed/{longest}"), 200),
        (request(made, "GET", f"/fixed/{longest}a"), 414),
        # The size is checked before the key
        (filled_headers(request(made, "GET", "/nothing", key=False), HEADER_BYTES + 1), 400),
    ]

    async def run():
        backend = Backend()
        async with played(made, tmp_path, backend) as gateway:
            return [await gateway.answer(asked) for asked, _ in cases], len(backend.received)

    responses, received = asyncio.run(run())
    assert [each.status for each in responses] == [status for _, status in cases]
    assert received == 3
    assert responses[1].body == b"HTTP header is larger than 10240 bytes."
    assert message(responses[3]) == message(responses[5]) == "Request URI too long"
    # These answers are not gateway responses, so an API cannot add headers to them
    refused = [each for each in responses if each.status != 200]
    assert {each.header("Access-Control-Allow-Origin") for each in refused} == {None}


def test_the_access_log_has_what_came_as_far_as_a_method(made, tmp_path):
    too_long = request(made, "GET", f"/fixed/{'a' * METHOD_ARN_BYTES}")

    async def run():
        async with played(made, tmp_path, Backend()) as gateway:
            await gateway.answer(too_long)
            await gateway.answer(filled_headers(request(made, "GET", "/plain"), HEADER_BYTES + 1))

    asyncio.run(run())
    events = made.client("logs").filter_log_events(logGroupName=f"{LOG_GROUP}-{made.rest_api_id}")["events"]
    statuses = [event["message"] for event in events if '"status":"414"' in event["message"]]
    assert statuses
    assert not [event for event in events if '"status":"400"' in event["message"]]
