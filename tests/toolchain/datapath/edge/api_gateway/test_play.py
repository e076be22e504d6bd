"""Any request gets a reasonable answer."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.datapath.edge.api_gateway.test_gateway import DOCUMENT
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.api_gateway.backends import Backends
from toolchain.datapath.edge.api_gateway.configuration import Configuration, Stage, stage_of
from toolchain.datapath.edge.api_gateway.context import new_context
from toolchain.datapath.edge.api_gateway.document import deployed_api
from toolchain.datapath.edge.api_gateway.keys import Meter, StageLimits
from toolchain.datapath.edge.api_gateway.play import Play, PlayedApi
from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.waf import WebAcls
from toolchain.datapath.part import Surroundings

METHODS = ("GET", "POST", "PUT", "OPTIONS", "DELETE", "BREW")
HEADERS = ("Content-Type", "Accept", "Accept-Encoding", "Content-Encoding", "X-Api-Key", "Authorization", "Origin")
REQUESTS = st.builds(
    Request,
    method=st.sampled_from(METHODS),
    host=st.just("h"),
    path=st.one_of(st.text().map(lambda text: f"/{text}"), st.sampled_from(["/", "", "/things/1", "/things/%FF/"])),
    query=st.text(),
    headers=st.lists(st.tuples(st.sampled_from(HEADERS), st.text())).map(tuple),
    body=st.binary(),
)


@pytest.fixture(scope="module")
def play_and_log(tmp_path_factory):
    folder, said = tmp_path_factory.mktemp("play"), []
    control_plane = ControlPlane("http://127.0.0.1:1")
    surroundings = Surroundings(control_plane, Addresses(folder), Children(folder / "c.json"), folder, said.append)
    acls = WebAcls(surroundings)
    return Play(surroundings, backends=Backends(), meter=Meter(), web_acls=acls, plugs={}, clock=lambda: 1.0), said


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(REQUESTS)
def test_any_request_gets_an_answer(play_and_log, asked):
    play, said = play_and_log
    played = PlayedApi(deployed_api("api", {"document": DOCUMENT, "binaryMediaTypes": ["application/pdf"]}))
    stage = Stage("api", "s", "d", {"vpcLinkId": "link", "backendHost": "backend"}, StageLimits())
    configuration = Configuration(links={"link": "arn"}, balancers={"arn": "backend"})
    context = new_context(asked, 1.0, account_id="1", rest_api_id="api", stage="s")
    response = asyncio.run(play.answer(played, stage, configuration, asked, context))
    assert response.status in {204, 400, 403, 413, 415, 500}
    if response.status != 204 and response.header("Content-Encoding") is None:
        assert json.loads(response.body)["message"]
    # No backend runs here, and as in AWS a mock accepts only the content types of its templates.
    wrong = ("nothing serves backend:80", "the mock's payload has no statusCode")
    assert all(line.endswith(wrong) for line in said), said


def test_what_a_stage_asks_for_in_vain_is_named():
    stage = stage_of("api", {"stageName": "s", "deploymentId": "d", "cacheClusterEnabled": True}, [], {})
    assert stage.unplayed == ("its cache",)
