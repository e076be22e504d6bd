"""A browser reaches internet-facing load balancers through the edge, but not internal ones."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.edge import forwarding
from toolchain.datapath.edge.listener import Listener
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.server import Edge

TASK = "10.0.1.5"


@pytest.fixture(scope="module")
def balancers(aws: Callable[[str], Any]) -> dict[str, str]:
    """Scheme -> DNS name of a load balancer."""
    ec2, elbv2 = aws("ec2"), aws("elbv2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    return {
        scheme: elbv2.create_load_balancer(Name=scheme, Type="network", Scheme=scheme, Subnets=[subnet])[
            "LoadBalancers"
        ][0]["DNSName"]
        for scheme in ("internal", "internet-facing")
    }


def test_only_what_faces_the_internet_answers(emulator: str, balancers: dict[str, str], tmp_path: Path) -> None:
    async def service(_request: Request) -> Response:
        return Response(200, body=b"from inside")

    async def play() -> dict[str, int]:
        surroundings = surroundings_of(emulator, tmp_path)
        inside, edge = Listener(service, print), Edge(surroundings)
        port = await inside.open(0)
        for host in (*balancers.values(), TASK):
            surroundings.addresses.serve(host, 80, port)
        async with running(edge), httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{edge.names.edge_port}/health"
            answers = {
                host: (await client.get(url, headers={"Host": f"{host}.localhost"})).status_code
                for host in (*balancers.values(), TASK)
            }
        await inside.close()
        return answers

    assert asyncio.run(play()) == {balancers["internal"]: 404, balancers["internet-facing"]: 200, TASK: 404}


def test_an_answer_that_is_too_large_is_a_bad_gateway(
    emulator: str, balancers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_BYTES", 10)
    name = balancers["internet-facing"]

    async def service(_request: Request) -> Response:
        return Response(200, body=b"more than ten bytes")

    async def play() -> httpx.Response:
        surroundings = surroundings_of(emulator, tmp_path)
        inside, edge = Listener(service, print), Edge(surroundings)
        surroundings.addresses.serve(name, 80, await inside.open(0))
        async with running(edge), httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{edge.names.edge_port}/health"
            answer = await client.get(url, headers={"Host": f"{name}.localhost"})
        await inside.close()
        return answer

    answer = asyncio.run(play())
    assert answer.status_code == 502
    assert "the answer has more than 10 bytes" in answer.text
