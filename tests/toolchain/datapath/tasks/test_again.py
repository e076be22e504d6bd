"""Tasks when the data path is killed and restarted, or stopped."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World
from toolchain.datapath.tasks.workshop import private_address

PROGRAM = """
import sys
from pathlib import Path
from tests.toolchain.datapath.tasks.world import DataPath
running = DataPath(sys.argv[1], Path(sys.argv[2]))
running.start()
running._thread.join()
"""


def test_a_killed_data_path_is_taken_over_by_the_next(world: World) -> None:
    early = world.client("ecs").run_task(
        cluster=world.cluster,
        taskDefinition=world.definition(check=False, CRASH="1"),
        launchType="FARGATE",
        networkConfiguration=world.network,
    )["tasks"][0]["taskArn"]
    folder = world.folder / "datapath"
    command = [sys.executable, "-c", PROGRAM, world.endpoint, str(folder)]
    killed = subprocess.Popen(command, cwd=Path(__file__).parents[4])
    revision = world.definition(RELEASE="one", check=False)
    world.create_service("api", revision, balanced=True)
    world.steady("api", revision)
    # A task that was requested before the data path started runs too.
    found = wait_until(lambda: stopped(world, early), "the early task has ended")
    assert found["containers"][0]["exitCode"] == 3
    before = {task["taskArn"] for task in world.tasks("api")}
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    following = DataPath(world.endpoint, folder)
    following.start()

    def replaced() -> bool:
        now = {task["taskArn"] for task in world.tasks("api") if task["lastStatus"] == "RUNNING"}
        return len(now) == 2 and now.isdisjoint(before)

    wait_until(replaced, "two new tasks run")
    wait_until(lambda: registered(world) == {private_address(task) for task in world.tasks("api")}, "no old targets")
    old = [task for task in world.stopped("api") if task["taskArn"] in before]
    assert {task["lastStatus"] for task in old} == {"STOPPED"}
    assert {task["stoppedReason"] for task in old} == {"The data path that ran this task has ended."}
    assert following.ask(world.tasks("api")[0])["environment"]["RELEASE"] == "one"
    pids = _noted(folder)
    assert len(pids) == 2

    ecs = world.client("ecs")
    ecs.delete_service(cluster=world.cluster, service="api", force=True)
    wait_until(lambda: world.service("api")["status"] == "INACTIVE", "the deleted service is gone")
    assert world.tasks("api") == []
    following.stop()
    for pid in pids:
        assert not _runs(pid)


def stopped(world: World, task: str) -> dict[str, Any] | None:
    found = world.client("ecs").describe_tasks(cluster=world.cluster, tasks=[task])["tasks"][0]
    return found if found["lastStatus"] == "STOPPED" else None


def registered(world: World) -> set[str]:
    answer = world.client("elbv2").describe_target_health(TargetGroupArn=world.target_group)
    return {item["Target"]["Id"] for item in answer["TargetHealthDescriptions"]}


def _noted(folder: Path) -> list[int]:
    return [int(pid) for pid in json.loads((folder / "children.json").read_text())]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
