"""The local stack's TLS option: whether it is on, and the path of its certificate authority."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from toolchain.system.files import private_folder

EDGE: Final = ("edge.localhost", 443)
"""Host and port under which the edge's HTTPS listener is listed among the addresses that the data path serves."""


@dataclass(frozen=True)
class Tls:
    """The TLS option. It is on while its folder exists.

    The folder is beside the data path's folder, not inside it: so the option and the authority, which a browser may
    already trust, outlive an emulator that has ended.
    """

    folder: Path

    @classmethod
    def beside(cls, data_path: Path) -> Self:
        """Return the option of the stack whose data path has this folder."""
        return cls(data_path.with_name("tls"))

    @property
    def is_on(self) -> bool:
        """Whether the edge should listen with HTTPS."""
        return self.folder.is_dir()

    @property
    def authority(self) -> Path:
        """Path of the authority's certificate, for clients; the edge makes the file."""
        return self.folder / "ca.pem"

    @property
    def how_to_trust(self) -> str:
        """A line for users that says how to trust the certificates."""
        return (
            f"Their certificates are signed by {self.authority}, which ends with the stack: `curl --cacert` takes it; "
            "docs/local-stack.md, TLS, says how a browser does"
        )

    def turn_on(self) -> None:
        """Turn the option on: the edge then also listens with HTTPS.

        Raises:
            ToolchainError: The folder is a link, no folder, or another user's.
        """
        private_folder(self.folder)

    def turn_off(self) -> None:
        """Turn the option off, and remove the authority."""
        if self.is_on:
            # Rename first: an edge that is just writing into the folder could otherwise keep it in place.
            going = self.folder.with_name(f"{self.folder.name}.removed")
            shutil.rmtree(going, ignore_errors=True)  # left by a run that was killed at this point
            shutil.rmtree(self.folder.rename(going), ignore_errors=True)
