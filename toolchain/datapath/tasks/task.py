"""Runs a task through the states of its lifecycle in Amazon ECS, from its record to its end.

Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle" and "Amazon ECS stopped tasks error messages".
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from toolchain.datapath.tasks.images import CannotPullContainerError
from toolchain.datapath.tasks.logs import LogError
from toolchain.datapath.tasks.outbox import TASK_CHANGE
from toolchain.datapath.tasks.preparation import Prepared, prepare
from toolchain.datapath.tasks.role import ResourceInitializationError
from toolchain.datapath.tasks.targets import Target, deregister, is_draining, longest_delay, register
from toolchain.datapath.tasks.workshop import Workshop, private_address

LOOK_SECONDS: Final = 0.5
GRACE_SECONDS: Final = 10.0
"""Time after the deregistration delay until the task no longer waits for a balancer that does not answer."""


NOTICED_SECONDS: Final = 5.0
"""Time in which a balancer notices that a target was deregistered; it polls twice a second."""


@dataclass(frozen=True)
class Ending:
    """The reason why a task stops, and how fast it must stop."""

    code: str
    """``stopCode``."""
    reason: str
    """``stoppedReason``."""
    at_once: bool = False
    """Whether SIGTERM is sent now, without waiting for the balancer, as in a Spot reclaim."""
    within_seconds: float | None = None
    """Time until SIGKILL, if shorter than ``stopTimeout``; None for ``stopTimeout``."""


class RunningTask:
    """A task that runs on this machine.

    Args:
        workshop: Objects that all tasks share.
        described: The task's record, as ``DescribeTasks`` returns it.
        definition: The task's task definition.
        targets: Target groups and ports with which the task is registered while it runs.
    """

    def __init__(
        self,
        workshop: Workshop,
        described: Mapping[str, Any],
        definition: Mapping[str, Any],
        targets: Sequence[Target] = (),
    ) -> None:
        self.arn: str = described["taskArn"]
        self.id = self.arn.rpartition("/")[2]
        self.view: dict[str, Any] = dict(described)
        self.targets = tuple(targets)
        self.status = "PROVISIONING"
        self.running_since: float | None = None
        """Monotonic time at which the task became RUNNING; None before."""
        self.was_healthy = False
        self.ending: Ending | None = None
        self.is_told = False
        """Whether it had ended when the last reconciliation finished. The next one counts its end, and drops it."""
        self.made = time.monotonic()
        self._workshop = workshop
        self._definition = definition
        self._prepared: list[Prepared] = []
        self._asked = asyncio.Event()
        self._life = asyncio.create_task(self._live())

    @property
    def address(self) -> str:
        """Its private IPv4 address."""
        return private_address(self.view)

    @property
    def deployment(self) -> str:
        """The id of the deployment that it belongs to; empty for a standalone task."""
        return str(self.view.get("startedBy") or "") if self.group.startswith("service:") else ""

    @property
    def group(self) -> str:
        """``service:`` and the service's name, or ``family:`` and the task definition's."""
        return str(self.view.get("group") or "")

    @property
    def provider(self) -> str:
        """Its capacity provider."""
        return str(self.view.get("capacityProviderName") or self.view.get("launchType") or "FARGATE")

    @property
    def zone(self) -> str:
        """Its availability zone."""
        return str(self.view.get("availabilityZone") or "")

    @property
    def is_over(self) -> bool:
        """Whether it has stopped."""
        return self._life.done()

    @property
    def still_serves(self) -> bool:
        """Whether it may still have connections: it starts, runs, or waits for the balancer to drain them."""
        return self.status not in {"STOPPING", "STOPPED"}

    @property
    def container_health(self) -> str:
        """``HEALTHY`` or ``UNHEALTHY``, from the health checks of its essential containers; ``UNKNOWN`` without."""
        found = [item.container.health for item in self._prepared if item.is_essential and item.container.has_check]
        if "UNHEALTHY" in found:
            return "UNHEALTHY"
        return "HEALTHY" if found and set(found) == {"HEALTHY"} else "UNKNOWN"

    @property
    def is_checked(self) -> bool:
        """Whether an essential container has a health check."""
        return any(item.is_essential and item.container.has_check for item in self._prepared)

    def stop(self, ending: Ending) -> None:
        """Ask the task to stop; if it was already asked, the first reason is kept."""
        if self.ending is not None or self.is_over:
            return
        self.ending = ending
        told = {"desiredStatus": "STOPPED", "stopCode": ending.code, "stoppedReason": ending.reason}
        self._tell(told | {"stoppingAt": time.time()})
        self._asked.set()

    async def end(self) -> None:
        """Wait until it has stopped."""
        await asyncio.gather(self._life, return_exceptions=True)

    def kill(self) -> None:
        """Send SIGKILL to its processes."""
        for item in self._prepared:
            item.container.kill()

    def tell_health(self) -> None:
        """Report its health if it has changed."""
        health = self.container_health
        if self.status == "RUNNING" and self.view.get("healthStatus") != health:
            self._tell({"healthStatus": health, "containers": self._containers("RUNNING")})

    async def _live(self) -> None:
        try:
            await self._start()
            await self._serve()
            await self._leave()
        except (CannotPullContainerError, ResourceInitializationError, LogError) as error:
            self.ending = Ending("TaskFailedToStart", str(error))
        except Exception as error:  # noqa: BLE001 - after any error, its processes must end and its record must say so
            self.ending = self.ending or Ending("TaskFailedToStart", f"{type(error).__name__}: {error}")
        finally:
            await self._close()

    async def _start(self) -> None:
        self._move("PENDING", pullStartedAt=time.time())
        self._prepared = await prepare(self._workshop, self.view, self._definition)
        if self.ending is not None:
            return
        self._tell({"pullStoppedAt": time.time()})
        for item in self._prepared:
            if item.port is not None and item.container_port is not None:
                self._workshop.surroundings.addresses.serve(self.address, item.container_port, item.port)
            try:
                await item.container.start()
            except OSError as error:
                raise OSError(f"CannotStartContainerError: {item.container.name}: {error.strerror or error}") from error
        if self.targets:
            self._move("ACTIVATING")
            await register(self._workshop.surroundings.control_plane, self.targets, self.address)
        self.running_since = time.monotonic()
        self._move("RUNNING", startedAt=time.time(), connectivity="CONNECTED", containers=self._containers("RUNNING"))

    async def _serve(self) -> None:
        """Wait until the task is asked to stop, or an essential container ends."""
        ends = [asyncio.create_task(item.container.ended.wait()) for item in self._prepared if item.is_essential]
        asked = asyncio.create_task(self._asked.wait())
        await asyncio.wait([*ends, asked], return_when=asyncio.FIRST_COMPLETED)
        for waiting in (*ends, asked):
            waiting.cancel()
        if self.ending is None:
            self.ending = Ending("EssentialContainerExited", "Essential container in task exited")

    async def _leave(self) -> None:
        """Deregister the task, wait for its connections, and end its processes; a Spot reclaim ends them first."""
        ending = self.ending
        at_once = ending is not None and ending.at_once
        if self.targets and not at_once:
            self._move("DEACTIVATING", desiredStatus="STOPPED")
            await deregister(self._workshop.surroundings.control_plane, self.targets, self.address)
            await self._drained()
        if not at_once:
            self._move("STOPPING", desiredStatus="STOPPED")
        limit = ending.within_seconds if ending is not None else None
        await asyncio.gather(
            *(
                item.container.stop(item.stop_seconds if limit is None else min(item.stop_seconds, limit))
                for item in self._prepared
            )
        )
        if at_once:
            # A reclaimed task may stay registered until it has stopped (AWS Knowledge Center, "How do I handle Spot
            # termination notices in AWS Fargate Spot tasks?"), so its container itself must report that it drains.
            await deregister(self._workshop.surroundings.control_plane, self.targets, self.address)
            self._move("STOPPING")

    async def _drained(self) -> None:
        """Wait until the balancer has drained the task's connections, or does not begin to in `NOTICED_SECONDS`."""
        control_plane = self._workshop.surroundings.control_plane
        began = time.monotonic()
        deadline = began + await longest_delay(control_plane, self.targets) + GRACE_SECONDS
        has_begun = False
        while time.monotonic() < deadline and not self._has_ended():
            drains = await is_draining(control_plane, self.targets, self.address)
            if not drains and (has_begun or time.monotonic() - began > NOTICED_SECONDS):
                return
            has_begun = has_begun or drains
            await asyncio.sleep(LOOK_SECONDS)

    def _has_ended(self) -> bool:
        return any(item.container.ended.is_set() for item in self._prepared if item.is_essential)

    async def _close(self) -> None:
        for item in self._prepared:
            item.container.kill()
            if item.container.was_started:
                await item.container.ended.wait()
            self._workshop.metadata.remove(item.token)
            if item.container_port is not None and item.port is not None:
                self._workshop.surroundings.addresses.withdraw(self.address, item.container_port)
                self._workshop.ports.give_back(item.port)
        self._workshop.clear(self.id)
        ending = self.ending or Ending("EssentialContainerExited", "Essential container in task exited")
        now = time.time()
        self._move(
            "STOPPED",
            desiredStatus="STOPPED",
            stopCode=ending.code,
            stoppedReason=ending.reason,
            stoppedAt=now,
            executionStoppedAt=now,
            containers=self._containers("STOPPED"),
        )
        codes = {item.container.name: item.container.exit_code for item in self._prepared}
        exits = ", ".join(f"{name} exited with {code}" for name, code in codes.items() if code is not None)
        self._workshop.say(f"task {self.id} stopped: {ending.reason}" + (f" ({exits})" if exits else ""))

    def _containers(self, status: str) -> list[dict[str, Any]]:
        return [
            {
                "name": item.container.name,
                "lastStatus": status,
                "healthStatus": item.container.health,
                "runtimeId": f"{self.id}-{item.container.name}",
                **({"exitCode": item.container.exit_code} if item.container.exit_code is not None else {}),
                **({"reason": item.container.reason} if item.container.reason else {}),
            }
            for item in self._prepared
        ]

    def _move(self, status: str, **values: Any) -> None:
        self.status = status
        self._tell({"lastStatus": status, **values})

    def _tell(self, values: Mapping[str, Any]) -> None:
        """Report changed values to the emulator, and send the event that Amazon ECS sends for a change of state."""
        self._workshop.outbox.task(self.arn, values)
        named = {item["name"]: item for item in values.get("containers", ())}
        containers = [{**item, **named.get(item["name"], {})} for item in self.view.get("containers", ())]
        times = {key: datetime.fromtimestamp(value, UTC) for key, value in values.items() if key.endswith("At")}
        version = int(self.view.get("version", 1)) + 1
        self.view = {**self.view, **values, **times, "containers": containers, "version": version}
        if "lastStatus" in values or "desiredStatus" in values:
            detail = {**self.view, "updatedAt": datetime.now(UTC)}
            self._workshop.outbox.event(TASK_CHANGE, [self.arn], detail)
