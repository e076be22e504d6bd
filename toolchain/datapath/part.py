"""What the parts of the data path have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane


@dataclass(frozen=True)
class Surroundings:
    """What a part works with."""

    control_plane: ControlPlane
    addresses: Addresses
    children: Children
    """Starts the part's programs, and finds those of a data path that was killed."""
    folder: Path
    """Private to the data path; each part makes a folder of its own name in it. It ends with the stack."""
    say: Callable[[str], None]
    """Writes a line into the data path's log."""


class Part(Protocol):
    """A part of the data path. It is asked again and again to make itself what the emulator holds."""

    name: str

    async def converge(self) -> None:
        """Compare with the emulator, once, and do what is due.

        Must return soon: what takes long goes on in a task of the part's own. What it raises is logged, and the part
        is asked again.
        """
        ...

    async def close(self) -> None:
        """End what the part runs."""
        ...
