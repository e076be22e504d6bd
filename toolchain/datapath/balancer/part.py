"""The part of the data path that runs load balancers."""

import asyncio
import re
import time
from typing import Any, Final

from toolchain.datapath.balancer.application import ApplicationForwarder
from toolchain.datapath.balancer.choice import by_zone
from toolchain.datapath.balancer.configuration import Server
from toolchain.datapath.balancer.forwarder import Forwarder, NetworkForwarder
from toolchain.datapath.balancer.haproxy import HaProxy, program
from toolchain.datapath.balancer.plan import APPLICATION, LoadBalancer, crosses_zones
from toolchain.datapath.balancer.reach import Reach
from toolchain.datapath.balancer.reading import Structure, read_structure, read_targets
from toolchain.datapath.balancer.targets import Member, Targets
from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings
from toolchain.system.files import private_folder

LOOK_SECONDS: Final = 2.0
"""Interval at which listeners and attributes are read; targets are read in each reconciliation."""

Proxy = HaProxy | Forwarder
"""The process or the object that forwards a load balancer's connections."""


class Balancers:
    """Runs HAProxy or a `Forwarder` for each load balancer, and reports the targets' health to the emulator."""

    name = "balancers"

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._folder = surroundings.folder / "balancers"
        self._reach = Reach(surroundings.control_plane)
        self._structure = Structure()
        self._next_look = 0.0
        self._targets: dict[str, Targets] = {}
        self._proxies: dict[str, Proxy] = {}
        self._reported: dict[str, list[dict[str, Any]]] = {}
        self._remarks = Remarks(surroundings.say)

    async def converge(self) -> None:
        """Run one reconciliation: read load balancers and targets from the emulator, and update HAProxy.

        Raises:
            ToolchainError: HAProxy refuses a command, or does not start.
        """
        if time.monotonic() >= self._next_look:
            self._structure = await read_structure(self._surroundings.control_plane)
            self._next_look = time.monotonic() + LOOK_SECONDS
            self._remarks.tell(f"balancers: {line}" for line in self._structure.unplayed)
            await self._let_go()
        await asyncio.gather(*(self._register(arn) for arn in self._structure.groups))
        for arn, targets in self._targets.items():
            await self._let_leave(arn, targets)
        # From before the proxies follow: no target is reported as healthy before it gets connections.
        reports = {arn: targets.report() for arn, targets in self._targets.items()}
        followed = await asyncio.gather(
            *(self._follow(balancer) for balancer in self._structure.balancers if balancer.listeners),
            return_exceptions=True,
        )
        for arn, report in reports.items():
            await self._report(arn, report)
        for failure in followed:
            if failure is not None:
                raise failure

    async def close(self) -> None:
        """End the health checks and the HAProxy processes."""
        for targets in self._targets.values():
            await targets.close()
        await asyncio.gather(*(proxy.close() for proxy in self._proxies.values()))
        self._targets.clear()
        self._proxies.clear()

    async def _follow(self, balancer: LoadBalancer) -> None:
        arns = [arn for arn in balancer.target_groups() if arn in self._targets]
        servers = {arn: self._servers(balancer, arn) for arn in arns}
        leaving = [member for arn in arns for member in self._targets[arn].leaving]
        await self._proxy(balancer).follow(balancer, self._structure.groups, servers)
        for member in leaving:
            member.is_out = True

    def _servers(self, balancer: LoadBalancer, arn: str) -> list[Server]:
        servers, group = self._targets[arn].servers(), self._structure.groups[arn]
        return servers if crosses_zones(balancer, group) else by_zone(servers)

    async def _register(self, arn: str) -> None:
        keys = await read_targets(self._surroundings.control_plane, arn)
        plan = self._structure.groups[arn]
        if arn not in self._targets:

            async def refusal(address: str, port: int) -> str | None:
                return await self._reach.refusal(self._balancers_of(arn), address, port)

            addresses, say = self._surroundings.addresses, self._surroundings.say
            self._targets[arn] = Targets(plan, addresses, refusal, self._reach.zone, say)
        self._targets[arn].plan = plan
        self._targets[arn].register(keys)

    async def _let_leave(self, arn: str, targets: Targets) -> None:
        """Complete deregistrations whose delay is over, and close connections of targets that have become unhealthy."""
        for member in list(targets.leaving):
            if await self._is_complete(arn, targets, member):
                targets.leaving.remove(member)
                if targets.plan.ends_connections_of_deregistered:
                    await self._end_connections(arn, member.name)
                self._surroundings.say(f"balancers: target {member.key[0]}:{member.key[1]} is deregistered")
        while targets.became_unhealthy:
            name = targets.became_unhealthy.pop()
            if targets.plan.ends_connections_of_unhealthy:
                await self._end_connections(arn, name)

    async def _is_complete(self, arn: str, targets: Targets, member: Member) -> bool:
        if member.leaves_at is None or time.monotonic() >= member.leaves_at:
            return True
        if targets.plan.kind != APPLICATION or not member.is_out:
            return False
        # An Application Load Balancer does not wait for a target without connections.
        counts = [await proxy.connections_of(arn, member.name) for proxy in self._proxies_of(arn)]
        return not any(counts)

    async def _end_connections(self, arn: str, name: str) -> None:
        for proxy in self._proxies_of(arn):
            await proxy.end_connections(arn, name)

    def _balancers_of(self, arn: str) -> list[LoadBalancer]:
        return [balancer for balancer in self._structure.balancers if arn in balancer.target_groups()]

    def _proxies_of(self, arn: str) -> list[Proxy]:
        found = (self._proxies.get(balancer.arn) for balancer in self._balancers_of(arn))
        return [proxy for proxy in found if proxy is not None]

    def _proxy(self, balancer: LoadBalancer) -> Proxy:
        if balancer.arn not in self._proxies:
            private_folder(self._folder)
            name = re.sub(r"[^A-Za-z0-9-]", "-", balancer.name)
            without = ApplicationForwarder if balancer.kind == APPLICATION else NetworkForwarder
            make = HaProxy if program() is not None else without
            self._proxies[balancer.arn] = make(self._surroundings, self._folder / name)
            if make is without:
                self._surroundings.say(f"balancers: {balancer.name} runs without HAProxy, which is not on PATH")
        return self._proxies[balancer.arn]

    async def _let_go(self) -> None:
        """End the proxies and health checks of load balancers and groups that the emulator no longer has."""
        wanted = {balancer.arn for balancer in self._structure.balancers if balancer.listeners}
        for arn in self._proxies.keys() - wanted:
            await self._proxies.pop(arn).close()
            self._surroundings.say(f"balancers: {arn.split('/')[-2]} is ended")
        for arn in self._targets.keys() - self._structure.groups.keys():
            await self._targets.pop(arn).close()
            self._reported.pop(arn, None)

    async def _report(self, arn: str, report: list[dict[str, Any]]) -> None:
        if self._reported.get(arn) != report:
            await self._surroundings.control_plane.report("target-health", {"TargetGroupArn": arn, "Targets": report})
            self._reported[arn] = report
