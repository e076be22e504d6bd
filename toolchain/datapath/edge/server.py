"""The edge: the servers to which a browser on this machine connects."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import httpx

from toolchain.datapath.addresses import EDGE
from toolchain.datapath.edge.dns import Zone, names_in, read_zones, resolve
from toolchain.datapath.edge.endpoints import Endpoint
from toolchain.datapath.edge.forwarding import AnswerTooLargeError, Forwarder, LoadBalancers, internet_facing
from toolchain.datapath.edge.listener import Listener
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.names import Names, Scheme, aws_headers, local_headers
from toolchain.datapath.edge.pages import names_page
from toolchain.datapath.edge.s3 import BODY_LIMIT_BYTES as STORAGE_BODY_LIMIT_BYTES
from toolchain.datapath.edge.s3 import PublicStorage
from toolchain.datapath.edge.secure_listener import SecureListener
from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings
from toolchain.datapath.tls import EDGE as TLS_ADDRESS
from toolchain.datapath.tls import Tls
from toolchain.system.files import private_folder, write_whole

FIRST_PORT = 8400
FIRST_STORAGE_PORT = 8600
"""First port for Amazon S3, after all ports that the listener for HTTP tries."""
ZONES_SECONDS = 2.0
"""Interval at which the hosted zones and the internet-facing load balancers are read."""


class Edge:
    """Listens for requests, resolves their host to an endpoint, and returns the endpoint's response.

    Args:
        surroundings: Objects that all parts in this process share.
        handlers: Parts that serve the endpoints of AWS services.
        tls: The TLS option; None if HTTPS is never served.
    """

    name = "edge"

    def __init__(self, surroundings: Surroundings, handlers: Sequence[Endpoint] = (), tls: Tls | None = None) -> None:
        self._surroundings = surroundings
        self._handlers = tuple(handlers)
        self._folder = surroundings.folder / "edge"
        self._forwarder = Forwarder()
        self._balancers = LoadBalancers(surroundings.addresses, self._forwarder)
        self._storage = PublicStorage(surroundings.control_plane)
        self._listener = Listener(partial(self._answered, Scheme.HTTP), surroundings.say)
        self._secure = SecureListener(tls, partial(self._answered, Scheme.HTTPS), surroundings.say) if tls else None
        self._storage_listener = Listener(self._answered_by_storage, surroundings.say, STORAGE_BODY_LIMIT_BYTES)
        self._names = Names(FIRST_PORT, FIRST_STORAGE_PORT, region=surroundings.control_plane.region)
        self._tls_port: int | None = None
        self._zones: tuple[Zone, ...] = ()
        self._zones_read_at = float("-inf")
        self._remarks = Remarks(surroundings.say)
        self._internet_facing: frozenset[str] = frozenset()

    @property
    def names(self) -> Names:
        """The served names and the current ports."""
        return replace(self._names, tls_port=self._secure.port if self._secure else None)

    async def converge(self) -> None:
        """Run one reconciliation: start the listeners, and read the hosted zones from the emulator."""
        await self._listen()
        if time.monotonic() - self._zones_read_at >= ZONES_SECONDS:
            self._zones = await read_zones(self._surroundings.control_plane)
            self._remarks.tell(f"edge: {sentence}" for zone in self._zones for sentence in zone.unplayed)
            self._internet_facing = await internet_facing(self._surroundings.control_plane)
            self._zones_read_at = time.monotonic()
        self._names = replace(self._names, served=names_in(self._zones, self._owned()))
        await self._listen_with_tls()  # last, so that its errors do not stop the other steps

    async def close(self) -> None:
        """Stop listening."""
        await asyncio.gather(*(each.close() for each in (self._listener, self._storage_listener, self._secure) if each))
        await asyncio.gather(self._forwarder.close(), self._storage.close())

    async def _listen(self) -> None:
        if self._listener.is_running and self._storage_listener.is_running:
            return
        private_folder(self._folder)
        noted = self._noted_ports()
        edge_port = await _opened(self._listener, noted.get("edge"), FIRST_PORT)
        storage_port = await _opened(self._storage_listener, noted.get("s3"), FIRST_STORAGE_PORT)
        self._note_ports({"edge": edge_port, "s3": storage_port})
        self._names = replace(self._names, edge_port=edge_port, storage_port=storage_port)
        region = self._surroundings.control_plane.region
        self._surroundings.addresses.serve(*EDGE, edge_port)
        self._surroundings.addresses.serve(f"s3.{region}.amazonaws.com", 443, storage_port)
        self._surroundings.say(f"edge: listens at http://127.0.0.1:{edge_port}, and as Amazon S3 at {storage_port}")

    async def _listen_with_tls(self) -> None:
        if self._secure is None:
            return
        port = await self._secure.converge(lambda: self._noted_ports().get("edge_tls"))
        if port == self._tls_port:
            return
        self._tls_port = port
        if port is None:
            self._surroundings.addresses.withdraw(*TLS_ADDRESS)
            self._surroundings.say("edge: ends HTTPS")
            return
        self._note_ports({"edge_tls": port})
        self._surroundings.addresses.serve(*TLS_ADDRESS, port)
        self._surroundings.say(f"edge: listens at https://127.0.0.1:{port}")

    def _noted_ports(self) -> dict[str, int]:
        with suppress(OSError, ValueError, AttributeError):
            ports = json.loads((self._folder / "ports.json").read_text(encoding="utf-8"))
            return {str(name): int(port) for name, port in ports.items()}
        return {}

    def _note_ports(self, ports: dict[str, int]) -> None:
        write_whole(self._folder / "ports.json", json.dumps(self._noted_ports() | ports))

    def _owned(self) -> frozenset[str]:
        return frozenset[str]().union(*(handler.hosts() for handler in self._handlers))

    async def _answered(self, scheme: Scheme, asked: Request) -> Response:
        names = self.names.seen_by(scheme)
        host = names.aws_host(asked.host)
        if host is None:
            return names_page(names, names.served)
        request = replace(asked, host=host, headers=aws_headers(asked.headers, names))
        response = await self._answered_in_aws(request)
        if response is None:
            return names_page(names, names.served, unknown=host)
        return replace(response, headers=local_headers(response.headers, names, asked.headers))

    async def _answered_in_aws(self, request: Request) -> Response | None:
        reachable = self._owned() | (self._internet_facing & self._surroundings.addresses.hosts())
        target = resolve(request.host, self._zones, reachable)
        if target is None:
            return None
        for handler in self._handlers:
            if target in handler.hosts():
                return await handler.answer(request)
        try:
            return await self._balancers.answer(target, request)
        except (httpx.HTTPError, AnswerTooLargeError) as error:
            return Response(502, (("Content-Type", "text/plain"),), f"{target} does not answer: {error}\n".encode())

    async def _answered_by_storage(self, asked: Request) -> Response:
        names = self.names.seen_from(asked.header("origin"))
        response = await self._storage.answer(replace(asked, headers=aws_headers(asked.headers, names)))
        return replace(response, headers=local_headers(response.headers, names, asked.headers))


async def _opened(listener: Listener, remembered: int | None, first_port: int) -> int:
    if listener.port is not None:
        return listener.port
    return await listener.open(remembered or first_port)
