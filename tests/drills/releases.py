"""``make drill-releases`` makes releases under constant load, half of them sabotaged, and counts what callers lose."""

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.drills import drill
from tests.drills.drill import ROOT, Drilled, Say, Step, under_load, until_interrupted
from tests.drills.load import Load
from tests.drills.release_command import Said, release
from tests.drills.sabotage import OTHER_PLATFORM, SABOTAGES, Planned, Sabotage, planned, write_variant
from tests.drills.service import Service, View
from tests.drills.stack import Stack, StackError

BACK_SECONDS = 600.0
"""Time within which the service must be settled again after a release."""
ASKED = 10
"""Number of requests that check which release answers."""


@dataclass(frozen=True, kw_only=True)
class Made(Step):
    """The result of one release.

    Attributes:
        name: ``good``, or the name of the sabotage.
        is_good: Whether the release should go live.
        exit_code: Exit code of the command.
        seconds: Duration of the command.
        settled_seconds: Time from the end of the command until the service was settled; None if it was not in time.
        steps: Step -> its duration in seconds.
        is_live: Whether all tasks run its image, and only this release answers through the edge.
        was_kept: Whether all tasks run the image from before the release.
        reason: The command's line that names the sabotage; empty when there is none.
        last_lines: The last lines of the command's output.
    """

    name: str
    is_good: bool
    exit_code: int
    seconds: float
    settled_seconds: float | None
    steps: dict[str, float]
    is_live: bool
    was_kept: bool
    reason: str
    last_lines: list[str]

    def problems(self) -> Iterator[str]:
        """Yield a line for each promise that did not hold."""
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
        yield from self.lost_requests(where)


@dataclass(kw_only=True)
class Result(Drilled):
    """The result of a drill.

    Attributes:
        releases: The result of each release.
    """

    name = "releases"
    nothing = "nothing was released"

    releases: list[Made] = field(default_factory=list[Made])

    def table(self) -> str:
        """Return a table with one release a line."""
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
    stack: Stack,
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
        stack: A local stack that is up, with a release that is live.
        count: Number of releases; half of them are sabotaged.
        seed: Seed of their order.
        rate: Requests a second.
        tasks: The service's desired count during the drill.
        sabotages: The ways to sabotage a release.
        say: Called with each line of progress.

    Raises:
        StackError: The stack is not up, or not settled.
        AssertionError: The service does not answer before the drill.
    """
    service = Service(stack)
    result = Result(tasks=tasks, rate=rate, seed=seed)
    with (
        under_load(stack, service, result, BACK_SECONDS) as load,
        tempfile.TemporaryDirectory(prefix="drill-releases-") as folder,
    ):
        releases = _Releases(stack, service, load, Path(folder), uuid.uuid4().hex[:12], say)
        with until_interrupted(result):
            for each in planned(count, seed, sabotages):
                result.releases.append(releases.make(each))
    return result


@dataclass(frozen=True)
class _Releases:
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
        """Check whether only this release answers through the edge."""
        url, host = self.stack.edge
        with httpx.Client(base_url=url, headers={"Host": host}, timeout=35.0, trust_env=False) as client:
            found = {str(client.get("/health").json().get("release")) for _ in range(ASKED)}
        return found == {said.digest}


def _is_settled(view: View) -> bool:
    return view.is_settled


def _names(images: frozenset[str], said: Said) -> bool:
    return bool(said.digest) and len(images) == 1 and next(iter(images)).endswith(f"@{said.digest}")


def main() -> int:
    parser = drill.parser("Release under load, half of the releases sabotaged.", "releases.json")
    parser.add_argument("--count", type=int, default=100, help="releases (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of their order (default: 1)")
    parser.add_argument("--tasks", type=int, default=2, help="tasks of the service meanwhile (default: 2)")
    given = parser.parse_args()
    try:
        result = run_releases(
            Stack(ROOT, os.environ),
            count=given.count,
            seed=given.seed,
            rate=given.rate,
            tasks=given.tasks,
            say=drill.say,
        )
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    drill.write(given.output, result.described())
    print("\n".join(("", result.table(), "", *result.tally.lines())))
    print(
        f"acknowledged writes that are missing: {result.missing_writes}\n"
        f"{result.seconds:.0f} s with {result.tasks} tasks, machine load {result.machine_load}"
    )
    return drill.exit_code(result.problems(), given.output)


if __name__ == "__main__":
    sys.exit(main())
