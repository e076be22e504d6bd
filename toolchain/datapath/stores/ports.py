"""Opens the listeners of a database or cache, and lists their addresses in AWS as served."""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.listening import noted_port
from toolchain.datapath.stores.front import Front, Way
from toolchain.datapath.stores.plan import Endpoint
from toolchain.system.files import write_whole


class Ports:
    """The listeners of one database or cache: one for each way in which clients connect.

    Args:
        folder: The database's or cache's folder. The ports are stored there, so that the next data path uses the same.
        addresses: Addresses that the data path serves, to which the endpoints are added.
        context: TLS context of the listeners.
        behind: Function that returns the server's own port; None while it does not run.
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
        """Serve the given endpoints, and stop serving all others.

        Args:
            wanted: Fixed name of a listener -> how it accepts clients, and its endpoints.
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
        """Stop serving, and close all listeners."""
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
