"""The listeners of a store, and the addresses in AWS that they stand for."""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.listening import noted_port
from toolchain.datapath.stores.front import Front, Way
from toolchain.datapath.stores.plan import Endpoint
from toolchain.files import write_whole


class Ports:
    """Opens a listener for each way of being reached, and says which endpoints it serves.

    Args:
        folder: The store's; the ports are noted there, so that the next data path takes the same.
        addresses: Where endpoints are said.
        context: For TLS.
        behind: Tells the store's own port.
    """

    def __init__(
        self, folder: Path, addresses: Addresses, context: ssl.SSLContext, behind: Callable[[], int | None]
    ) -> None:
        self._folder = folder
        self._addresses = addresses
        self._context = context
        self._behind = behind
        self._fronts: dict[str, Front] = {}
        self._served: dict[Endpoint, int] = {}

    def serve(self, wanted: Mapping[str, tuple[Way, tuple[Endpoint, ...]]]) -> None:
        """Serve these endpoints, and no others.

        Args:
            wanted: By a name that stays: how clients are listened to, and the endpoints.
        """
        served: dict[Endpoint, int] = {}
        for name, (way, endpoints) in wanted.items():
            front = self._fronts.get(name)
            if front is None:
                front = self._fronts[name] = Front(way, self._context, self._behind)
                file = self._folder / f"{name}.port"
                front.open(noted_port(file))
                write_whole(file, str(front.port))
            front.way = way
            served |= dict.fromkeys(endpoints, front.port)
        self._say(served)

    async def close(self) -> None:
        """Serve nothing any more."""
        self._say({})
        for front in self._fronts.values():
            await front.close()
        self._fronts.clear()

    def _say(self, served: dict[Endpoint, int]) -> None:
        for host, port in self._served.keys() - served.keys():
            self._addresses.withdraw(host, port)
        for (host, port), local in served.items():
            self._addresses.serve(host, port, local)
        self._served = served
