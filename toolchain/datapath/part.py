"""The interface of the data path's parts, and the objects that the parts share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane


@dataclass(frozen=True)
class Surroundings:
    """The objects that all parts in one process share."""

    control_plane: ControlPlane
    addresses: Addresses
    children: Children
    """Starts the part's programs, and finds the programs that a killed data path has left running."""
    folder: Path
    """The data path's private folder; each part makes a folder in it. It is removed with the stack."""
    say: Callable[[str], None]
    """Writes a line into the data path's log."""


class Part(Protocol):
    """A part of the data path. It is called again and again to make its state match the emulator's."""

    name: str

    async def converge(self) -> None:
        """Run one reconciliation: read the wanted state from the emulator, and make the part match it.

        It must return soon: long work continues in an asyncio task of the part. An exception is logged, and the part
        is called again.
        """
        ...

    async def close(self) -> None:
        """End everything that the part runs."""
        ...
