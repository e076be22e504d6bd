"""The operations on a local stack with TLS: they trust its certificate authority, but only for its edge."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from ops.addresses import address_of
from ops.smoke import visit as smoke_visit
from ops.smoke.site import https_only
from ops.smoke.visit import Status, Visit, client_of
from ops.spot.load import Load
from tests.ops.conftest import FakeSession
from tests.toolchain.datapath.running import Running, running
from tests.waiting import wait_until
from toolchain.datapath.authority import Authority, certificate_pem
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.secure_listener import SecureListener
from toolchain.datapath.part import Surroundings
from toolchain.datapath.tls import EDGE, Tls

ANOTHER = "another.test"


class SecureEdge:
    """Serves HTTPS on two addresses: the edge's and another one."""

    name = "edge"

    def __init__(self, surroundings: Surroundings) -> None:
        self._addresses = surroundings.addresses
        tls = Tls.beside(surroundings.folder)
        self._listeners = {host: SecureListener(tls, self._answer, surroundings.say) for host in (EDGE[0], ANOTHER)}

    async def converge(self) -> None:
        for host, listener in self._listeners.items():
            port = await listener.converge(lambda: None)
            if port is not None:
                self._addresses.serve(host, EDGE[1], port)

    async def close(self) -> None:
        for listener in self._listeners.values():
            await listener.close()

    async def _answer(self, request: Request) -> Response:
        return Response(200, (), request.host.encode())


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "datapath"
    Tls.beside(folder).turn_on()
    with running(folder, "http://127.0.0.1:1", SecureEdge) as path:
        yield path


@pytest.fixture
def visit(edge: Running, bare_session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    edge.wait_for_port(ANOTHER, EDGE[1])
    monkeypatch.setattr(FakeSession, "is_local", True)
    monkeypatch.setattr(smoke_visit, "address_of", partial(address_of, folder=edge.surroundings.folder))
    with client_of(bare_session) as http:
        yield Visit(bare_session, http)


def test_the_edge_is_trusted_and_nothing_else_that_its_authority_signed(visit: Visit, edge: Running) -> None:
    port = edge.wait_for_port(*EDGE)
    answer = visit.ask(visit.site, "/")
    assert (answer.status, answer.body.decode()) == (200, f"{_host(visit.site.url)}.localhost:{port}")
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        visit.fetch(f"https://127.0.0.1:{edge.wait_for_port(ANOTHER, EDGE[1])}/")


def _host(url: str) -> str:
    return url.removeprefix("https://").partition(".localhost")[0]


def test_names_whose_certificates_are_vouched_for_pass(visit: Visit) -> None:
    finding = https_only(visit)
    assert finding.status is Status.OK, finding
    assert all(f"{_host(where.url)}.localhost" in finding.reason for where in (visit.site, visit.api))


def test_certificates_of_another_authority_fail(visit: Visit, edge: Running, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    foreign.write_text(certificate_pem(Authority.made("foreign", 1).certificate))
    object.__setattr__(visit.site, "authority", foreign)
    finding = https_only(visit)
    assert finding.status is Status.FAILED
    assert f"has no certificate that {foreign} vouches for" in finding.reason


def test_a_load_trusts_it_too(visit: Visit) -> None:
    where = visit.api
    with Load(*where.request("/"), 20, trust_env=False, verify=where.verify) as load:
        wait_until(lambda: load.counts.answered >= 2, "two answers")
    assert load.counts.lost == 0, load.counts.reasons
