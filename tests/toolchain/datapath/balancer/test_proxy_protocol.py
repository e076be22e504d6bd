"""Headers of proxy protocol version 2, as targets of a Network Load Balancer get them."""

import asyncio
import ipaddress
import socket
from pathlib import Path

import pytest

from tests.toolchain.datapath.balancer.conftest import needs_haproxy
from tests.toolchain.datapath.balancer.fronting import Proxies, Scripted, fronting, read_exactly, scripted
from tests.toolchain.datapath.running import wait_until
from toolchain.datapath.balancer.checks import failure_of
from toolchain.datapath.balancer.forwarder import NetworkForwarder
from toolchain.datapath.balancer.haproxy import HaProxy
from toolchain.datapath.balancer.health import Check
from toolchain.datapath.balancer.proxy_protocol import LOCAL, SIGNATURE, proxied


def test_a_header_says_both_addresses() -> None:
    header = proxied(("10.0.0.1", 4000), ("10.0.1.2", 80))
    # The layout of "The PROXY protocol", section 2.2: version and command, family, length, addresses, ports.
    assert header == SIGNATURE + bytes.fromhex("21 11 000c 0a000001 0a000102 0fa0 0050")


@pytest.mark.parametrize("make", [pytest.param(HaProxy, marks=needs_haproxy), NetworkForwarder])
def test_a_target_gets_the_client_s_address_before_the_first_byte(make: Proxies, tmp_path: Path) -> None:
    def script(target: Scripted, connection: socket.socket) -> None:
        header = read_exactly(connection, 28)
        assert header[:16] == SIGNATURE + bytes.fromhex("21 11 000c")
        host, port = str(ipaddress.IPv4Address(header[16:20])), int.from_bytes(header[24:26], "big")
        assert read_exactly(connection, 5) == b"hello"
        connection.sendall(f"{host}:{port} ".encode())

    asked = {"proxy_protocol_v2.enabled": "true"}
    with (
        scripted(script) as one,
        scripted(script) as two,
        fronting(make, tmp_path, [one.server], **asked) as front,
    ):
        for servers in ([one.server], [two.server]):  # HAProxy gets the second by command
            front.follow(servers)
            with front.connect() as client:
                client.sendall(b"hello")
                host, port = client.getsockname()
                told = f"{host}:{port} ".encode()
                assert read_exactly(client, len(told)) == told


@pytest.mark.parametrize("protocol", ["TCP", "HTTP"])
def test_a_health_check_says_that_it_is_the_load_balancer_s_own(protocol: str) -> None:
    received: list[bytes] = []

    def script(target: Scripted, connection: socket.socket) -> None:
        received.append(read_exactly(connection, len(LOCAL)))
        if protocol == "HTTP":
            target.head_of(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    check = Check(protocol, "/", None, 1, 10, 2, 2, 2, sends_proxy_protocol=True)
    with scripted(script) as target:
        assert asyncio.run(failure_of(check, target.port, "host")) is None
        wait_until(lambda: received, "the target has got the header")
    assert received == [LOCAL]
