"""The option for TLS of the local stack: whether it is on, and where its certificate authority is."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from toolchain.files import private_folder

EDGE: Final = ("edge.localhost", 443)
"""The edge's listener with HTTPS, among the addresses that the data path serves."""


@dataclass(frozen=True)
class Tls:
    """The option, which is on for as long as its folder is there.

    The folder is beside the data path's, and not in it: the option outlives an emulator that has ended, and so does the
    authority, which browsers may have been told to trust.
    """

    folder: Path

    @classmethod
    def beside(cls, data_path: Path) -> Self:
        """The option of the stack whose data path has this folder."""
        return cls(data_path.with_name("tls"))

    @property
    def is_on(self) -> bool:
        """Whether the edge is to listen with HTTPS."""
        return self.folder.is_dir()

    @property
    def authority(self) -> Path:
        """The authority's certificate, for clients; the edge makes it."""
        return self.folder / "ca.pem"

    @property
    def how_to_trust(self) -> str:
        """A line for who opens the addresses."""
        return (
            f"Their certificates are signed by {self.authority}, which ends with the stack: `curl --cacert` takes it; "
            "docs/local-stack.md, TLS, says how a browser does"
        )

    def turn_on(self) -> None:
        """Let the edge listen with HTTPS from now on.

        Raises:
            ToolchainError: The folder is a link, no folder, or another user's.
        """
        private_folder(self.folder)

    def turn_off(self) -> None:
        """End it, and remove the authority."""
        if self.is_on:
            # In one step, so that an edge that is just writing into the folder does not keep it alive.
            going = self.folder.with_name(f"{self.folder.name}.removed")
            shutil.rmtree(going, ignore_errors=True)  # of a run that was killed here
            shutil.rmtree(self.folder.rename(going), ignore_errors=True)
