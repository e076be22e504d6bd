"""``make drill-spot`` reclaims Spot tasks under constant load, again and again, and counts what callers lose."""

import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.drills import drill
from tests.drills.counting import percentile
from tests.drills.draining import LOOK_SECONDS, Draining
from tests.drills.drill import ROOT, Drilled, Say, Step, under_load, until_interrupted
from tests.drills.load import Load
from tests.drills.service import SPOT, Service, View
from tests.drills.stack import Stack, StackError

REPLACED_SECONDS = 300.0
"""Time within which reclaimed tasks must be replaced and must have stopped."""
NOTICE_SECONDS = 45.0
"""Time from SIGTERM to SIGKILL in the local stack (its stop_timeout_seconds), in place of AWS's 120 s."""


@dataclass(frozen=True, kw_only=True)
class Reclaim(Step):
    """The result of one reclaim, which may take several tasks together.

    Attributes:
        tasks: Number of tasks that were reclaimed.
        before: Number of serving tasks on Spot and on demand before the reclaim.
        during: The same at the moment with the fewest serving tasks.
        after: The same at the end.
        replaced_seconds: Time from the notice until the desired count of other tasks served; None if not in time.
        ended_seconds: Time from the notice until the last reclaimed task had stopped; None if not in time.
        exits: Stop code and exit code -> number of tasks that stopped in this way.
    """

    tasks: int
    before: dict[str, int]
    during: dict[str, int]
    after: dict[str, int]
    replaced_seconds: float | None
    ended_seconds: float | None
    exits: dict[str, int]

    def problems(self) -> Iterator[str]:
        """Yield a line for each promise that did not hold."""
        where = f"reclaim {self.number}"
        if self.replaced_seconds is None:
            yield f"{where}: not replaced within {REPLACED_SECONDS:.0f} s"
        if self.ended_seconds is None or self.ended_seconds > REPLACED_SECONDS:
            yield f"{where}: not ended within {REPLACED_SECONDS:.0f} s"
        wrong = {how: count for how, count in self.exits.items() if how != "SpotInterruption, exit code 0"}
        if wrong:
            yield f"{where}: tasks did not end in order: {wrong}"
        yield from self.lost_requests(where)


@dataclass(kw_only=True)
class Result(Drilled):
    """The result of a drill.

    Attributes:
        reclaims: The result of each reclaim.
    """

    name = "reclaims"
    nothing = "nothing was taken away"

    reclaims: list[Reclaim] = field(default_factory=list[Reclaim])

    @property
    def taken(self) -> int:
        """Number of tasks that were reclaimed in total."""
        return sum(reclaim.tasks for reclaim in self.reclaims)

    def times(self, name: str) -> dict[str, float | None]:
        """Return p50, p99 and the longest of the seconds that the reclaims have in one of their attributes."""
        seconds = [value for reclaim in self.reclaims if (value := getattr(reclaim, name)) is not None]
        shares = (("p50", 0.5), ("p99", 0.99), ("longest", 1.0))
        return {key: percentile(seconds, share) if seconds else None for key, share in shares}

    def mixes(self) -> dict[str, str]:
        """Return the mixes of Spot and on-demand tasks, and how often each occurred, for each moment of a reclaim."""
        return {when: _counted(getattr(each, when) for each in self.reclaims) for when in ("before", "during", "after")}

    def described(self) -> dict[str, Any]:
        """Return the result as data for a JSON file."""
        return {
            **super().described(),
            "taken": self.taken,
            "replaced_seconds": self.times("replaced_seconds"),
            "ended_seconds": self.times("ended_seconds"),
            "mixes": self.mixes(),
        }

    def table(self) -> str:
        """Return the figures as lines of text."""
        mixes = "; ".join(f"{when} {text}" for when, text in self.mixes().items())
        return "\n".join(
            (
                f"{self.tasks} tasks: {self.taken} taken away in {len(self.reclaims)} reclaims, {self.seconds:.0f} s",
                *(f"  {line}" for line in self.tally.lines()),
                f"  acknowledged writes that are missing: {self.missing_writes}",
                f"  seconds to replacement: {self.times('replaced_seconds')}",
                f"  seconds to the end: {self.times('ended_seconds')}",
                f"  Spot + on demand: {mixes}",
                f"  machine load: {self.machine_load}",
            )
        )


