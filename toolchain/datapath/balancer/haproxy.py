"""Runs a HAProxy process for a load balancer, and sends it commands."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from toolchain.datapath.balancer.configuration import PROXY_PROTOCOL, Server, Servers, backend, configuration
from toolchain.datapath.balancer.plan import LoadBalancer, TargetGroup
from toolchain.datapath.balancer.sockets import ListenerSockets
from toolchain.datapath.children import bound_log
from toolchain.datapath.listening import ADDRESS
from toolchain.datapath.part import Surroundings
from toolchain.errors import ToolchainError
from toolchain.system.files import private_folder, write_whole

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.02
ADMIN: Final = "admin"
"""File name of the socket for commands, in HAProxy's folder, which is its working directory."""


def program() -> str | None:
    """Return the path of HAProxy; None if it is not installed."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


class HaProxy:
    """Runs HAProxy for one load balancer.

    This process opens the listening sockets and passes them to HAProxy, so that no client is refused while HAProxy
    restarts: connections wait in the sockets' queues. Commands add and remove targets. For any other change of the
    configuration, a second HAProxy takes over, and the first HAProxy ends when its connections have ended.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The load balancer's folder.
    """

    def __init__(self, surroundings: Surroundings, folder: Path) -> None:
        self._surroundings = surroundings
        self._folder = folder
        self._log = folder / "haproxy.log"
        self._sockets = ListenerSockets(surroundings, folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._number = 0
        self._frame = ""
        self._servers: dict[tuple[str, str], Server] = {}
        """Backend and server name -> server that HAProxy has."""
        self._going: set[tuple[str, str]] = set()
        """Backend and name of each server that is deleted when its connections have ended."""

    async def follow(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> None:
        """Make HAProxy match the load balancer's current state.

        Args:
            balancer: The load balancer.
            groups: ARN -> target group.
            servers: Servers of each group that get new connections, or keep their existing connections.

        Raises:
            ToolchainError: HAProxy does not start, or refuses a command.
        """
        private_folder(self._folder)
        self._sockets.open(balancer)
        self._collect()
        frame = self._text(balancer, groups, {})
        if self._process is None or frame != self._frame:
            await self._start(balancer, groups, servers)
            self._frame = frame
        else:
            try:
                await self._change(groups, servers)
            except BaseException:
                # It is not known which commands HAProxy has run: a new HAProxy must start with all targets.
                self._frame = ""
                raise
        self._sockets.serve(balancer)
        bound_log(self._log)

    async def end_connections(self, target_group: str, name: str) -> None:
        """Close all connections to a target.

        Args:
            target_group: The target group's ARN.
            name: The server's name.
        """
        if (backend(target_group), name) in self._servers.keys() | self._going:
            await self._command(f"shutdown sessions server {backend(target_group)}/{name}")

    async def connections_of(self, target_group: str, name: str) -> int:
        """Return the number of open connections to a target."""
        for line in (await self._command(f"show servers conn {backend(target_group)}")).splitlines():
            fields = line.split()
            if fields and fields[0] == f"{backend(target_group)}/{name}":
                return int(fields[6])  # used_cur
        return 0

    async def close(self) -> None:
        """Stop listening, and close all connections."""
        self._sockets.close()
        running = [*self._leaving, *([self._process] if self._process else [])]
        self._process, self._leaving = None, []
        for process in running:
            await self._surroundings.children.end(process, signal.SIGTERM, STOP_SECONDS)

    def _collect(self) -> None:
        """Forget the HAProxy processes that have ended."""
        for process in [one for one in self._leaving if one.poll() is not None]:
            self._leaving.remove(process)
            self._surroundings.children.forget(process)
        if self._process is not None and self._process.poll() is not None:
            self._surroundings.say(
                f"balancers: haproxy ended (exit status {self._process.returncode}), starting it again; "
                f"its log: {self._log}"
            )
            self._surroundings.children.forget(self._process)
            self._process = None

    def _text(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> str:
        listening = {port: one.fileno() for port, one in self._sockets.by_port.items()}
        return configuration(balancer, groups, listening, ADMIN, servers)

    async def _start(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> None:
        file = self._folder / "haproxy.cfg"
        write_whole(file, self._text(balancer, groups, servers))
        before = self._process
        takes_over = ["-sf", str(before.pid)] if before is not None else []
        with self._log.open("ab") as log:
            process = self._surroundings.children.start(
                [str(program()), "-db", "-f", str(file), *takes_over],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={"PATH": "/usr/bin:/bin"},
                pass_fds=[one.fileno() for one in self._sockets.by_port.values()],
            )
        try:
            await self._wait_until_ready(process)
        except BaseException:
            await self._surroundings.children.end(process, signal.SIGTERM, STOP_SECONDS)
            raise
        if before is not None:
            self._leaving.append(before)
        self._process = process
        self._servers = {(backend(arn), server.name): server for arn, group in servers.items() for server in group}
        self._going.clear()
        self._surroundings.say(f"balancers: {balancer.name} {'follows its listeners' if before else 'runs'}")

    async def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                if process.poll() is not None:
                    raise ToolchainError(f"haproxy does not start; its log: {self._log}")
                try:
                    if f"Pid: {process.pid}\n" in await self._command("show info"):
                        return
                except (OSError, EOFError):
                    pass
                await asyncio.sleep(POLL_SECONDS)

    async def _change(self, groups: Mapping[str, TargetGroup], servers: Servers) -> None:
        options = {backend(arn): f" {PROXY_PROTOCOL}" for arn, group in groups.items() if group.sends_proxy_protocol}
        wanted = {(backend(arn), server.name): server for arn, group in servers.items() for server in group}
        for key in self._servers.keys() - wanted.keys():
            await self._command(f"set server {_named(key)} state maint")
            self._going.add(key)
            del self._servers[key]
        for key, server in wanted.items():
            known = self._servers.get(key)
            if known is None:
                added = f"{ADDRESS}:{server.port} weight {server.weight}{options.get(key[0], '')}"
                await self._command(f"add server {_named(key)} {added}", "registered")
            elif server.weight != known.weight:
                await self._command(f"set server {_named(key)} weight {server.weight}")
            if server.is_ready != (known is not None and known.is_ready):
                await self._command(f"set server {_named(key)} state {'ready' if server.is_ready else 'maint'}")
            self._servers[key] = server
        for key in sorted(self._going):
            answer = await self._command(f"del server {_named(key)}")
            if "still has connections" not in answer:
                self._going.discard(key)

    async def _command(self, command: str, expected: str = "") -> str:
        async with asyncio.timeout(COMMAND_SECONDS):
            reader, writer = await _connect(self._folder)
            try:
                writer.write(f"{command}\n".encode())
                answer = (await reader.read()).decode(errors="replace").strip()
            finally:
                writer.close()
        if expected not in answer:
            raise ToolchainError(f"haproxy refused {command!r}: {answer}")
        return f"{answer}\n"


async def _connect(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the socket for commands. On Linux through a short path: an address has at most 107 bytes (unix(7))."""
    if sys.platform != "linux":
        return await asyncio.open_unix_connection(folder / ADMIN)
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        return await asyncio.open_unix_connection(f"/proc/self/fd/{descriptor}/{ADMIN}")
    finally:
        os.close(descriptor)


def _named(key: tuple[str, str]) -> str:
    return f"{key[0]}/{key[1]}"
