"""Stops Spot tasks as a Spot interruption would, under load, and measures what callers notice.

AWS has no request that interrupts a Fargate Spot task. The nearest is the action ``aws:ecs:stop-task`` of AWS Fault
Injection Service, which calls Amazon ECS's StopTask (AWS FIS User Guide, "Amazon ECS actions"). So the drill calls
StopTask itself, which needs no experiment and no role for one. As with Spot, the container gets SIGTERM, and
`stopTimeout` of up to 120 s. One thing differs: StopTask makes Amazon ECS deregister the target from the load balancer,
and a real interruption may not do this in time (containers-roadmap issues 470 and 2673). The local data path interrupts
a task as Spot does.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx

from ops.errors import OperationError
from ops.release.rollout import Snapshot, TaskState, changes
from ops.release.service_reader import ServiceReader
from ops.reporting import Reporter
from ops.spot.load import Load
from ops.spot.mix import split_of

POLL_SECONDS: Final = 1.0
REASON: Final = "ops spot drill: as if Spot took it away"
WARM_UP_REQUESTS: Final = 20
WARM_UP_SECONDS: Final = 30.0

TakeAway = Callable[[TaskState], None]


@dataclass(frozen=True)
class DrillOptions:
    """The options of a drill.

    Attributes:
        settle_seconds: How long the load continues after the tasks are replaced.
        timeout_seconds: Timeout until the tasks have stopped and are replaced.
    """

    settle_seconds: float
    timeout_seconds: float


@dataclass
class DrillResult:
    """The results of a drill.

    Attributes:
        taken: Ids of the tasks that were stopped.
        before: Running tasks before the drill, by capacity: ``spot`` and ``on_demand``.
        during: Running tasks by capacity when there were fewest of both together.
        after: Running tasks by capacity at the end.
        replaced_seconds: Seconds from the notice until the desired number of other tasks ran and were healthy; None
            when the timeout passed.
        ended_seconds: Seconds from the notice until all stopped tasks had ended; None when the timeout passed.
        load: The results of the requests.
    """

    taken: list[str]
    before: dict[str, int]
    during: dict[str, int]
    after: dict[str, int] = field(default_factory=dict[str, int])
    replaced_seconds: float | None = None
    ended_seconds: float | None = None
    load: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Drill:
    """A drill on a service.

    Attributes:
        reader: Reads the service.
        service: Name of the service.
        reporter: Prints the events.
        options: The drill's options.
        pause: Sleeps for a number of seconds; replaced in tests.
        clock: A monotonic clock, in seconds; replaced in tests.
    """

    reader: ServiceReader
    service: str
    reporter: Reporter
    options: DrillOptions
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, tasks: list[TaskState], take_away: TakeAway, load: Load) -> DrillResult:
        """Stop tasks under load, and wait until they are replaced.

        Args:
            tasks: The tasks to stop.
            take_away: Stops one task.
            load: Sends requests to the service during the drill.

        Returns:
            The results.

        Raises:
            OperationError: The service did not answer every request before the drill, so the drill would prove nothing.
            ClientError: AWS refused.
        """
        with load:
            self._warm_up(load)
            before = self._look()
            split = asdict(split_of(before.tasks))
            result = DrillResult([task.identifier for task in tasks], split, split)
            for task in tasks:
                take_away(task)
                self.reporter.say(
                    "taken", f"task {task.identifier[:8]} in {task.zone} is taken away", task=task.identifier
                )
            self._follow(before, [task.arn for task in tasks], result)
            until = self.clock() + self.options.settle_seconds
            while self.clock() < until:
                self.pause(POLL_SECONDS)
            result.after = asdict(split_of(self._look().tasks))
        counts = load.counts
        result.load = {
            "sent": counts.sent,
            "answered": counts.answered,
            "throttled": counts.throttled,
            "lost": counts.lost,
            "reasons": dict(counts.reasons),
            "slowest_seconds": round(counts.slowest_seconds, 3),
        }
        return result

    def _follow(self, before: Snapshot, taken: list[str], result: DrillResult) -> None:
        begun, last = self.clock(), before
        while self.clock() - begun < self.options.timeout_seconds:
            now = self._look()
            for event, text in changes(last, now):
                self.reporter.say(event, text)
            last = now
            split = asdict(split_of(now.tasks))
            if sum(split.values()) < sum(result.during.values()):
                result.during = split
            fresh = [task for task in now.tasks if task.arn not in taken and _serves(task, now)]
            if result.replaced_seconds is None and len(fresh) >= now.desired:
                result.replaced_seconds = round(self.clock() - begun, 1)
                self.reporter.say("replaced", f"replaced after {result.replaced_seconds:.1f} s")
            if self._have_ended(taken):
                result.ended_seconds = result.ended_seconds or round(self.clock() - begun, 1)
                if result.replaced_seconds is not None:
                    return
            self.pause(POLL_SECONDS)
        self.reporter.say("timeout", f"not replaced and ended after {self.options.timeout_seconds:.0f} s")

    def _have_ended(self, taken: list[str]) -> bool:
        return all(task.get("lastStatus") == "STOPPED" for task in self.reader.described(taken))

    def _warm_up(self, load: Load) -> None:
        deadline = self.clock() + WARM_UP_SECONDS
        while load.counts.answered < WARM_UP_REQUESTS and not load.counts.lost and self.clock() < deadline:
            self.pause(POLL_SECONDS / 10)
        if load.counts.lost or not load.counts.answered:
            why = ", ".join(load.counts.reasons) or "no answer"
            raise OperationError(
                f"the service does not answer every request before the drill ({why}): nothing was taken"
            )

    def _look(self) -> Snapshot:
        return self.reader.snapshot(self.reader.service(self.service))


def _posted(url: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(url, json=body, timeout=10.0, trust_env=False)


def reclaims_at(
    endpoint_url: str, notice_seconds: float, post: Callable[[str, dict[str, Any]], httpx.Response] = _posted
) -> TakeAway:
    """Return a function that interrupts a task in the local data path, as Spot does.

    Args:
        endpoint_url: The emulator's URL.
        notice_seconds: Seconds from SIGTERM until the task is killed.
        post: Sends a request; replaced in tests.
    """

    def take_away(task: TaskState) -> None:
        try:
            answer = post(
                f"{endpoint_url}/data-plane/spot-reclaim", {"task": task.arn, "notice_seconds": notice_seconds}
            )
        except httpx.HTTPError as error:
            raise OperationError(f"the emulator does not answer ({type(error).__name__}): `make up`") from error
        if answer.is_error:
            raise OperationError(f"task {task.identifier} cannot be taken away: {_message(answer)}")

    return take_away


def stops_in(ecs: Any, cluster: str) -> TakeAway:
    """Return a function that stops a task in AWS.

    Args:
        ecs: A client of Amazon ECS.
        cluster: Name of the cluster.
    """

    def take_away(task: TaskState) -> None:
        ecs.stop_task(cluster=cluster, task=task.arn, reason=REASON)

    return take_away


def _serves(task: TaskState, snapshot: Snapshot) -> bool:
    is_well = task.health == "HEALTHY" or not snapshot.checks_health
    return task.status == "RUNNING" and is_well and (task.target == "healthy" or not snapshot.has_targets)


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"the emulator answers {answer.status_code}"
