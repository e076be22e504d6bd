"""Where a stack's site and API answer: their names in AWS, or the local data path's edge for the local stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ops.aws import StackSession
from ops.stack_outputs import ROOT
from toolchain.datapath.addresses import read_addresses

EDGE: Final = "edge.localhost:80"
"""The edge, among the addresses that the data path serves."""
DATA_PATH: Final = ROOT / ".platform" / "local" / "datapath"


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


def path_on_site(site_url: str, api_url: str) -> str | None:
    """The path of a site below which its API answers; None for an API with an address of its own.

    Args:
        site_url: As the stack exports it, such as ``https://app.example.com``.
        api_url: The same of the API, such as ``https://app.example.com/api``.
    """
    site, api = urlsplit(site_url), urlsplit(api_url)
    path = api.path.rstrip("/")
    return path if path and (site.scheme, site.netloc) == (api.scheme, api.netloc) else None


def served(folder: Path = DATA_PATH) -> dict[str, str]:
    """What the local data path serves: host and port in AWS -> host and port of this machine.

    Args:
        folder: The data path's.

    Raises:
        ValueError: The data path does not run.
    """
    if not folder.is_dir():
        raise ValueError(f"the local data path does not run ({folder.name} is not there): `make up`")
    return read_addresses(folder)


def address_of(session: StackSession, url: str, folder: Path = DATA_PATH) -> Address:
    """Where something of a stack answers.

    Args:
        session: The way to the stack.
        url: As the stack exports it, such as ``https://app.example.com``.
        folder: The data path's.

    Raises:
        ValueError: The local data path does not run.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not session.is_local:
        return Address(url, None, parts.netloc)
    edge = served(folder).get(EDGE)
    if edge is None:
        raise ValueError("the local data path has no edge yet: wait a moment, or look at .platform/local/datapath.log")
    name, _, port = edge.rpartition(":")
    local = f"{host}.localhost:{port}"
    return Address(f"http://{local}{parts.path}", (name, int(port)), local)
