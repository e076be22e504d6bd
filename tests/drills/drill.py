"""What the drills on the local stack have in common: the load around the steps, the result, and the command."""

import argparse
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.drills.counting import Lost, Tally
from tests.drills.load import Load
from tests.drills.service import Service
from tests.drills.stack import Stack, StackError, machine_load

ROOT = Path(__file__).parents[2]
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """What became of a step of a drill.

    Attributes:
        number: Its place, from 1.
        lost: Requests that were lost until the next step.
    """

    number: int
    lost: list[Lost]

    @abstractmethod
    def problems(self) -> Iterator[str]:
        """Which promises did not hold."""

    def lost_requests(self, where: str) -> Iterator[str]:
        """The promise of every step: no request is lost."""
        if self.lost:
            yield f"{where}: {len(self.lost)} requests lost, the first: {self.lost[0].what}: {self.lost[0].why}"


@dataclass(kw_only=True)
class Drilled:
    """What a drill showed.

    Attributes:
        tally: What became of the requests.
        missing_writes: Acknowledged rows that are not in the database.
        tasks: How many the service wanted.
        rate: Requests a second.
        seed: Of what was left to chance.
        seconds: That it took.
        machine_load: Of the machine, at the beginning and at the end.
        was_interrupted: Whether the drill was ended before its last step.
    """

    name: ClassVar[str]
    """Of its steps, such as ``releases``: the field that has them."""
    nothing: ClassVar[str]
    """What is said when there was no step, such as ``nothing was released``."""

    tally: Tally = field(default_factory=Tally)
    missing_writes: int = 0
    tasks: int = 0
    rate: float = 0.0
    seed: int = 0
    seconds: float = 0.0
    machine_load: list[float] = field(default_factory=list[float])
    was_interrupted: bool = False

    @property
    def steps(self) -> Sequence[Step]:
        """What became of each step."""
        return getattr(self, self.name)

    def problems(self) -> list[str]:
        """Which promises did not hold; empty when all did."""
        found = [problem for step in self.steps for problem in step.problems()]
        attributed = sum(len(step.lost) for step in self.steps)
        if len(self.tally.lost) > attributed:
            found.append(f"{len(self.tally.lost) - attributed} requests lost before or after the {self.name}")
        if self.missing_writes:
            found.append(f"{self.missing_writes} acknowledged writes are not in the database")
        if not self.steps or not self.tally.seconds:
            found.append(f"{self.nothing}, or nothing was asked: this shows nothing")
        if self.was_interrupted:
            found.append(f"interrupted after {len(self.steps)} {self.name}")
        return found

    def described(self) -> dict[str, Any]:
        """The result for a JSON file."""
        return {
            **{key: getattr(self, key) for key in ("tasks", "rate", "seed", "seconds", "machine_load")},
            "requests": self.tally.described(),
            "missing_writes": self.missing_writes,
            self.name: [asdict(step) for step in self.steps],
            "problems": self.problems(),
        }


@contextmanager
def until_interrupted(result: Drilled) -> Iterator[None]:
    """Let Ctrl-C end the steps, and keep what they have shown.

    Args:
        result: Of the drill.
    """
    try:
        yield
    except KeyboardInterrupt:
        result.was_interrupted = True


@contextmanager
def under_load(stack: Stack, service: Service, result: Drilled, seconds: float) -> Iterator[Load]:
    """Send requests while the block lasts, to as many tasks as the result says, and note what became of them.

    Args:
        stack: A local stack that is up.
        service: Its service, which wants as many tasks as before afterwards.
        result: Says the tasks, the rate and the seed.
        seconds: Within which the service must be settled.

    Yields:
        The load.

    Raises:
        StackError: The service does not get settled.
        AssertionError: It does not answer before the drill.
    """
    began = time.monotonic()
    result.machine_load.append(machine_load())
    wanted = service.want(result.tasks)
    try:
        if service.wait(lambda view: view.is_settled and view.desired == result.tasks, seconds) is None:
            raise StackError(f"the service does not run {result.tasks} tasks: `python -m ops release status`")
        with Load(*stack.edge, stack.api_key, result.rate, seed=result.seed) as load:
            result.tally = load.tally
            yield load
        result.missing_writes = len(load.missing)
    finally:
        service.want(wanted)
    result.seconds = round(time.monotonic() - began, 1)
    result.machine_load.append(machine_load())


def parser(description: str, report: str) -> argparse.ArgumentParser:
    """A parser of the options that every drill has.

    Args:
        description: What the drill does.
        report: Name of the file for its result.
    """
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--rate", type=float, default=20, help="requests a second (default: 20)")
    file = Path(".platform/drills") / report
    made.add_argument("--output", type=Path, default=file, help=f"JSON file (default: {file})")
    return made


def say(line: str) -> None:
    """Print a line with the time."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def write(output: Path, described: Any) -> None:
    """Write a result's description to a JSON file."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def exit_code(problems: Sequence[str], output: Path) -> int:
    """Print the broken promises and where the result is; 1 when a promise is broken, otherwise 0."""
    for problem in problems:
        print(f"BROKEN: {problem}")
    print(f"all of it: {output}")
    return 1 if problems else 0
