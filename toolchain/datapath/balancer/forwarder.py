"""Runs a Network Load Balancer in this process, on a machine without HAProxy."""

import asyncio
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from toolchain.datapath.balancer.configuration import Server, Servers
from toolchain.datapath.balancer.plan import LoadBalancer, TargetGroup
from toolchain.datapath.balancer.sockets import ListenerSockets
from toolchain.datapath.listening import ADDRESS
from toolchain.datapath.part import Surroundings
from toolchain.system.files import private_folder

CHUNK_BYTES: Final = 65536
CONNECT_SECONDS: Final = 5.0
MOST_CONNECTIONS: Final = 4000
"""Maximum number of concurrent connections; further connections are closed."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Forwarder:
    """Forwards connections to the targets of the listener's target group.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The load balancer's folder.
    """

    def __init__(self, surroundings: Surroundings, folder: Path) -> None:
        self._folder = folder
        self._sockets = ListenerSockets(surroundings, folder)
        self._accepting: dict[int, asyncio.Server] = {}
        """Port of a listener in AWS -> server that accepts its connections."""
        self._ready: dict[str, list[Server]] = {}
        """Target group's ARN -> servers that get new connections."""
        self._groups: Mapping[str, TargetGroup] = {}
        self._idle_seconds = 0
        self._forwards: dict[int, str] = {}
        """Port of a listener in AWS -> ARN of the target group."""
        self._connections: dict[asyncio.Task[None], tuple[str, str]] = {}
        """Task that forwards a connection -> target group's ARN and server name of its target."""

    async def follow(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> None:
        """Match the load balancer's current state.

        Args:
            balancer: The load balancer.
            groups: ARN -> target group.
            servers: Servers of each group.
        """
        private_folder(self._folder)
        self._groups, self._idle_seconds = groups, balancer.idle_seconds
        self._forwards = {
            listener.port: rule.action.target_group
            for listener in balancer.listeners
            for rule in listener.rules
            if not rule.conditions
        }
        self._ready = {arn: [one for one in several if one.is_ready] for arn, several in servers.items()}
        for port in self._accepting.keys() - {listener.port for listener in balancer.listeners}:
            self._accepting.pop(port).close()
        self._sockets.open(balancer)
        for port, one in self._sockets.by_port.items():
            if port not in self._accepting:
                self._accepting[port] = await asyncio.start_server(partial(self._serve, port), sock=one)
        self._sockets.serve(balancer)

    async def end_connections(self, target_group: str, name: str) -> None:
        """Close all connections to a target.

        Args:
            target_group: The target group's ARN.
            name: The server's name.
        """
        for task, passed_to in list(self._connections.items()):
            if passed_to == (target_group, name):
                task.cancel()

    async def connections_of(self, target_group: str, name: str) -> int:
        """Return the number of open connections to a target."""
        return list(self._connections.values()).count((target_group, name))

    async def close(self) -> None:
        """Stop listening, and close all connections."""
        for server in self._accepting.values():
            server.close()
        self._accepting.clear()
        self._sockets.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward a connection of a listener to a target, until it ends or is closed."""
        task, chosen = asyncio.current_task(), self._choose(port)
        if task is None or chosen is None or len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        group, server = chosen
        self._connections[task] = (group, server.name)
        try:
            # A load balancer tries one target, once.
            async with asyncio.timeout(CONNECT_SECONDS):
                target = await asyncio.open_connection(ADDRESS, server.port)
            await _join((reader, writer), target, self._idle_seconds)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # client and target see that the connection is closed
        finally:
            self._connections.pop(task)
            writer.close()

    def _choose(self, port: int) -> tuple[str, Server] | None:
        group = self._forwards.get(port, "")
        ready = self._ready.get(group)
        if not ready:
            return None
        # By source: every client has this machine's address, so every client gets the same target.
        is_by_source = group in self._groups and self._groups[group].algorithm == "source"
        return group, min(ready, key=lambda one: one.name) if is_by_source else random.choice(ready)  # noqa: S311


async def _join(client: Streams, target: Streams, idle_seconds: float) -> None:
    """Forward bytes in both directions until both have ended, one fails, or one is idle for too long."""
    ways = [
        asyncio.ensure_future(_pass(client[0], target[1], idle_seconds)),
        asyncio.ensure_future(_pass(target[0], client[1], idle_seconds)),
    ]
    try:
        await asyncio.gather(*ways)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        target[1].close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_seconds: float) -> None:
    while True:
        async with asyncio.timeout(idle_seconds):
            data = await reader.read(CHUNK_BYTES)
        if not data:
            writer.write_eof()  # the other direction may continue
            return
        writer.write(data)
        await writer.drain()
