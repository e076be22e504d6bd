"""``python -m tests.backend.figures`` measures the reference service for docs/performance.md."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil

from tests.backend.drill import prepared_servers
from tests.backend.ecs import TASK, ecs, endpoint
from tests.backend.load import Load
from tests.backend.task import DRILLED, SERVICE, Task, running

ROW = "/drill/rows/6c3c8f0e-3f5d-4b8e-9a53-0d8c8a4c1c11"
BARE = (sys.executable, "-m", "tests.backend.bare")


def log_in(folder: Path) -> Path:
    """Return a new path for the output of a task."""
    return folder / f"{time.monotonic_ns()}.log"


def processor_seconds(task: Task) -> float:
    times = psutil.Process(task.process.pid).cpu_times()
    return times.user + times.system


@contextmanager
def in_ecs(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield the environment of a task that asks ECS for its capacity provider: the AWS client for that takes memory."""
    with endpoint(json.dumps(TASK).encode()) as metadata, ecs() as server:
        yield environment | {
            "ECS_CONTAINER_METADATA_URI_V4": metadata.uri,
            "DESCRIBE_TASKS": "true",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }


def start_and_memory(environment: dict[str, str], folder: Path) -> None:
    began = time.monotonic()
    with in_ecs(environment) as told, running(told, log_in(folder), SERVICE) as task:
        wall = time.monotonic() - began
        processor = processor_seconds(task)
        time.sleep(10)
        assert httpx.get(f"{task.url}/health").json()["capacityProvider"] == "FARGATE_SPOT"
        memory = psutil.Process(task.process.pid).memory_info().rss / 1e6
        idle = processor_seconds(task) - processor
    print(f"start to ready: {wall:.2f} s, {processor:.2f} s of processor")
    print(f"idle: {memory:.0f} MB, {idle * 100:.0f} ms of processor a second")


def readiness(environment: dict[str, str], folder: Path, seconds: float = 20) -> None:
    with running(environment, log_in(folder), DRILLED) as task, httpx.Client(base_url=task.url) as client:
        taken: list[float] = []
        with Load(task.url).running() as result:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                began = time.perf_counter()
                answer = client.get("/health/ready")
                taken.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 200, answer.text
                time.sleep(0.02)
    taken.sort()
    median, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    print(f"readiness: {len(taken)} answers, median {median:.1f} ms, p99 {p99:.1f} ms")
    print(f"  beside {result.requests / seconds:.0f} requests a second")


class Reader(asyncio.Protocol):
    """Requests the same row again and again over one connection. It uses little CPU, so that the server is measured."""

    def __init__(self, count: list[int]) -> None:
        self._count = count
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"}"):
            return  # the body has not arrived yet
        assert self._answer.startswith(b"HTTP/1.1 200"), self._answer
        self._answer = b""
        self._count[0] += 1
        self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        self._transport.write(f"GET {ROW} HTTP/1.1\r\nHost: a\r\n\r\n".encode())


async def read(port: int, connections: int, seconds: float) -> int:
    count = [0]
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Reader(count), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.sleep(seconds)
    for transport, _ in made:
        transport.abort()
    return count[0]


def throughput(environment: dict[str, str], folder: Path, seconds: float = 4, rounds: int = 6) -> None:
    """Measure the throughput of the bare application and of the service in turns, also in CPU time for each request.

    Other work on the machine does not change CPU time. Both are measured without logs, and with a line for each
    request, which is the default of both.
    """
    quiet = environment | {"LOG_LEVEL": "warning"}
    starts = {
        "bare": (quiet, BARE),
        "service": (quiet, DRILLED),
        "bare with uvicorn's log": (environment, BARE),
        "service with its log": (environment, DRILLED),
    }
    with ExitStack() as stack:
        tasks = {
            name: stack.enter_context(running(told, log_in(folder), command, ROW))
            for name, (told, command) in starts.items()
        }
        turns = [{name: one_turn(task, seconds) for name, task in tasks.items()} for _ in range(rounds)]
    for name in tasks:
        seen = [(requests / seconds, used / requests * 1e6) for requests, used in (turn[name] for turn in turns)]
        print(f"throughput, {name}: " + "; ".join(f"{rate:.0f} a second, {cost:.0f} us each" for rate, cost in seen))
    whole = {name: [sum(column) for column in zip(*(turn[name] for turn in turns), strict=True)] for name in tasks}
    for bare, name in (
        ("bare", "service"),
        ("bare with uvicorn's log", "service with its log"),
        ("bare", "service with its log"),
    ):
        ratios = [ratio_of(turn[bare], turn[name]) for turn in turns]
        print(
            f"  {name} against {bare}, by processor time: {ratio_of(whole[bare], whole[name]):.2f} in the whole run, "
            f"{', '.join(f'{ratio:.2f}' for ratio in ratios)} in its turns; "
            f"by requests a second: {whole[name][0] / whole[bare][0]:.2f}"
        )


def one_turn(task: Task, seconds: float) -> tuple[float, float]:
    """Return the number of answered requests, and the seconds of CPU time that they took."""
    before = processor_seconds(task)
    requests = asyncio.run(read(task.port, 8, seconds))
    return requests, processor_seconds(task) - before


def ratio_of(bare: Sequence[float], ours: Sequence[float]) -> float:
    """Return the bare application's CPU time for a request divided by the service's."""
    return (bare[1] / bare[0]) / (ours[1] / ours[0])


def main() -> None:
    print("load before: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
    with tempfile.TemporaryDirectory() as name, prepared_servers() as environment:
        folder = Path(name)
        start_and_memory(environment, folder)
        readiness(environment, folder)
        throughput(environment, folder)
    print("load after: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    main()
