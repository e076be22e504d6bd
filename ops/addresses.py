"""Finds the addresses of a stack's site and API: their public URLs, or the local data path's edge for the local stack.

The edge is the part of the local data path that answers in place of CloudFront and API Gateway.
"""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ops.aws import StackSession
from ops.stack_outputs import ROOT
from toolchain.datapath.addresses import EDGE as HTTP_EDGE
from toolchain.datapath.addresses import read_addresses
from toolchain.datapath.tls import EDGE as TLS_EDGE
from toolchain.datapath.tls import Tls

EDGE: Final = "{}:{}".format(*HTTP_EDGE)
"""The edge's key among the addresses that the data path serves."""
DATA_PATH: Final = ROOT / ".platform" / "local" / "datapath"


@dataclass(frozen=True)
class Address:
    """The address of a site or an API.

    Attributes:
        url: The URL that browsers open.
        connect_to: Host and port on this machine to connect to; None to use DNS.
        host: The ``Host`` header.
        authority: File with the certificate authority of the local edge's HTTPS; None for HTTP, and for certificates
            that clients trust already.
    """

    url: str
    connect_to: tuple[str, int] | None
    host: str
    authority: Path | None = None

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """The value of httpx's argument `verify`.

        Raises:
            ValueError: The certificate authority's file cannot be read.
        """
        if self.authority is None:
            return True
        try:
            return ssl.create_default_context(cafile=str(self.authority))
        except OSError as error:
            raise ValueError(f"{self.authority}: {error.strerror or error}: run `make up` again") from error

    def request(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the URL of a path, and the headers that the request needs.

        Not every resolver knows names below .localhost (RFC 6761 only recommends it), so requests to the edge use its
        IP address.

        Args:
            path: With a leading ``/``.
        """
        if self.connect_to is None:
            return f"{self.url.rstrip('/')}{path}", {}
        parts = urlsplit(self.url)
        base = f"{parts.scheme}://{self.connect_to[0]}:{self.connect_to[1]}"
        return f"{base}{parts.path.rstrip('/')}{path}", {"Host": self.host}

    def beside(self, host: str) -> "Address":
        """Return the address of another host name at the local edge.

        Args:
            host: The host name in AWS.

        Raises:
            ValueError: This address is not at the local edge.
        """
        if self.connect_to is None:
            raise ValueError(f"{self.url} is not at an edge of this machine")
        local = f"{host}.localhost:{self.connect_to[1]}"
        return replace(self, url=f"{urlsplit(self.url).scheme}://{local}", host=local)


def path_on_site(site_url: str, api_url: str) -> str | None:
    """Return the path of the API on the site; None for an API with a host name of its own.

    Args:
        site_url: The site's URL in the stack's outputs, such as ``https://app.example.com``.
        api_url: The API's URL in the stack's outputs, such as ``https://app.example.com/api``.
    """
    site, api = urlsplit(site_url), urlsplit(api_url)
    path = api.path.rstrip("/")
    return path if path and (site.scheme, site.netloc) == (api.scheme, api.netloc) else None


def served(folder: Path = DATA_PATH) -> dict[str, str]:
    """Return the addresses that the local data path serves: host and port in AWS -> host and port on this machine.

    Args:
        folder: The data path's folder.

    Raises:
        ValueError: The data path is not running.
    """
    if not folder.is_dir():
        raise ValueError(f"the local data path does not run ({folder.name} is not there): `make up`")
    return read_addresses(folder)


def address_of(session: StackSession, url: str, folder: Path = DATA_PATH) -> Address:
    """Return the address to use for a URL of a stack.

    Args:
        session: The stack's outputs and its access to AWS.
        url: The URL in the stack's outputs, such as ``https://app.example.com``.
        folder: The data path's folder.

    Raises:
        ValueError: The local data path is not running, or has no edge yet.
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
