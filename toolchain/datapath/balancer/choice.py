"""Chooses a target for a connection or a request, as the algorithm of its target group says. It has no side effects."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from toolchain.datapath.balancer.configuration import Server

HEAVIEST: Final = 256
"""HAProxy's highest weight of a server."""


@dataclass
class Choice:
    """Chooses servers of one target group. It has the names of HAProxy's algorithms (its manual, "balance")."""

    _credits: dict[str, int] = field(default_factory=dict[str, int])
    """Server's name -> weight that it has gathered while other servers were chosen, for ``roundrobin``."""

    def of(self, algorithm: str, ready: Sequence[Server], connections: Mapping[str, int]) -> Server | None:
        """Choose a server.

        Args:
            algorithm: HAProxy's name of the algorithm.
            ready: Servers that get new connections.
            connections: Server's name -> number of its open connections; a missing server has none.

        Returns:
            The server; None if none is ready.
        """
        if not ready:
            return None
        if algorithm == "source":
            # Every client has this machine's address, so every client gets the same target.
            return min(ready, key=lambda one: one.name)
        if algorithm == "leastconn":
            loads = {one.name: connections.get(one.name, 0) / one.weight for one in ready}
            ready = [one for one in ready if loads[one.name] == min(loads.values())]
        elif algorithm == "roundrobin":
            return self._next(ready)
        return random.choices(ready, [one.weight for one in ready])[0]  # noqa: S311

    def _next(self, ready: Sequence[Server]) -> Server:
        """Choose in turn: the servers' shares are their weights, and none is chosen many times in a row."""
        self._credits = {one.name: self._credits.get(one.name, 0) + one.weight for one in ready}
        chosen = max(ready, key=lambda one: self._credits[one.name])
        self._credits[chosen.name] -= sum(one.weight for one in ready)
        return chosen


def by_zone(servers: Sequence[Server]) -> list[Server]:
    """Return the servers with weights that give each zone the same share, however many ready servers it has.

    This is how a load balancer balances without cross-zone load balancing: clients get the addresses of all zones that
    have targets, and each address passes connections to the targets of its zone only.
    """
    sizes = Counter(one.zone for one in servers if one.is_ready)
    if len(set(sizes.values())) < 2:  # noqa: PLR2004 - zones of one size need no weights
        return list(servers)
    smallest = min(sizes.values())
    return [
        replace(one, weight=max(1, round(HEAVIEST * smallest / sizes[one.zone]))) if one.is_ready else one
        for one in servers
    ]
