"""Who plays the endpoints of a service of AWS."""

from typing import Protocol

from toolchain.datapath.edge.messages import Handler


class Endpoint(Handler, Protocol):
    """Plays the endpoints of a service of AWS, such as all distributions or all APIs."""

    def hosts(self) -> frozenset[str]:
        """The names of its endpoints that are served now, such as ``d111.cloudfront.net``, in lower case."""
        ...
