"""The smoke test detects that the local edge lets visitors reach internal services."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from ops.addresses import Address
from ops.smoke import inside as smoke_inside
from ops.smoke.visit import Status, Visit
from toolchain.datapath.edge.names import Names
from toolchain.datapath.edge.pages import names_page

BALANCER = "internal-1.elb.us-east-1.amazonaws.com"


def edge_page(_: httpx.Request) -> httpx.Response:
    page = names_page(Names(8400, 8600), (), unknown=BALANCER)
    return httpx.Response(page.status, content=page.body)


def service(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200 if request.url.path == "/health" else 404, json={})


def unhappy_service(_: httpx.Request) -> httpx.Response:
    return httpx.Response(404, json={"title": "Not Found"})


def internal_balancer(_: Visit) -> dict[str, str]:
    return {"Scheme": "internal", "DNSName": BALANCER}


@pytest.mark.parametrize(
    ("answer", "status"), [(edge_page, Status.OK), (service, Status.FAILED), (unhappy_service, Status.FAILED)]
)
def test_any_answer_but_the_edges_own_page_fails(
    answer: Callable[[httpx.Request], httpx.Response], status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: Any = SimpleNamespace(is_local=True, stack="local")
    edge = Address("http://shop.test.localhost:8400", ("127.0.0.1", 8400), "shop.test.localhost:8400")
    monkeypatch.setattr(Visit, "site", edge)
    visit = Visit(session, httpx.Client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(smoke_inside, "_balancer", internal_balancer)
    finding = smoke_inside.balancer_closed(visit)
    assert finding.status is status, finding.reason
