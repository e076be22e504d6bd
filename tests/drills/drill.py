"""What the drills on the local stack share: the load during the steps, the result, and the command line."""

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
    """The result of one step of a drill.

    Attributes:
        number: Number of the step, from 1.
        lost: Requests that were sent during the step and lost.
    """

    number: int
    lost: list[Lost]

    @abstractmethod
    def problems(self) -> Iterator[str]:
        """Yield a line for each promise that did not hold."""

    def lost_requests(self, where: str) -> Iterator[str]:
        """Yield a line if requests were lost: every step promises that none is."""
        if self.lost:
            yield f"{where}: {len(self.lost)} requests lost, the first: {self.lost[0].what}: {self.lost[0].why}"


@dataclass(kw_only=True)
class Drilled:
    """The result of a drill.

    Attributes:
        tally: The results of the requests.
        missing_writes: Number of acknowledged rows that are not in the database.
        tasks: The service's desired count during the drill.
        rate: Requests a second.
        seed: Seed of the random choices.
        seconds: Duration of the drill.
        machine_load: The machine's load average at the beginning and at the end.
        was_interrupted: Whether the drill was ended before its last step.
    """

    name: ClassVar[str]
    """Name of the field that has the steps, such as ``releases``."""
    nothing: ClassVar[str]
    """Text for a drill without a step, such as ``nothing was released``."""

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
        """The result of each step."""
        return getattr(self, self.name)

    def problems(self) -> list[str]:
        """Return a line for each promise that did not hold; empty when all held."""
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
        """Return the result as data for a JSON file."""
        return {
            **{key: getattr(self, key) for key in ("tasks", "rate", "seed", "seconds", "machine_load")},
            "requests": self.tally.described(),
            "missing_writes": self.missing_writes,
            self.name: [asdict(step) for step in self.steps],
            "problems": self.problems(),
        }


@contextmanager
def until_interrupted(result: Drilled) -> Iterator[None]:
    """Let Ctrl-C end the steps, and keep the results so far.

    Args:
        result: The drill's result, which is marked as interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        result.was_interrupted = True


@contextmanager
def under_load(stack: Stack, service: Service, result: Drilled, seconds: float) -> Iterator[Load]:
    """Scale the service, send requests while the block runs, and count their results.

    Args:
        stack: A local stack that is up.
        service: Its service. Its desired count is restored afterwards.
        result: The drill's result. It has the desired count, the rate and the seed, and gets the tally.
        seconds: Time within which the service must be settled, in seconds.

    Yields:
        The load.

    Raises:
        StackError: The service is not settled in time.
        AssertionError: The service does not answer before the drill.
    """
    began = time.monotonic()
    result.machine_load.append(machine_load())
    wanted = service.want(result.tasks)
    try:
        if service.wait(lambda view: view.is_settled and view.desired == result.tasks, seconds) is None:
            raise StackError(f"the service does not run {result.tasks} tasks: `python -m ops release status`")
        with stack.without_quota(), Load(*stack.edge, stack.api_key, result.rate, seed=result.seed) as load:
            result.tally = load.tally
            yield load
        result.missing_writes = len(load.missing)
    finally:
        service.want(wanted)
    result.seconds = round(time.monotonic() - began, 1)
    result.machine_load.append(machine_load())


def parser(description: str, report: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every drill has.

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
    """Print the broken promises and the path of the result; return 1 when a promise is broken, otherwise 0."""
    for problem in problems:
        print(f"BROKEN: {problem}")
    print(f"all of it: {output}")
    return 1 if problems else 0
