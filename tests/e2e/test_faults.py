"""``make e2e`` kills the local stack's programs under load, one after the other. These tests run last, because they end
the emulator."""

import os
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from ops.spot.load import Load
from tests.e2e.stack import RECOVERY_SECONDS, RUNNING, LocalStack, logged_in
from tests.waiting import wait_until
from toolchain.datapath.__main__ import MEMBERS

pytestmark = [
    pytest.mark.engine,
    pytest.mark.emulator,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(
        not (os.environ.get("E2E") or os.environ.get(RUNNING)), reason="the faults take three minutes: make e2e"
    ),
]

PER_SECOND = 5.0


def service_of(stack: LocalStack) -> list[psutil.Process]:
    """Return the processes of the service's tasks."""
    return [each for each in stack.programs("python") if each.cmdline()[-2:] == ["-m", "service"]]


def postmaster_of(stack: LocalStack) -> list[psutil.Process]:
    """Return PostgreSQL's server process, without its child processes."""
    servers = stack.programs("postgres")
    return [each for each in servers if each.ppid() not in {other.pid for other in servers}]


def part(name: str) -> Callable[[LocalStack], list[psutil.Process]]:
    """Return a function that finds one of the data path's processes."""
    module = f"toolchain.datapath.{name}"
    return lambda stack: [each for each in stack.programs("python") if module in each.cmdline()[:3]]


PROGRAMS: dict[str, Callable[[LocalStack], list[psutil.Process]]] = {
    "the task": service_of,
    "the init process of the task": lambda stack: stack.programs("tini"),
    "HAProxy": lambda stack: stack.programs("haproxy"),
    "PostgreSQL": postmaster_of,
    "Redis": lambda stack: stack.programs("redis-server"),
    "the process of the stores": part("stores"),
    "the process of the load balancers": part("balancer"),
    "the process of the task": part("tasks"),
    "the process of the edge": part("edge"),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_that_is_killed_comes_back(local_stack: LocalStack, account: dict[str, str], what: str) -> None:
    wait_until(lambda: len(service_of(local_stack)) == 1, "tasks of earlier tests have drained", RECOVERY_SECONDS)
    killed = PROGRAMS[what](local_stack)
    if not killed and what in {"the init process of the task", "HAProxy"}:
        pytest.skip(f"{what} is not on PATH")
    (process,) = killed
    before = well(local_stack)
    with load(local_stack) as running:
        process.kill()
        process.wait(RECOVERY_SECONDS)
        wait_until(lambda: PROGRAMS[what](local_stack), f"{what} runs again", RECOVERY_SECONDS)
        if "task" in what:
            wait_until(lambda: well(local_stack)["task"] != before["task"], "another task answers", RECOVERY_SECONDS)
        after = well(local_stack)
    print(f"{what}: {running.counts}")
    assert len(PROGRAMS[what](local_stack)) == 1
    assert len(service_of(local_stack)) == 1
    assert (after["task"] == before["task"]) is ("task" not in what)
    logged_in(local_stack, account)


def test_a_data_path_that_is_killed_is_brought_back_by_up(local_stack: LocalStack, account: dict[str, str]) -> None:
    well(local_stack)
    data_path, edge = local_stack.data_path["pid"], local_stack.edge
    left = psutil.Process(data_path).children(recursive=True)
    assert all(find(local_stack) == [each for each in find(local_stack) if each in left] for find in PROGRAMS.values())
    assert len(left) > len(MEMBERS)
    with load(local_stack) as running:
        psutil.Process(data_path).kill()
        said = local_stack.run("toolchain", "up", "local", "--yes", "--plain", "--expect-no-changes")
        assert "The local data path is started" in said.stderr
        well(local_stack)
    print(f"the data path: {running.counts}")
    assert not [each for each in left if each.is_running()]
    assert local_stack.edge == edge
    logged_in(local_stack, account)


def test_an_emulator_that_is_killed_is_made_anew_by_up(local_stack: LocalStack) -> None:
    """This test is the last: the emulator's content is lost, so the stack starts again without the service's image."""
    emulator, left = local_stack.emulator["pid"], local_stack.processes()
    psutil.Process(emulator).kill()
    smoke = local_stack.run("ops", "smoke", status=2)
    assert len(smoke.stderr.strip().splitlines()) == 1
    assert "up" in smoke.stderr
    preview = local_stack.run("toolchain", "preview", "local", "--plain")
    assert "The emulator of this stack has ended, and everything in it is gone" in preview.stderr
    assert "'up' makes everything anew" in preview.stderr
    local_stack.run("toolchain", "up", "local", "--yes", "--plain")
    assert not [each for each in left if each.is_running() and each.pid != emulator]
    (status,) = local_stack.lines("release", "status")
    assert status["image"] is None


def well(stack: LocalStack) -> dict[str, Any]:
    return wait_until(stack.health, "the service, its database and its cache are well", RECOVERY_SECONDS)


def load(stack: LocalStack) -> Load:
    headers = {"Host": stack.url("api_url").removeprefix("http://")}
    return Load(f"http://{stack.edge}/health", headers, PER_SECOND, trust_env=False)
