"""The interface of the parts that serve endpoints of an AWS service."""

from typing import Protocol

from toolchain.datapath.edge.messages import Handler


class Endpoint(Handler, Protocol):
    """A part that serves all endpoints of an AWS service, such as all distributions or all APIs."""

    def hosts(self) -> frozenset[str]:
        """Return the DNS names that it serves now, such as ``d111.cloudfront.net``, in lower case."""
        ...
