"""Another user of this machine can connect neither to the emulator nor to the plugins."""

import http.client
import os
import socket
import subprocess
import threading
from collections.abc import Generator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
from werkzeug.serving import make_server

from toolchain.emulator.same_user import SameUserOnly
from toolchain.offline import peers, server

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists the owners of sockets")
NOBODY = 65534


def application(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]


@pytest.fixture
def port() -> Generator[int]:
    """Port of a server with the emulator's check of the user."""
    served = make_server("127.0.0.1", 0, SameUserOnly(application), threaded=True)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served.server_port
    served.shutdown()


def status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse().status
    connection.close()
    return answer


ASK = "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1])); c.request('GET', '/'); "
ASK += "print(c.getresponse().status)"


def test_ones_own_requests_are_served(port: int) -> None:
    assert status(port) == 200


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/usr/bin/python3").exists(),
    reason="only root can start a process of another user, with a Python that this user may run",
)
def test_another_users_process_is_refused(port: int) -> None:
    command = ["/usr/bin/python3", "-I", "-c", ASK, str(port)]
    found = subprocess.run(command, user=NOBODY, capture_output=True, text=True, check=False)
    assert found.stdout == "403\n", found.stderr


def test_a_request_is_refused_when_its_user_is_another(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_owners", lambda _port: iter([NOBODY]))
    monkeypatch.setattr(peers.os, "geteuid", lambda: 1000)
    assert status(port) == 403
    monkeypatch.setattr(peers.os, "geteuid", lambda: NOBODY)
    assert status(port) == 200


@pytest.mark.parametrize("owners", [peers._owners, peers._asked, peers._listed])
@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET6, "::ffff:127.0.0.1")],
)
def test_the_owner_of_a_connection_is_found(owners: Any, family: Any, address: str) -> None:
    if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    listens_on = "127.0.0.1" if address.endswith("127.0.0.1") else address
    with socket.create_server((listens_on, 0), family=socket.AF_INET if "." in address else family) as listening:
        listening_port = listening.getsockname()[1]
        with socket.socket(family) as client:
            client.connect((address, listening_port))
            port = client.getsockname()[1]
            assert list(owners(port)) == [os.geteuid()]
        assert list(owners(listening_port)) == [], "a listening socket is no peer"


def test_where_the_kernel_does_not_answer_the_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> socket.socket:
        raise PermissionError

    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        port = client.getsockname()[1]
        monkeypatch.setattr(peers.socket, "socket", refused)
        assert list(peers._owners(port)) == [os.geteuid()]


@pytest.mark.parametrize(
    ("peer", "port"), [("ipv4:127.0.0.1:40000", 40000), ("ipv6:%5B::1%5D:40000", 40000), ("unix:/tmp/x", None)]
)
def test_the_port_of_a_grpc_peer_is_read(peer: str, port: int | None) -> None:
    assert peers.port_of(peer) == port


def test_a_plugin_refuses_another_users_call(monkeypatch: pytest.MonkeyPatch) -> None:
    class Servicer(provider_pb2_grpc.ResourceProviderServicer):
        @server.answering
        def Cancel(self, request: Any, context: Any) -> Any:
            return empty_pb2.Empty()

    serving = grpc.server(futures.ThreadPoolExecutor(1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), serving)
    port = serving.add_insecure_port("127.0.0.1:0")
    serving.start()
    stub: Any = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    stub.Cancel(empty_pb2.Empty())
    server._is_refused.cache_clear()
    monkeypatch.setattr(peers, "is_refused", lambda _port: True)
    with pytest.raises(grpc.RpcError) as error:
        stub.Cancel(empty_pb2.Empty())
    assert error.value.code() == grpc.StatusCode.PERMISSION_DENIED
    server._is_refused.cache_clear()
    serving.stop(None)
