"""Free ports for servers that bind their port themselves."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain.datapath import ports
from toolchain.datapath.ports import EPHEMERAL, ephemeral_ports, free_port


@pytest.fixture
def three_ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[range]:
    """Three neighbouring ports, the only ones that `free_port` may choose. A server listens on the first."""
    with socket.socket() as server:
        while True:
            first = free_port()
            if all(ports._is_free("127.0.0.1", port) for port in range(first, first + 3)):
                break
        server.bind(("127.0.0.1", first))
        server.listen()
        monkeypatch.setattr(ports, "FIRST", first)
        monkeypatch.setattr(ports, "LAST", first + 2)
        yield range(first, first + 3)


def test_no_outgoing_connection_can_take_it() -> None:
    chosen = {free_port() for _ in range(50)}
    assert [port for port in chosen if port in ephemeral_ports()] == []
    assert len(chosen) > 40, "two processes would choose the same"


def test_the_kernel_takes_the_ports_of_connections_from_these() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as one:
        assert one.getsockname()[1] in ephemeral_ports()


def test_a_port_in_use_or_taken_is_not_chosen(three_ports: range) -> None:
    used, reserved, free = three_ports
    assert {free_port(taken={reserved}) for _ in range(20)} == {free}
    assert {free_port() for _ in range(50)} == {reserved, free}
    with pytest.raises(OSError, match=f"no free port between {used} and {free}"):
        free_port(taken={reserved, free})


def test_ports_are_found_also_where_all_are_ephemeral(three_ports: range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "ephemeral_ports", lambda: range(1024, 65_536))
    assert free_port() in three_ports[1:]


def test_ephemeral_ports_are_read_where_linux_has_them(tmp_path: Path) -> None:
    file = tmp_path / "ip_local_port_range"
    assert ephemeral_ports(file) == EPHEMERAL
    file.write_text("32768\t60999\n")
    assert ephemeral_ports(file) == range(32_768, 61_000)
