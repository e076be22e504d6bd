"""The part of the data path that replaces Amazon CloudFront."""

import time
from collections.abc import Sequence

from toolchain.datapath.edge.cloudfront.cache import Cache
from toolchain.datapath.edge.cloudfront.errors import error
from toolchain.datapath.edge.cloudfront.model import Distribution
from toolchain.datapath.edge.cloudfront.objects import Objects
from toolchain.datapath.edge.cloudfront.origins import Origins
from toolchain.datapath.edge.cloudfront.reading import read_distributions, read_functions
from toolchain.datapath.edge.cloudfront.serving import Firewall, Serving
from toolchain.datapath.edge.endpoints import Endpoint
from toolchain.datapath.edge.forwarding import Forwarder, LoadBalancers
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings

READ_SECONDS = 2.0
"""Interval at which the distributions are read."""
REPORT_SECONDS = 10.0
"""Maximum interval between two reports to the emulator that this data path handles invalidations."""


class CloudFront:
    """Serves all distributions.

    Args:
        surroundings: Objects that all parts in this process share.
        others: Other parts whose endpoints can be custom origins, such as API Gateway.
        firewall: Evaluates web ACLs; None to ignore them.
    """

    name = "cloudfront"

    def __init__(
        self, surroundings: Surroundings, others: Sequence[Endpoint] = (), firewall: Firewall | None = None
    ) -> None:
        self._control_plane = surroundings.control_plane
        self._say = surroundings.say
        self._forwarder = Forwarder()
        origins = Origins(self._control_plane, others, LoadBalancers(surroundings.addresses, self._forwarder))
        self._cache = Cache()
        self._functions: dict[str, str] = {}
        self._serving = Serving(Objects(origins, self._cache), self._functions, firewall)
        self._distributions: tuple[Distribution, ...] = ()
        self._read_at = float("-inf")
        self._reported_at = float("-inf")
        self._remarks = Remarks(self._say)

    def hosts(self) -> frozenset[str]:
        """Return the CloudFront domain names of the enabled distributions."""
        return frozenset(one.domain_name for one in self._distributions if one.enabled)

    async def answer(self, request: Request) -> Response:
        """Answer for the distribution that has the request's host as a name; 403 if there is none."""
        named = (one for one in self._distributions if one.enabled and one.is_named(request.host))
        # An exact alias takes precedence over an alias with an asterisk.
        found = min(named, key=lambda one: request.host not in {one.domain_name, *one.aliases}, default=None)
        if found is None:
            reason = f"Bad request. No distribution has {request.host} among its alternate domain names (CNAMEs)."
            return error(403, reason, "none")
        return await self._serving.answer(found, request)

    async def converge(self) -> None:
        """Run one reconciliation: read the distributions, and carry out invalidations."""
        if time.monotonic() - self._read_at >= READ_SECONDS:
            await self._read()
            self._read_at = time.monotonic()
        completed = [identifier for one in self._distributions for identifier in await self._invalidated(one)]
        if completed or time.monotonic() - self._reported_at >= REPORT_SECONDS:
            await self._control_plane.report(
                "cloudfront-invalidations", {"completed": completed}, changes=bool(completed)
            )
            self._reported_at = time.monotonic()

    async def close(self) -> None:
        """Close the connections."""
        await self._forwarder.close()

    async def _read(self) -> None:
        read = await read_distributions(self._control_plane)
        functions = await read_functions(self._control_plane, read)
        if functions != self._functions:
            self._functions.clear()
            self._functions.update(functions)
        before = {one.identifier: one for one in self._distributions}
        for one in read:
            if before.get(one.identifier) != one:
                names = ", ".join(sorted({one.domain_name, *one.aliases}))
                self._say(f"cloudfront: serves {one.identifier} at {names}")
        for gone in before.keys() - {one.identifier for one in read}:
            self._cache.forget(gone)
            self._say(f"cloudfront: {gone} is gone")
        self._distributions = read
        self._remarks.tell(
            f"cloudfront: {one.identifier}: {sentence}" for one in self._distributions for sentence in one.unplayed
        )

    async def _invalidated(self, distribution: Distribution) -> list[str]:
        """Carry out a distribution's invalidations that are in progress, and return their ids."""
        listed = await self._control_plane.pages(
            "cloudfront", "list_invalidations", "InvalidationList.Items", DistributionId=distribution.identifier
        )
        done: list[str] = []
        for entry in listed:
            if entry["Status"] != "InProgress":
                continue
            answer = await self._control_plane.call(
                "cloudfront", "get_invalidation", DistributionId=distribution.identifier, Id=entry["Id"]
            )
            paths = answer["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]
            count = self._cache.invalidate(distribution.identifier, paths)
            self._say(f"cloudfront: invalidation {entry['Id']} of {', '.join(paths)[:200]}: {count} objects")
            done.append(entry["Id"])
        return done
