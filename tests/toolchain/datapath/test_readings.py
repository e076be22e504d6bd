"""A reading is cached until something may have changed, and never longer than promised."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import emulated
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.readings import CHECK_SECONDS, KEPT, LONGEST_SECONDS, Readings, only_reads
from toolchain.emulator.process import Emulator


class World:
    """An emulator that counts its requests, and a clock."""

    def __init__(self) -> None:
        self.now, self.revision, self.asked, self.checks = 0.0, 0, 0, 0
        self.readings = Readings(self._revision, lambda: self.now)

    async def _revision(self) -> int:
        self.checks += 1
        return self.revision

    async def _ask(self) -> dict[str, Any]:
        self.asked += 1
        return {"answer": [self.asked]}

    def read(self, *what: str) -> Any:
        return asyncio.run(self.readings.read(what, self._ask))


def test_what_has_not_changed_is_read_once() -> None:
    world = World()
    for _ in range(5):
        world.now += CHECK_SECONDS
        assert world.read("a") == {"answer": [1]}
    assert world.asked == 1
    assert world.read("b") == {"answer": [2]}


def test_a_change_of_others_is_seen_after_the_next_check() -> None:
    world = World()
    world.read("a")
    world.revision += 1
    assert world.read("a") == {"answer": [1]}
    world.now += CHECK_SECONDS
    assert world.read("a") == {"answer": [2]}


def test_while_a_call_waits_for_the_next_revision_none_is_asked_for() -> None:
    world = World()
    changes: asyncio.Queue[int | Exception] = asyncio.Queue()

    async def next_revision(_known: int) -> int:
        change = await changes.get()
        changes.task_done()
        if isinstance(change, Exception):
            raise change
        world.revision = change
        return change

    async def read() -> Any:
        return await readings.read(("a",), world._ask)

    async def lives() -> None:
        for _ in range(3):
            assert await read() == {"answer": [1]}
            world.now += CHECK_SECONDS
            await asyncio.sleep(0)  # the call begins to wait
        assert world.checks == 1
        await changes.put(1)
        await changes.join()
        assert await read() == {"answer": [2]}, "seen at once"
        assert world.checks == 1
        world.revision = 2
        readings.changed()
        assert await read() == {"answer": [3]}, "a change of its own"
        assert world.checks == 2
        await changes.put(httpx.ConnectError("the emulator has ended"))
        await changes.join()
        await asyncio.sleep(0)
        world.revision = 3
        assert await read() == {"answer": [4]}
        assert world.checks == 3, "after an error it is asked for again"

    readings = Readings(world._revision, lambda: world.now, await_revision=next_revision)
    asyncio.run(lives())


def test_a_revision_of_a_new_emulator_is_asked_for_and_not_awaited_in_a_busy_loop() -> None:
    world = World()
    world.revision = 9
    calls: list[int] = []

    async def next_revision(known: int) -> int:
        calls.append(known)
        if known == 3:
            await asyncio.Event().wait()
        return 3

    async def read() -> list[Any]:
        readings = Readings(world._revision, lambda: world.now, check_seconds=0.01, await_revision=next_revision)
        first = await readings.read(("a",), world._ask)
        world.revision = 3
        while 3 not in calls:
            await readings.read(("b",), world._ask)
            await asyncio.sleep(0.001)
        return [first, await readings.read(("a",), world._ask)]

    first, second = asyncio.run(asyncio.wait_for(read(), 20))
    assert second != first
    assert calls[0] == 9
    assert calls[-1] == 3
    assert len(calls) <= 3


def test_a_change_of_ones_own_is_seen_at_once() -> None:
    world = World()
    world.read("a")
    world.revision += 1
    world.readings.changed()
    assert world.read("a") == {"answer": [2]}


def test_a_change_while_it_is_read_is_not_lost() -> None:
    world = World()

    async def ask() -> int:
        world.revision += 1
        return world.revision

    asyncio.run(world.readings.read(("a",), ask))
    world.now += CHECK_SECONDS
    assert asyncio.run(world.readings.read(("a",), ask)) == 2


def test_a_reading_grows_old() -> None:
    world = World()
    world.read("a")
    world.now += LONGEST_SECONDS
    assert world.read("a") == {"answer": [2]}


def test_who_changes_an_answer_changes_only_its_own() -> None:
    world = World()
    world.read("a")["answer"].append("mine")
    assert world.read("a") == {"answer": [1]}


def test_readings_are_bounded() -> None:
    world = World()
    for number in range(KEPT + 1):
        world.read(str(number))
    world.read("0")
    assert world.asked == KEPT + 2


def test_a_stream_is_not_kept(tmp_path: Path) -> None:
    world = World()
    (tmp_path / "object").write_bytes(b"content")

    async def ask() -> dict[str, Any]:
        world.asked += 1
        return {"Body": (tmp_path / "object").open("rb")}

    for _ in range(2):
        with asyncio.run(world.readings.read(("a",), ask))["Body"] as body:
            assert body.read() == b"content"
    assert world.asked == 2


def test_errors_are_not_kept() -> None:
    world = World()

    async def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(world.readings.read(("a",), fail))
    assert world.read("a") == {"answer": [1]}


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("describe_services", True),
        ("list_tasks", True),
        ("get_secret_value", True),
        ("get_object", True),
        ("run_task", False),
        ("put_image", False),
        ("batch_get_image", False),
    ],
)
def test_what_only_reads(operation: str, reads: bool) -> None:
    assert only_reads(operation) is reads


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("emulator")
    emulator = Emulator(folder)
    yield emulator.start()
    emulator.stop()


def test_the_emulator_says_when_others_have_changed_it(endpoint: str) -> None:
    other = emulated.client(endpoint, "ecs")

    async def look() -> list[int]:
        plane = ControlPlane(endpoint)
        counts = [await plane._revision()]
        await plane.pages("ecs", "list_clusters", "clusterArns[]")
        await plane.call("ecs", "describe_clusters", clusters=[])
        counts.append(await plane._revision())
        await asyncio.to_thread(other.create_cluster, clusterName="a")
        counts.append(await plane._revision())
        await plane.call("ecs", "create_cluster", clusterName="b")
        counts.append(await plane._revision())
        found = await plane.pages("ecs", "list_clusters", "clusterArns[]")
        assert [arn.rpartition("/")[2] for arn in found] == ["a", "b"]
        return counts

    before, read, changed, own = asyncio.run(look())
    assert before == read < changed < own
