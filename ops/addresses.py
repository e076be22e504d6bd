"""Where a stack's site and API answer: their names in AWS, or the local data path's edge for the local stack."""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ops.aws import StackSession
from ops.stack_outputs import ROOT
from toolchain.datapath.addresses import read_addresses
from toolchain.datapath.tls import EDGE as TLS_EDGE
from toolchain.datapath.tls import Tls

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
        authority: The file with the certificate authority of an address of this machine with HTTPS; None for those that
            clients trust already.
    """

    url: str
    connect_to: tuple[str, int] | None
    host: str
    authority: Path | None = None

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """What httpx verifies the certificate by.

        Raises:
            ValueError: The authority is gone.
        """
        if self.authority is None:
            return True
        try:
            return ssl.create_default_context(cafile=str(self.authority))
        except OSError as error:
            raise ValueError(f"{self.authority}: {error.strerror or error}: run `make up` again") from error

    def request(self, path: str) -> tuple[str, dict[str, str]]:
        """The address to ask for a path, and the headers that this needs.

        Not every resolver knows names below .localhost (RFC 6761 asks only that they do), so the edge is asked by its
        address.

        Args:
            path: With a leading ``/``.
        """
        if self.connect_to is None:
            return f"{self.url.rstrip('/')}{path}", {}
        parts = urlsplit(self.url)
        base = f"{parts.scheme}://{self.connect_to[0]}:{self.connect_to[1]}"
        return f"{base}{parts.path.rstrip('/')}{path}", {"Host": self.host}

    def beside(self, host: str) -> "Address":
        """Where the local edge would answer for another name.

        Args:
            host: A name in AWS.

        Raises:
            ValueError: The address is one in AWS.
        """
        if self.connect_to is None:
            raise ValueError(f"{self.url} is not at an edge of this machine")
        local = f"{host}.localhost:{self.connect_to[1]}"
        return replace(self, url=f"{urlsplit(self.url).scheme}://{local}", host=local)


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
    tls = Tls.beside(folder)
    scheme, authority = ("https", tls.authority) if tls.is_on else ("http", None)
    edge = served(folder).get(f"{TLS_EDGE[0]}:{TLS_EDGE[1]}" if tls.is_on else EDGE)
    if edge is None:
        what = "edge with HTTPS" if tls.is_on else "edge"
        log = ".platform/local/datapath.log"
        raise ValueError(f"the local data path has no {what} yet: wait a moment, or look at {log}")
    name, _, port = edge.rpartition(":")
    local = f"{host}.localhost:{port}"
    return Address(f"{scheme}://{local}{parts.path}", (name, int(port)), local, authority)
