"""A streamed response may be larger than a buffered one ("Quotas for configuring and running a REST API")."""

import asyncio

import pytest

from tests.toolchain.datapath.edge.api_gateway.stack import Backend, make_stage, played, request
from tests.toolchain.datapath.edge.api_gateway.test_gateway import DOCUMENT, INTEGRATION, operation
from toolchain.datapath.edge.api_gateway.integrations import MAXIMUM_BYTES

STREAMED = {**INTEGRATION, "responseTransferMode": "STREAM"}
ID = [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}]


@pytest.fixture(scope="module")
def made(endpoint):
    paths = {
        "/buffered/{id}": {"get": operation(parameters=ID)},
        "/streamed/{id}": {"get": operation(parameters=ID, **{"x-amazon-apigateway-integration": STREAMED})},
    }
    return make_stage(endpoint, {**DOCUMENT, "paths": paths}, "streaming.example")


@pytest.mark.parametrize(
    ("size", "buffered", "streamed"), [(MAXIMUM_BYTES, 200, 200), (MAXIMUM_BYTES + 1, 500, 200)], ids=["fits", "larger"]
)
def test_only_a_streamed_response_may_be_larger_than_the_quota(made, tmp_path, size, buffered, streamed):
    body = bytes(size)

    async def run():
        backend = Backend(body=body, headers=(("Content-Type", "application/pdf"),))
        async with played(made, tmp_path, backend) as gateway:
            paths = ("/buffered/1", "/streamed/1")
            return [await gateway.answer(request(made, "GET", path)) for path in paths], backend.received

    responses, received = asyncio.run(run())
    assert [each.status for each in responses] == [buffered, streamed]
    assert responses[1].body == body
    # A streamed request is mapped like any other.
    assert [each.header("X-Fixed") for each in received] == ["always", "always"]
