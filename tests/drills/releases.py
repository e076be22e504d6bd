"""``make drill-releases``: releases under constant load, half of them sabotaged, and what the callers notice."""

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.drills.counting import Lost, Tally
from tests.drills.load import Load
from tests.drills.release_command import Said, release
from tests.drills.sabotage import OTHER_PLATFORM, SABOTAGES, Planned, Sabotage, planned, write_variant
from tests.drills.service import Service, View
from tests.drills.stack import Stack, StackError, machine_load

BACK_SECONDS = 600.0
"""A service must be settled again within this time after a release."""
ASKED = 10
"""Requests that look which release answers."""
ROOT = Path(__file__).parents[2]
REPORT = Path(".platform/drills/releases.json")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What became of a release.

    Attributes:
        number: Its place, from 1.
        name: What it was.
        is_good: Whether it was to go live.
        exit_code: Of the command.
        seconds: That the command took.
        settled_seconds: From its end until one completed deployment was left; None when that did not happen in time.
        steps: Step -> seconds.
        is_live: Whether its image alone runs and answers through the edge.
        was_kept: Whether the image from before alone runs.
        reason: What it said of its failure; empty when it said nothing of what was wrong.
        lost: Requests that were lost until the next release.
        last_lines: What it said last.
    """

    number: int
    name: str
    is_good: bool
    exit_code: int
    seconds: float
    settled_seconds: float | None
    steps: dict[str, float]
    is_live: bool
    was_kept: bool
    reason: str
    lost: list[Lost]
    last_lines: list[str]

    def problems(self) -> Iterator[str]:
        """Which promises did not hold."""
        where = f"release {self.number} ({self.name})"
        last = self.last_lines[-1] if self.last_lines else "it said nothing"
        if self.settled_seconds is None:
            yield f"{where}: the service is not settled {BACK_SECONDS:.0f} s after it"
        if self.is_good:
            if self.exit_code != 0:
                yield f"{where}: is not live, exit code {self.exit_code}: {last}"
            elif not self.is_live:
                yield f"{where}: said that it is live, and another image runs or answers"
        else:
            if self.exit_code != 1:
                yield f"{where}: ended with {self.exit_code}, not 1: {last}"
            if not self.reason:
                yield f"{where}: does not say what is wrong: {last}"
            if not self.was_kept:
                yield f"{where}: the image from before does not run alone"
        if self.lost:
            yield f"{where}: {len(self.lost)} requests lost, the first: {self.lost[0].what}: {self.lost[0].why}"


@dataclass
class Result:
    """What a drill showed.

    Attributes:
        releases: What became of each.
        tally: What became of the requests.
        missing_writes: Acknowledged rows that are not in the database.
        tasks: How many the service wanted.
        rate: Requests a second.
        seed: Of the order.
        seconds: That it took.
        machine_load: Of the machine, at the beginning and at the end.
    """

    releases: list[Made] = field(default_factory=list[Made])
    tally: Tally = field(default_factory=Tally)
    missing_writes: int = 0
    tasks: int = 0
    rate: float = 0.0
    seed: int = 0
    seconds: float = 0.0
    machine_load: list[float] = field(default_factory=list[float])

    def problems(self) -> list[str]:
        """Which promises did not hold; empty when all did."""
        found = [problem for made in self.releases for problem in made.problems()]
        attributed = sum(len(made.lost) for made in self.releases)
        if len(self.tally.lost) > attributed:
            found.append(f"{len(self.tally.lost) - attributed} requests lost before or after the releases")
        if self.missing_writes:
            found.append(f"{self.missing_writes} acknowledged writes are not in the database")
        if not self.releases or not self.tally.seconds:
            found.append("nothing was released, or nothing was asked: this shows nothing")
        return found

    def described(self) -> dict[str, Any]:
        """The result for a JSON file."""
        return {
            **{key: getattr(self, key) for key in ("tasks", "rate", "seed", "seconds", "machine_load")},
            "requests": self.tally.described(),
            "missing_writes": self.missing_writes,
            "releases": [asdict(made) for made in self.releases],
            "problems": self.problems(),
        }

    def table(self) -> str:
        """The releases, one a line."""
        rows = [("", "release", "exit", "s", "settled", "lost", "steps")]
        for made in self.releases:
            steps = ", ".join(f"{name} {seconds:.0f}" for name, seconds in made.steps.items())
            settled = "no" if made.settled_seconds is None else f"{made.settled_seconds:.0f}"
            verdict = "ok" if not list(made.problems()) else "BROKEN"
            rows.append(
                (verdict, made.name, str(made.exit_code), f"{made.seconds:.0f}", settled, str(len(made.lost)), steps)
            )
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def run_releases(
    checkout: Path,
    environment: Mapping[str, str] | None = None,
    *,
    count: int = 4,
    seed: int = 0,
    rate: float = 20.0,
    tasks: int = 2,
    sabotages: Sequence[Sabotage] = SABOTAGES,
    say: Say = print,
) -> Result:
    """Make releases under load.

    Args:
        checkout: A checkout whose local stack is up, with a release that is live.
        environment: Of the commands in it; this process's own when None.
        count: Of releases; half of them are sabotaged.
        seed: Of their order.
        rate: Requests a second.
        tasks: That the service wants meanwhile.
        sabotages: The ways to sabotage a release.
        say: Is told how far it is.

    Raises:
        StackError: The stack is not up, or not settled.
        AssertionError: It does not answer before the drill.
    """
    stack = Stack(checkout, os.environ if environment is None else environment)
    service = Service(stack)
    result = Result(tasks=tasks, rate=rate, seed=seed, machine_load=[machine_load()])
    began = time.monotonic()
    before = service.want(tasks)
    try:
        if service.wait(lambda view: view.is_settled and view.desired == tasks, BACK_SECONDS) is None:
            raise StackError(f"the service does not run {tasks} tasks: `python -m ops release status`")
        with (
            Load(*stack.edge, stack.api_key, rate, seed=seed) as load,
            tempfile.TemporaryDirectory(prefix="drill-releases-") as folder,
        ):
            result.tally = load.tally
            drill = _Drill(stack, service, load, Path(folder), uuid.uuid4().hex[:12], say)
            for each in planned(count, seed, sabotages):
                result.releases.append(drill.make(each))
        result.missing_writes = len(load.missing)
    finally:
        service.want(before)
    result.seconds = round(time.monotonic() - began, 1)
    result.machine_load.append(machine_load())
    return result


@dataclass(frozen=True)
class _Drill:
    stack: Stack
    service: Service
    load: Load
    folder: Path
    marker: str
    say: Say

    def make(self, each: Planned) -> Made:
        """Make one release, and wait until the service is settled."""
        self.say(f"release {each.number}: {each.name}")
        before = self.service.view().images
        other = each.sabotage is not None and each.sabotage.is_for_another_processor
        platform = OTHER_PLATFORM[self.service.architecture()] if other else None
        variant = self.folder / str(each.number)
        write_variant(self.stack.checkout / "backend", variant, each, self.marker)
        began = self.load.clock()
        said = release(self.stack, variant, each, platform)
        ended = self.load.clock()
        settled = self.service.wait(_is_settled, BACK_SECONDS)
        settled_at = self.load.clock()
        images = self.service.view().images
        made = Made(
            number=each.number,
            name=each.name,
            is_good=each.sabotage is None,
            exit_code=said.exit_code,
            seconds=round(ended - began, 1),
            settled_seconds=None if settled is None else round(settled_at - ended, 1),
            steps=said.steps,
            is_live=_names(images, said) and self._answers(said),
            was_kept=len(before) == 1 and images == before,
            reason="" if each.sabotage is None else said.reason(each.sabotage.reason),
            lost=self.load.tally.lost_within(began, self.load.clock()),
            last_lines=list(said.lines[-5:]),
        )
        self.say(
            f"  exit code {made.exit_code} after {made.seconds:.0f} s, settled {made.settled_seconds} s later, "
            f"{len(made.lost)} requests lost" + (f"; {made.reason}" if made.reason else "")
        )
        for problem in made.problems():
            self.say(f"  BROKEN: {problem}")
        return made

    def _answers(self, said: Said) -> bool:
        """Whether only this release answers through the edge."""
        url, host = self.stack.edge
        with httpx.Client(base_url=url, headers={"Host": host}, timeout=35.0, trust_env=False) as client:
            found = {str(client.get("/health").json().get("release")) for _ in range(ASKED)}
        return found == {said.digest}


def _is_settled(view: View) -> bool:
    return view.is_settled


def _names(images: frozenset[str], said: Said) -> bool:
    return bool(said.digest) and len(images) == 1 and next(iter(images)).endswith(f"@{said.digest}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Release under load, half of the releases sabotaged.")
    parser.add_argument("--count", type=int, default=100, help="releases (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of their order (default: 1)")
    parser.add_argument("--rate", type=float, default=20, help="requests a second (default: 20)")
    parser.add_argument("--tasks", type=int, default=2, help="tasks of the service meanwhile (default: 2)")
    parser.add_argument("--output", type=Path, default=REPORT, help=f"JSON file (default: {REPORT})")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)

    try:
        result = run_releases(
            ROOT, count=arguments.count, seed=arguments.seed, rate=arguments.rate, tasks=arguments.tasks, say=say
        )
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result.described(), indent=2) + "\n", encoding="utf-8")
    print("\n".join(("", result.table(), "", *result.tally.lines())))
    print(
        f"acknowledged writes that are missing: {result.missing_writes}\n"
        f"{result.seconds:.0f} s with {result.tasks} tasks, machine load {result.machine_load}"
    )
    problems = result.problems()
    for problem in problems:
        print(f"BROKEN: {problem}")
    print(f"all of it: {arguments.output}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
