"""The part of the data path that runs PostgreSQL and Redis."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings
from toolchain.datapath.stores.certificates import Certificates
from toolchain.datapath.stores.plan import Cache, Database, Plan, folder_of
from toolchain.datapath.stores.postgres import Postgres
from toolchain.datapath.stores.reading import read_plan
from toolchain.datapath.stores.redis import Redis
from toolchain.system.files import private_folder

LOOK_SECONDS: Final = 1.0
"""Interval at which the emulator is read. Servers that have ended are noticed sooner, in each reconciliation."""


class Stores:
    """Runs a server for each database and cache in the emulator."""

    name = "stores"

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._folder = surroundings.folder / "stores"
        self._certificates = Certificates(self._folder)
        self._keepers: dict[str, _Keeper] = {}
        self._remarks = Remarks(surroundings.say)
        self._next_look = 0.0

    async def converge(self) -> None:
        """Run one reconciliation of each server, after reading the emulator if `LOOK_SECONDS` are over."""
        for keeper in self._keepers.values():
            keeper.go_on()
        if time.monotonic() < self._next_look:
            return
        plan = await read_plan(self._surroundings.control_plane)
        self._next_look = time.monotonic() + LOOK_SECONDS
        if plan.databases or plan.caches:
            private_folder(self._folder)
            await asyncio.to_thread(self._certificates.ensure)
        for store in (*plan.databases, *plan.caches):
            self._keeper(store).follow(store)
        await self._let_go(plan)
        self._remarks.tell(f"stores: {line}" for line in plan.unplayed)

    async def close(self) -> None:
        """End the servers. Their data stays until the data path's folder is removed."""
        await asyncio.gather(*(keeper.end() for keeper in self._keepers.values()))
        self._keepers.clear()

    def _keeper(self, store: Database | Cache) -> "_Keeper":
        name = folder_of(store)
        if name not in self._keepers:
            make = Postgres if isinstance(store, Database) else Redis
            server = make(self._surroundings, self._folder / name, self._certificates.server_context())
            self._keepers[name] = _Keeper(server, store, self._surroundings)
        return self._keepers[name]

    async def _let_go(self, plan: Plan) -> None:
        """End the servers of stopped instances and caches, and remove the data of deleted ones."""
        running = {folder_of(store) for store in (*plan.databases, *plan.caches)}
        for name in self._keepers.keys() - running:
            await self._keepers.pop(name).end()
            self._surroundings.say(f"stores: {name} is ended")
        if self._folder.is_dir():
            for folder in await asyncio.to_thread(_folders, self._folder):
                if folder.name not in plan.kept:
                    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
                    self._surroundings.say(f"stores: {folder.name} is deleted, and its data removed")


class _Keeper:
    """Reconciles a server with its database or cache, in its own asyncio task: servers do not delay each other."""

    def __init__(self, server: Postgres | Redis, store: Database | Cache, surroundings: Surroundings) -> None:
        self._server = server
        self._store = store
        self._surroundings = surroundings
        self._step: asyncio.Task[None] | None = None
        self._told = ""

    def follow(self, store: Database | Cache) -> None:
        self._store = store
        self.go_on()

    def go_on(self) -> None:
        if self._step is None or self._step.done():
            self._step = asyncio.create_task(self._converge())

    async def end(self) -> None:
        if self._step is not None:
            self._step.cancel()
            with suppress(asyncio.CancelledError):
                await self._step
        await self._server.stop()

    async def _converge(self) -> None:
        try:
            if isinstance(self._server, Postgres):
                await self._server.converge(cast("Database", self._store))
            else:
                await self._server.converge(cast("Cache", self._store))
        except Exception as error:  # noqa: BLE001 - it is retried, and the other servers must continue
            told = f"{type(error).__name__}: {error}"
            if told != self._told:
                self._surroundings.say(f"stores: {self._store.identifier}: {told}")
            self._told = told
        else:
            self._told = ""


def _folders(folder: Path) -> list[Path]:
    return [child for child in folder.iterdir() if child.is_dir()]
