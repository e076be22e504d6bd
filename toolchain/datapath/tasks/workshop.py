"""The objects that all tasks share, and how a task's record names its network interface."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolchain.datapath.part import Surroundings
from toolchain.datapath.tasks.metadata import MetadataServer
from toolchain.datapath.tasks.outbox import Outbox
from toolchain.datapath.tasks.ports import Ports
from toolchain.system.files import private_folder


@dataclass
class Workshop:
    """The objects that the tasks of a data path share: outbox, metadata server, ports, folders."""

    surroundings: Surroundings
    outbox: Outbox
    metadata: MetadataServer
    ports: Ports = field(default_factory=Ports)
    zones: dict[str, str] = field(default_factory=dict[str, str])
    """Subnet id -> availability zone. Cached, because a subnet's zone never changes."""
    _admitted: set[int] = field(default_factory=set[int])

    @property
    def folder(self) -> Path:
        """The part's own folder."""
        return private_folder(self.surroundings.folder / "tasks")

    def say(self, line: str) -> None:
        """Write a line into the data path's log."""
        self.surroundings.say(f"tasks: {line}")

    async def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation of the emulator."""
        return await self.surroundings.control_plane.call(service, operation, **arguments)

    async def admit(self, user: int) -> None:
        """Allow a user's processes to call the emulator.

        Args:
            user: The user's number (uid).
        """
        if user not in self._admitted:
            await self.surroundings.control_plane.report("task-users", {"users": [user]})
            self._admitted.add(user)

    def scratch(self, task_id: str) -> Path:
        """Return a task's writable folder; make it if it does not exist."""
        return private_folder(self.folder / task_id)

    def clear(self, task_id: str) -> None:
        """Remove a task's writable folder."""
        shutil.rmtree(self.folder / task_id, ignore_errors=True)


def private_address(task: Mapping[str, Any]) -> str:
    """Return the private IPv4 address of a task; empty if it has no network interface of its own."""
    return _detail(task, "privateIPv4Address")


def interface_of(task: Mapping[str, Any]) -> str:
    """Return the id of a task's network interface; empty if it has none."""
    return _detail(task, "networkInterfaceId")


def _detail(task: Mapping[str, Any], name: str) -> str:
    for attachment in task.get("attachments", ()):
        for item in attachment["details"]:
            if item["name"] == name:
                return item["value"]
    return ""