def run_spot(
    stack: Stack,
    *,
    count: int = 6,
    tasks: int = 2,
    at_once: int = 1,
    seed: int = 0,
    rate: float = 20.0,
    notice_seconds: float = NOTICE_SECONDS,
    say: Say = print,
) -> Result:
    """Reclaim Spot tasks under load.

    Args:
        stack: A local stack that is up, with a release that is live.
        count: Number of tasks to reclaim in total.
        tasks: The service's desired count during the drill.
        at_once: Number of tasks to reclaim together, if as many run on Spot.
        seed: Seed of the choice of tasks.
        rate: Requests a second.
        notice_seconds: Time from SIGTERM to SIGKILL.
        say: Called with each line of progress.

    Raises:
        StackError: The stack is not up, not settled, or has no task on Spot.
        AssertionError: The service does not answer before the drill.
    """
    service = Service(stack)
    result = Result(tasks=tasks, rate=rate, seed=seed)
    chance = random.Random(seed)
    with under_load(stack, service, result, REPLACED_SECONDS) as load:
        draining = Draining(service, load.clock, notice_seconds)
        with until_interrupted(result):
            while result.taken < count:
                most = min(at_once, count - result.taken)
                reclaim = _reclaim(stack, service, load, chance, most, draining, len(result.reclaims) + 1)
                result.reclaims.append(reclaim)
                say(
                    f"reclaim {reclaim.number}, {result.taken} of {count} tasks: replaced {reclaim.replaced_seconds} s, "
                    f"{reclaim.before} -> {reclaim.during} -> {reclaim.after}, {len(reclaim.lost)} lost"
                )
                if reclaim.replaced_seconds is None:
                    break  # nothing more is to be seen, and a service without tasks cannot lose any
        draining.wait(REPLACED_SECONDS)
    result.reclaims = [completed(reclaim, *draining.end_of(reclaim.number)) for reclaim in result.reclaims]
    for problem in result.problems():
        say(f"BROKEN: {problem}")
    return result


def _reclaim(
    stack: Stack, service: Service, load: Load, chance: random.Random, most: int, draining: Draining, number: int
) -> Reclaim:
    view = service.view()
    spot = spot_tasks(view)
    taken = chance.sample(spot, min(most, len(spot)))
    if not taken:
        raise StackError("the service runs no task on Spot: `python -m ops spot status`")
    before = during = view.mix
    began = draining.reclaim(stack, number, taken)
    replaced: float | None = None
    while load.clock() - began < REPLACED_SECONDS:
        view = service.view()
        if sum(view.mix.values()) < sum(during.values()):
            during = view.mix
        if replaced is None and is_replaced(view, taken):
            replaced = round(load.clock() - began, 1)
        draining.note_ends()
        if replaced is not None and view.is_settled:
            break
        time.sleep(LOOK_SECONDS)
    return Reclaim(
        number=number,
        tasks=len(taken),
        before=before,
        during=during,
        after=view.mix,
        replaced_seconds=replaced,
        ended_seconds=None,
        exits={},
        lost=load.tally.lost_within(began, load.clock()),
    )


def completed(reclaim: Reclaim, ended_seconds: float | None, exits: dict[str, int]) -> Reclaim:
    """Return the result of a reclaim with the end of its tasks."""
    return replace(reclaim, ended_seconds=ended_seconds, exits=exits)


def spot_tasks(view: View) -> list[str]:
    """Return the ARNs of the serving tasks on Spot, sorted."""
    return sorted(task.arn for task in view.tasks if task.provider == SPOT and task.serves)


def is_replaced(view: View, taken: Sequence[str]) -> bool:
    """Check whether the desired count of tasks serves, without the reclaimed tasks."""
    return sum(task.serves and task.arn not in taken for task in view.tasks) >= view.desired


def _counted(mixes: Iterator[dict[str, int]]) -> str:
    seen: dict[str, int] = {}
    for mix in mixes:
        text = f"{mix['spot']} + {mix['on_demand']}"
        seen[text] = seen.get(text, 0) + 1
    return ", ".join(f"{text} ({count} times)" for text, count in sorted(seen.items(), key=lambda each: -each[1]))


def main() -> int:
    parser = drill.parser("Take Spot tasks away under load.", "spot.json")
    parser.add_argument("--count", type=int, default=500, help="tasks to take away with each size (default: 500)")
    parser.add_argument("--tasks", type=int, action="append", help="size of the service (default: 2, then 10)")
    parser.add_argument("--at-once", type=int, default=3, help="tasks taken together, of ten (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of tasks (default: 1)")
    parser.add_argument("--notice", type=float, default=NOTICE_SECONDS, help="seconds from SIGTERM to SIGKILL")
    given = parser.parse_args()
    results: list[Result] = []
    try:
        for tasks in given.tasks or [2, 10]:
            result = run_spot(
                Stack(ROOT, os.environ),
                count=given.count,
                tasks=tasks,
                at_once=given.at_once,
                seed=given.seed,
                rate=given.rate,
                notice_seconds=given.notice,
                say=drill.say,
            )
            results.append(result)
            print(f"\n{result.table()}\n", flush=True)
            if result.was_interrupted:
                break
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        drill.write(given.output, [result.described() for result in results])
    return drill.exit_code([problem for result in results for problem in result.problems()], given.output)


if __name__ == "__main__":
    sys.exit(main())
