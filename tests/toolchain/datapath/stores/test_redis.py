"""A cache in the emulator runs as a Redis that behaves like ElastiCache."""

import asyncio
import os
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.toolchain.datapath.running import Running, running, wait_until
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.stores.part import Stores

pytestmark = pytest.mark.emulator
FIRST, SECOND, THIRD = ("first-token-of-the-cache", "second-token-of-the-cache", "third-token-of-the-cache")
PORT = 6380


@pytest.fixture(scope="module")
def cache(control_plane: ControlPlane) -> dict[str, Any]:
    elasticache = control_plane.client("elasticache")
    elasticache.create_cache_parameter_group(
        CacheParameterGroupName="cache", CacheParameterGroupFamily="valkey8", Description="d"
    )
    elasticache.modify_cache_parameter_group(
        CacheParameterGroupName="cache",
        ParameterNameValues=[{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lfu"}],
    )
    made = elasticache.create_replication_group(
        ReplicationGroupId="cache",
        ReplicationGroupDescription="d",
        Engine="valkey",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        AuthToken=FIRST,
        TransitEncryptionEnabled=True,
        CacheParameterGroupName="cache",
        Port=PORT,
    )
    return made["ReplicationGroup"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datapath")


@pytest.fixture(scope="module")
def path(control_plane: ControlPlane, cache: dict[str, Any], folder: Path) -> Iterator[Running]:
    del cache
    with running(folder, control_plane.endpoint, Stores) as path:
        yield path


def asked(port: int, folder: Path | None, *commands: str) -> list[str]:
    """Return the first line of each command's answer; with a folder, use TLS and verify the server's certificate."""

    async def ask() -> list[str]:
        context = ssl.create_default_context(cafile=str(folder / "stores" / "ca.pem")) if folder else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        answers: list[str] = []
        for command in commands:
            writer.write(f"{command}\r\n".encode())
            line = await asyncio.wait_for(reader.readline(), 30)
            if line.startswith(b"$") and line != b"$-1\r\n":
                line = await reader.readline()
            answers.append(line.decode().strip())
        writer.close()
        return answers

    return asyncio.run(ask())


def takes(port: int, folder: Path, token: str) -> bool:
    try:
        return asked(port, folder, f"AUTH {token}")[0] == "+OK"
    except OSError:
        return False


def port_of(cache: dict[str, Any], path: Running) -> int:
    endpoint = cache["NodeGroups"][0]["PrimaryEndpoint"]
    assert endpoint["Port"] == PORT
    return path.wait_for_port(endpoint["Address"], PORT)


def test_the_token_is_asked_for(cache: dict[str, Any], path: Running, folder: Path) -> None:
    port = port_of(cache, path)
    wait_until(lambda: takes(port, folder, FIRST), f"the token is taken: {path.lines}")
    assert asked(port, folder, "PING")[0].startswith("-NOAUTH")
    assert asked(port, folder, "AUTH something-else-altogether")[0].startswith("-WRONGPASS")
    assert asked(port, folder, f"AUTH {FIRST}", "SET key value", "GET key") == ["+OK", "+OK", "value"]
    kept = [file.read_text(errors="replace") for file in (folder / "stores").rglob("*") if file.is_file()]
    assert FIRST not in "".join(kept)


def test_every_endpoint_leads_there(cache: dict[str, Any], path: Running) -> None:
    port = port_of(cache, path)
    members = cache["NodeGroups"][0]["NodeGroupMembers"]
    assert {path.wait_for_port(member["ReadEndpoint"]["Address"], PORT) for member in members} == {port}


def test_a_connection_without_tls_gets_no_answer(cache: dict[str, Any], path: Running) -> None:
    port = port_of(cache, path)
    try:
        answer = asked(port, None, "PING")[0]
    except OSError:
        answer = ""
    assert not answer.startswith(("+", "-"))


def test_the_parameter_group_holds_and_managed_commands_are_refused(
    cache: dict[str, Any], path: Running, folder: Path
) -> None:
    port = port_of(cache, path)
    wait_until(lambda: takes(port, folder, FIRST), "the token is taken")
    configuration = (folder / "stores" / "redis-cache" / "redis.conf").read_text()
    assert "maxmemory-policy allkeys-lfu\n" in configuration
    for command in ("CONFIG GET maxmemory", "SHUTDOWN", "ACL SETUSER default nopass"):
        assert asked(port, folder, f"AUTH {FIRST}", command)[1].startswith("-NOPERM")


def test_a_token_is_rotated_and_then_set(
    control_plane: ControlPlane, cache: dict[str, Any], path: Running, folder: Path
) -> None:
    elasticache, port = control_plane.client("elasticache"), port_of(cache, path)

    def modify(token: str, strategy: str) -> None:
        elasticache.modify_replication_group(
            ReplicationGroupId="cache", AuthToken=token, AuthTokenUpdateStrategy=strategy, ApplyImmediately=True
        )
        wait_until(lambda: takes(port, folder, token), f"the token is taken: {path.lines}")

    modify(SECOND, "ROTATE")
    assert takes(port, folder, FIRST)
    modify(THIRD, "ROTATE")
    assert not takes(port, folder, FIRST)
    assert takes(port, folder, SECOND)
    modify(THIRD, "SET")
    wait_until(lambda: not takes(port, folder, SECOND), "the earlier token is refused")


def test_a_killed_server_is_started_again_without_its_data(cache: dict[str, Any], path: Running, folder: Path) -> None:
    port = port_of(cache, path)
    wait_until(lambda: takes(port, folder, THIRD) or takes(port, folder, FIRST), "a token is taken")
    token = THIRD if takes(port, folder, THIRD) else FIRST
    (server,) = [one for one in psutil.process_iter(["cmdline"]) if _is_server(one, folder)]
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not takes(port, folder, token) or not server.is_running(), "it is gone")
    wait_until(lambda: takes(port, folder, token), f"it runs again: {path.lines}")
    assert asked(port, folder, f"AUTH {token}", "GET key")[1] == "$-1"
    assert any("Redis of cache ended (exit status -9), starting it again" in line for line in path.lines)


def test_a_cluster_without_token_and_tls_answers_until_it_is_deleted(
    control_plane: ControlPlane, path: Running, folder: Path
) -> None:
    elasticache = control_plane.client("elasticache")
    elasticache.create_cache_cluster(
        CacheClusterId="plain", Engine="redis", CacheNodeType="cache.t4g.micro", NumCacheNodes=1, Port=6379
    )
    (cluster,) = elasticache.describe_cache_clusters(CacheClusterId="plain", ShowCacheNodeInfo=True)["CacheClusters"]
    endpoint = cluster["CacheNodes"][0]["Endpoint"]
    port = path.wait_for_port(endpoint["Address"], endpoint["Port"])
    assert asked(port, None, "PING") == ["+PONG"]
    elasticache.delete_cache_cluster(CacheClusterId="plain")
    wait_until(lambda: not (folder / "stores" / "redis-plain").exists(), f"it is removed: {path.lines}")
    assert path.addresses.local_port(endpoint["Address"], endpoint["Port"]) is None


def _is_server(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder / "stores" / "redis-cache")
    except psutil.Error:
        return False
