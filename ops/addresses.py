"""Where a stack's site and API answer: their names in AWS, or the local data path's edge for the local stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ops.aws import StackSession
from ops.stack_outputs import ROOT

EDGE: Final = "edge.localhost:80"
"""The edge, in the data path's file of addresses."""
ADDRESSES_FILE: Final = ROOT / ".platform" / "local" / "datapath" / "addresses.json"


@dataclass(frozen=True)
class Address:
    """Where something answers.

    Attributes:
        url: What browsers open.
        connect_to: Host and port that a client of this machine connects to; None for what DNS says.
        host: The ``Host`` header.
    """

    url: str
    connect_to: tuple[str, int] | None
    host: str

    def request(self, path: str) -> tuple[str, dict[str, str]]:
        """The address to ask for a path, and the headers that this needs.

        Not every resolver knows names below .localhost (RFC 6761 asks only that they do), so the edge is asked by its
        address.

        Args:
            path: With a leading ``/``.
        """
        if self.connect_to is None:
            return f"{self.url.rstrip('/')}{path}", {}
        prefix = urlsplit(self.url).path.rstrip("/")
        return f"http://{self.connect_to[0]}:{self.connect_to[1]}{prefix}{path}", {"Host": self.host}


def served(file: Path = ADDRESSES_FILE) -> dict[str, str]:
    """What the local data path serves: host and port in AWS -> host and port of this machine.

    Args:
        file: Where it says so.

    Raises:
        ValueError: The data path does not run, or has not said it yet.
    """
    try:
        addresses: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"the local data path does not run ({file.name} is not there): `make up`") from error
    return {str(key): str(value) for key, value in addresses.items()}


def address_of(session: StackSession, url: str, file: Path = ADDRESSES_FILE) -> Address:
    """Where something of a stack answers.

    Args:
        session: The way to the stack.
        url: As the stack exports it, such as ``https://app.example.com``.
        file: The data path's file of addresses.

    Raises:
        ValueError: The local data path does not run.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not session.is_local:
        return Address(url, None, parts.netloc)
    edge = served(file).get(EDGE)
    if edge is None:
        raise ValueError("the local data path has no edge yet: wait a moment, or look at .platform/local/datapath.log")
    name, _, port = edge.rpartition(":")
    local = f"{host}.localhost:{port}"
    return Address(f"http://{local}{parts.path}", (name, int(port)), local)
