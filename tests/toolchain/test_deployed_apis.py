"""In the emulator, deployments of an API are snapshots, as in AWS."""

import json

import httpx
import pytest

from tests import emulated
from toolchain.emulator.process import Emulator


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield emulator.start()
    emulator.stop()


def document(*paths):
    mock = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
    operation = {"responses": {"200": {"description": "d"}}, "x-amazon-apigateway-integration": mock}
    info = {"title": "t", "version": "1", "description": "d"}
    return {"openapi": "3.0.1", "info": info, "paths": {path: {"get": operation} for path in paths}}


def test_each_deployment_keeps_what_was_deployed(endpoint):
    gateway = emulated.client(endpoint, "apigateway")
    api = gateway.create_rest_api(name="api", minimumCompressionSize=7)["id"]

    def deployed(mode, *paths):
        gateway.put_rest_api(restApiId=api, mode=mode, body=json.dumps(document(*paths)).encode())
        return gateway.create_deployment(restApiId=api)["id"]

    def asked(deployment):
        report = {"restApiId": api, "deploymentId": deployment, "region": "us-east-1"}
        return httpx.post(f"{endpoint}/data-plane/deployed-api", json=report, trust_env=False)

    first, second, third = deployed("overwrite", "/a"), deployed("merge", "/b"), deployed("overwrite", "/c")
    assert asked(first).json()["document"] == document("/a")
    assert asked(second).json()["document"]["paths"].keys() == {"/a", "/b"}
    assert asked(third).json()["document"]["paths"].keys() == {"/c"}
    assert asked(third).json()["minimumCompressionSize"] == 7
    assert asked("none").status_code == 400


def test_a_deployment_of_an_api_without_a_document_says_so(endpoint):
    gateway = emulated.client(endpoint, "apigateway")
    api = gateway.create_rest_api(name="by hand")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_integration(**where, type="MOCK")
    report = {
        "restApiId": api,
        "deploymentId": gateway.create_deployment(restApiId=api)["id"],
        "region": "us-east-1",
    }
    assert httpx.post(f"{endpoint}/data-plane/deployed-api", json=report, trust_env=False).json()["document"] is None


def test_binary_media_types_are_named_by_the_path_of_a_change(endpoint):
    """After each import, the AWS provider sends these changes: JSON pointers (RFC 6901) without a value."""
    gateway = emulated.client(endpoint, "apigateway")
    api = gateway.create_rest_api(name="api", binaryMediaTypes=["image/png", "application/pdf"])["id"]
    remove = {"op": "remove", "path": "/binaryMediaTypes/image~1png"}
    again = {"op": "remove", "path": "/binaryMediaTypes/image~1png"}
    add = {"op": "add", "path": "/binaryMediaTypes/font~1woff2"}
    twice = {"op": "add", "path": "/binaryMediaTypes/application~1pdf"}
    gateway.update_rest_api(restApiId=api, patchOperations=[remove, again, add, twice])
    found = gateway.get_rest_api(restApiId=api)["binaryMediaTypes"]
    assert sorted(found) == ["application/pdf", "font/woff2"]
