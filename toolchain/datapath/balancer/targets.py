"""Runs the health checks of a group's targets, and drains deregistered targets."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from toolchain.datapath.addresses import Addresses
from toolchain.datapath.balancer.checks import failure_of
from toolchain.datapath.balancer.configuration import Server
from toolchain.datapath.balancer.health import DEREGISTERING, TIMED_OUT, Health, State, after, routable
from toolchain.datapath.balancer.plan import TargetGroup

SERVED_POLL_SECONDS: Final = 0.1

Key = tuple[str, int]
"""Address and port of a target in AWS."""
Zone = Callable[[str], str]
"""A function that returns the Availability Zone of an address; empty if it is not known."""
Refusal = Callable[[str, int], Awaitable[str | None]]
"""A function that returns why no load balancer may reach an address and port; None if one load balancer may."""


@dataclass
class Member:
    """A target that is registered or draining."""

    key: Key
    name: str
    health: Health = field(default_factory=Health)
    refusal: str | None = None
    port: int | None = None
    """Port on 127.0.0.1; None if no process serves the target."""
    leaves_at: float | None = None
    """Monotonic time at which its deregistration is complete; None while it is registered."""
    is_out: bool = False
    """Whether HAProxy already sends it no new connections."""
    checks: asyncio.Task[None] | None = None


class Targets:
    """The targets of one target group.

    Args:
        plan: The target group; the attribute may be replaced later.
        addresses: Addresses that the data path serves, with their ports on this machine.
        refusal: Function that checks the security groups.
        zone: Function that returns an address's zone.
        say: Function that writes a line into the log.
    """

    def __init__(
        self, plan: TargetGroup, addresses: Addresses, refusal: Refusal, zone: Zone, say: Callable[[str], None]
    ) -> None:
        self.plan = plan
        self._addresses = addresses
        self._refusal = refusal
        self._zone = zone
        self._say = say
        self._number = 0
        self._members: dict[Key, Member] = {}
        self.leaving: list[Member] = []
        """Deregistered targets whose deregistration delay is not over."""
        self.became_unhealthy: list[str] = []
        """Names of servers that have become unhealthy, whose connections may have to be closed."""

    def register(self, keys: Iterable[Key]) -> None:
        """Set the registered targets: start health checks of new targets, and start draining the removed targets."""
        wanted = set(keys)
        for key in self._members.keys() - wanted:
            member = self._members.pop(key)
            if member.checks is not None:
                member.checks.cancel()
            member.leaves_at = time.monotonic() + self.plan.deregistration_seconds
            self.leaving.append(member)
            self._say(f"balancers: target {_named(key)} is draining")
        for key in sorted(wanted - self._members.keys()):
            self._number += 1
            name = f"{key[0].replace(':', '-')}-{key[1]}-{self._number}"
            member = self._members[key] = Member(key, name)
            member.checks = asyncio.create_task(self._watch(member))

    def servers(self) -> list[Server]:
        """Return the targets as servers for HAProxy."""
        ready = routable({key: member.health for key, member in self._members.items()})
        servers = [
            Server(member.name, member.port, key in ready and member.refusal is None, self._zone(key[0]))
            for key, member in self._members.items()
            if member.port is not None
        ]
        return servers + [Server(one.name, one.port, is_ready=False) for one in self.leaving if one.port is not None]

    def report(self) -> list[dict[str, Any]]:
        """Return the targets' health, for DescribeTargetHealth."""
        registered = [
            _described(member.key, member.health.state, member.health.reason) for member in self._members.values()
        ]
        return registered + [
            _described(member.key, State.DRAINING, DEREGISTERING)
            for member in self.leaving
            if member.key not in self._members
        ]

    async def close(self) -> None:
        """Stop all health checks."""
        tasks = [member.checks for member in self._members.values() if member.checks is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, member: Member) -> None:
        while True:
            began = time.monotonic()
            try:
                await self._check(member)
            except Exception as error:  # noqa: BLE001 - the emulator may not respond; the check is retried
                self._say(f"balancers: target {_named(member.key)} could not be checked: {error!r}")
            await asyncio.sleep(max(0.0, self.plan.check.interval_seconds - (time.monotonic() - began)))

    async def _check(self, member: Member) -> None:
        check, (address, port) = self.plan.check, member.key
        checked_port = check.port or port
        refusals = [await self._refusal(address, one) for one in {port, checked_port}]
        refusal = next(filter(None, refusals), None)
        if refusal is not None and refusal != member.refusal:
            self._say(f"balancers: target {_named(member.key)} cannot be reached: {refusal}")
        member.refusal = refusal
        if refusal is not None:
            failure = TIMED_OUT
        else:
            member.port = await self._served(address, port, check.timeout_seconds)
            local = self._addresses.local_port(address, checked_port)
            failure = await failure_of(check, local, f"{address}:{checked_port}")
        before, member.health = member.health, after(member.health, failure, check)
        if member.health.state != before.state:
            reason = f": {failure.description} ({failure.code})" if failure is not None else ""
            self._say(f"balancers: target {_named(member.key)} is {member.health.state.value}{reason}")
            if member.health.state is State.UNHEALTHY:
                self.became_unhealthy.append(member.name)

    async def _served(self, address: str, port: int, seconds: float) -> int | None:
        """Return a target's port on 127.0.0.1; wait up to `seconds` for a new target that is not served yet."""
        deadline = time.monotonic() + seconds
        while (local := self._addresses.local_port(address, port)) is None and time.monotonic() < deadline:
            await asyncio.sleep(SERVED_POLL_SECONDS)
        return local


def _named(key: Key) -> str:
    return f"{key[0]}:{key[1]}"


def _described(key: Key, state: State, reason: Any) -> dict[str, Any]:
    said = {} if reason is None else {"Reason": reason.code, "Description": reason.description}
    return {"Id": key[0], "Port": key[1], "State": state.value, **said}
