"""Runs Redis in place of a cache of ElastiCache."""

import asyncio
import hashlib
import secrets
import shutil
import signal
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from toolchain.datapath.children import POLL_SECONDS, bound_log
from toolchain.datapath.part import Surroundings
from toolchain.datapath.ports import free_port
from toolchain.datapath.stores import programs
from toolchain.datapath.stores.front import Way
from toolchain.datapath.stores.plan import REDIS_PARAMETERS, Cache, taken
from toolchain.datapath.stores.ports import Ports
from toolchain.datapath.stores.reading import read_cache_parameters, read_tokens
from toolchain.errors import ToolchainError
from toolchain.system.files import private_folder, write_whole

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
COMMAND_SECONDS: Final = 5.0
ADMINISTRATOR: Final = "local-data-path"
"""Redis user with which the data path changes the tokens."""
SETTINGS: Final = {
    "bind": "127.0.0.1",
    "daemonize": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "volatile-lru",  # ElastiCache's default
    # Redis saves its data when it is asked to end, so that a new data path finds it. A killed server loses its data,
    # as a node does.
    "save": "3600 1",
}
COMMANDS: Final = (
    "+@all -acl +acl|cat +acl|genpass +acl|getuser +acl|list +acl|users +acl|whoami -bgrewriteaof -bgsave -config "
    "-debug -migrate -module -psync -replicaof -save -shutdown -slaveof -sync"
)
"""Redis's rules of allowed commands: all except the commands that ElastiCache refuses (Amazon ElastiCache User Guide,
"Supported and restricted commands")."""


class Redis:
    """A server with the data of one cache.

    Args:
        surroundings: Objects that all parts in this process share.
        folder: The server's folder.
        context: TLS context of the listener.
    """

    def __init__(self, surroundings: Surroundings, folder: Path, context: ssl.SSLContext) -> None:
        self._surroundings = surroundings
        self._folder = folder
        self._log = folder / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._parameters: dict[str, str] | None = None
        self._tokens: tuple[str, ...] | None = None
        self._password = secrets.token_urlsafe(32)
        self._ports = Ports(folder, surroundings.addresses, context, lambda: self._port)

    async def converge(self, cache: Cache) -> None:
        """Run one reconciliation: start Redis if it does not run, set the cache's tokens, and serve its endpoints.

        Raises:
            ToolchainError: Redis does not start.
        """
        if self._process is not None and self._process.poll() is not None:
            self._surroundings.say(
                f"stores: Redis of {cache.identifier} ended (exit status {self._process.returncode}), starting it again"
            )
            self._surroundings.children.forget(self._process)
            self._process = self._port = None
        if self._process is None:
            await self._start(cache)
        await self._follow_tokens(cache)
        self._ports.serve({"cache": (Way(cache.encryption), cache.endpoints)})
        bound_log(self._log)

    async def stop(self) -> None:
        """End the server; its data stays."""
        await self._ports.close()
        self._port = None
        process, self._process = self._process, None
        if process is not None:
            await self._surroundings.children.end(process, signal.SIGTERM, STOP_SECONDS)

    async def _start(self, cache: Cache) -> None:
        control_plane = self._surroundings.control_plane
        if self._parameters is None:
            self._parameters = await read_cache_parameters(control_plane, cache.parameter_group)
        if self._tokens is None:
            self._tokens = await read_tokens(control_plane, cache)
        self._make_for(cache)
        port = free_port()
        configuration = self._folder / "redis.conf"
        settings = SETTINGS | {"port": str(port)} | taken(self._parameters, REDIS_PARAMETERS)
        write_whole(configuration, self._configuration(settings, self._tokens))
        with self._log.open("ab") as log:
            process = self._surroundings.children.start(
                [programs.redis_program(), str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={"PATH": "/usr/bin:/bin", "TZ": "UTC"},
            )
        try:
            await self._wait_until_ready(process, port)
        except BaseException:
            await self._surroundings.children.end(process, signal.SIGTERM, STOP_SECONDS)
            raise
        self._process, self._port = process, port
        self._surroundings.say(f"stores: Redis of {cache.identifier} runs, data in {self._folder}")

    def _make_for(self, cache: Cache) -> None:
        """Make the folder; if it belongs to an earlier cache of the same name, remove the old data first."""
        mark = self._folder / "created"
        if not mark.exists() or mark.read_text(encoding="utf-8") != cache.created:
            shutil.rmtree(self._folder, ignore_errors=True)
            private_folder(self._folder)
            write_whole(mark, cache.created)

    def _configuration(self, settings: dict[str, str], tokens: Sequence[str]) -> str:
        lines = [f"{name} {value}" for name, value in settings.items() if value]
        lines.append(f"user {ADMINISTRATOR} on #{_hash(self._password)} ~* &* +@all")
        lines.append(f"user default {' '.join(_rights(tokens))}")
        return "\n".join(lines) + "\n"

    async def _wait_until_ready(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    await self._command(port, "PING")
                except (OSError, ToolchainError, EOFError, TimeoutError):
                    if process.poll() is not None:
                        raise ToolchainError(f"Redis does not start; its log: {self._log}") from None
                    await asyncio.sleep(POLL_SECONDS)
                else:
                    return

    async def _follow_tokens(self, cache: Cache) -> None:
        tokens = await read_tokens(self._surroundings.control_plane, cache)
        if tokens != self._tokens and self._port is not None:
            await self._command(self._port, "ACL", "SETUSER", "default", "reset", *_rights(tokens))
            self._surroundings.say(f"stores: {cache.identifier} takes other tokens now")
            self._tokens = tokens

    async def _command(self, port: int, *words: str) -> None:
        """Send a command whose response is one line.

        Raises:
            ToolchainError: Redis refused the command.
        """
        async with asyncio.timeout(COMMAND_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for command in (("AUTH", ADMINISTRATOR, self._password), words):
                    writer.write(_encoded(command))
                    line = await reader.readuntil(b"\r\n")
                    if not line.startswith(b"+"):
                        raise ToolchainError(f"Redis refused {command[0]}: {line.decode(errors='replace').strip()}")
            finally:
                writer.close()


def _rights(tokens: Sequence[str]) -> list[str]:
    logins = [f"#{_hash(token)}" for token in tokens] or ["nopass"]
    return ["on", *logins, "~*", "&*", *COMMANDS.split()]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _encoded(words: Sequence[str]) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts += [f"${len(data)}\r\n".encode(), data, b"\r\n"]
    return b"".join(parts)
