"""`ops release`, from the command line to the stack's file: which image goes live, and what is rolled back."""

import json
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops import stacks
from ops.cli import main
from ops.errors import BUSY, FAILED, INTERRUPTED, USER_ERROR
from ops.image import container_build
from ops.image import source as image_source
from ops.release import commands as release
from ops.release import history as release_history
from ops.release import run as release_run
from ops.release.run import ReleaseRun
from ops.stack_outputs import ROOT
from tests.ops.conftest import FakeSession, FakeUp
from tests.ops.fake_ecs import GROUP, REPOSITORY, FakeEcs, manifest

Ran = tuple[int, list[dict[str, Any]], str]


class World:
    """The stack, with the steps of the next `up`."""

    def __init__(self, session: FakeSession, ecs: FakeEcs, project: Path) -> None:
        self.session, self.ecs, self.project = session, ecs, project
        self.ups: list[FakeUp] = []
        self.next_up: Callable[[], FakeUp] = self.good_up
        self.tasks_run = [True]
        """Whether the data path runs at each check; the last value repeats."""

    def look(self) -> bool:
        return self.tasks_run.pop(0) if len(self.tasks_run) > 1 else self.tasks_run[0]

    def push(self, seed: str) -> str:
        ecr = boto3.client("ecr", region_name="us-east-1")
        put = ecr.put_image(repositoryName="api", imageManifest=manifest(seed), imageTag=f"v-{seed}")
        return f"{REPOSITORY}@{put['image']['imageId']['imageDigest']}"

    def start_up(self, stack: str) -> FakeUp:
        assert stack == "dev"
        self.ups.append(self.next_up())
        return self.ups[-1]

    def configured(self) -> str | None:
        lines = (self.project / "Pulumi.dev.yaml").read_text().splitlines()
        assert "  # small" in lines
        return next((line.split(": ")[1] for line in lines if line.strip().startswith("image:")), None)

    def good_up(self) -> FakeUp:
        return FakeUp([self.begins, lambda: None, self.completes])

    def begins(self) -> None:
        self.ecs.begin(self.ecs.register(str(self.configured())))

    def completes(self) -> None:
        self.ecs.complete()
        self.session.outputs["task_definition_arn"] = self.ecs.deployments[0]["taskDefinition"]

    def bad_up(self) -> FakeUp:
        return FakeUp([self.begins, self.ecs.roll_back], code=1, why="error: rolled back")


@pytest.fixture
def world(session: FakeSession, ecs: FakeEcs, project: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(session, ecs, project)
    monkeypatch.setattr(release.aws, "connect", lambda stack: session)
    faked = partial(
        ReleaseRun, start_up=made.start_up, connect=lambda stack: session, pause=lambda _: None, tasks_run=made.look
    )
    monkeypatch.setattr(release, "ReleaseRun", faked)
    return made


@pytest.fixture
def ops(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        code = main(["release", *words, "--stack", "dev", "--json"])
        captured = capsys.readouterr()
        return code, [json.loads(line) for line in captured.out.splitlines()], captured.err

    return run


def texts(events: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["text"] for event in events if event["event"] == kind]


def test_the_first_release_migrates_configures_and_becomes_live(world: World, ops: Callable[..., Ran]) -> None:
    image = world.push("a")
    code, events, error = ops("v-a", "--yes", "--health-path", "")
    assert (code, error) == (0, "")
    kinds = [event["event"] for event in events]
    assert kinds.index("scan") < kinds.index("migration") < kinds.index("configuration") < kinds.index("up")
    assert events[-1] | {"at": ""} == {
        "event": "result", "at": "", "text": f"live: {image}", "stack": "dev", "image": image, "before": None,
        "changed": True,
    }  # fmt: skip
    assert world.configured() == image
    assert [name for name, _ in world.ecs.calls] == [
        "register_task_definition", "run_task", "deregister_task_definition"
    ]  # fmt: skip
    assert world.ups[0].stopped
    ecr = boto3.client("ecr", region_name="us-east-1")
    assert [each.digest for each in release_history.read(ecr, "api")] == [image.partition("@")[2]]


def test_the_same_release_again_does_nothing(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    code, events, _ = ops("v-a", "--yes")
    assert code == 0
    assert "nothing to do" in events[-1]["text"]
    assert len(world.ups) == 1


def test_the_migration_runs_alone_with_the_image_that_is_live(world: World, ops: Callable[..., Ran]) -> None:
    code, _, error = ops("migrate", "--yes")
    assert (code, error.count("\n"), "runs no image yet" in error) == (USER_ERROR, 1, True)
    image = world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    before = len(world.ecs.calls)
    code, events, error = ops("migrate", "--yes")
    assert (code, error) == (0, "")
    assert [name for name, _ in world.ecs.calls[before:]] == [
        "register_task_definition", "run_task", "deregister_task_definition"
    ]  # fmt: skip
    (registered,) = [given for name, given in world.ecs.calls[before:] if name == "register_task_definition"]
    assert {each["image"] for each in registered["containerDefinitions"]} == {image}
    assert (events[-1]["text"], events[-1]["changed"]) == (f"migrated with {image}", True)
    assert len(world.ups) == 1, "nothing else changes"


def test_a_rolled_back_release_fails_says_why_and_puts_the_configuration_back(
    world: World, ops: Callable[..., Ran]
) -> None:
    good = world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    bad = world.push("b")
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_stream(logGroupName=GROUP, logStreamName="ecs/api/20")
    event = {"timestamp": 1764400000000, "message": "Traceback: no such module"}
    logs.put_log_events(logGroupName=GROUP, logStreamName="ecs/api/20", logEvents=[event])
    world.next_up = world.bad_up
    code, events, error = ops("v-b", "--yes")
    assert code == FAILED
    assert "rolled the service back to house-dev-api:" in error
    assert error.count("\n") == 1
    stopped = texts(events, "stopped-task")
    assert any("Essential container in task exited; exit code 3" in line for line in stopped)
    assert world.configured() == good != bad
    assert texts(events, "configuration")[-1] == f"Pulumi.dev.yaml names {good} again"


def test_a_failed_first_release_leaves_no_image_in_the_configuration(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    world.next_up = world.bad_up
    code, events, _ = ops("v-a", "--yes")
    assert code == FAILED
    assert world.configured() is None
    assert texts(events, "configuration")[-1] == "Pulumi.dev.yaml names no image again"


def test_a_configuration_that_cannot_be_put_back_does_not_hide_the_failure(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push("a")
    set_image = stacks.set_service_image

    def only_sets(stack: str, image: str | None) -> Path:
        if image is None:
            raise ValueError("edit it by hand")
        return set_image(stack, image)

    monkeypatch.setattr(stacks, "set_service_image", only_sets)
    world.next_up = world.bad_up
    code, events, error = ops("v-a", "--yes")
    assert (code, "rolled the service back" in error) == (FAILED, True)
    assert "could not be put back: edit it by hand" in texts(events, "configuration")[-1]


def test_an_up_that_fails_before_the_rollout_is_a_failure_with_its_reason(
    world: World, ops: Callable[..., Ran]
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([], code=255, why="error: policy violation")
    code, _, error = ops("v-a", "--yes")
    assert (code, "up failed with exit code 255: error: policy violation" in error) == (FAILED, True)
    assert world.configured() is None


def test_a_failed_migration_changes_nothing_else(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    world.ecs.exit_code = 1
    code, _, error = ops("v-a", "--yes")
    assert (code, "the migration ended with exit code 1" in error) == (FAILED, True)
    assert (world.configured(), world.ups) == (None, [])


def test_a_migration_may_be_left_out(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    code, _, _ = ops("v-a", "--yes", "--no-migration", "--health-path", "")
    assert (code, world.ecs.calls) == (0, [])


def test_a_release_that_never_gets_live_ends_and_stops_up(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([world.begins, *[lambda: None] * 1000])
    times = iter(range(100_000))
    monkeypatch.setattr(release, "ReleaseRun", partial(release.ReleaseRun, clock=lambda: float(next(times))))
    code, _, error = ops("v-a", "--yes", "--timeout", "20", "--no-migration")
    assert (code, "not live after 20 s: 2 of 2 tasks are not healthy yet" in error) == (FAILED, True)
    assert world.ups[0].stopped
    assert world.configured() is None


def _interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupted", [_interrupted, lambda: signal.raise_signal(signal.SIGTERM)])
def test_an_interrupted_release_stops_up_and_puts_the_configuration_back(
    world: World, ops: Callable[..., Ran], interrupted: Callable[[], None]
) -> None:
    world.push("a")
    world.next_up = lambda: FakeUp([world.begins, interrupted])
    code, _, error = ops("v-a", "--yes")
    assert (code, "interrupted; the configuration names the image that ran before" in error) == (INTERRUPTED, True)
    assert world.ups[0].stopped
    assert world.configured() is None
    assert boto3.client("ssm", region_name="us-east-1").describe_parameters()["Parameters"] == []


def test_a_release_does_not_begin_beside_the_up_of_one_that_was_killed(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would run its migration, and then fail at its own `up`."""
    world.push("a")
    monkeypatch.setattr(stacks, "changer", lambda stack: f"'up' of {stack}, process 7")
    code, events, error = ops("v-a", "--yes")
    said = "another run is changing the dev stack: 'up' of dev, process 7; release again when it has ended"
    assert (code, said in error) == (BUSY, True)
    assert (world.ups, texts(events, "migration")) == ([], [])
    assert boto3.client("ssm", region_name="us-east-1").describe_parameters()["Parameters"] == []


def test_a_second_release_is_told_that_it_is_busy(
    world: World, ops: Callable[..., Ran], capsys: pytest.CaptureFixture[str]
) -> None:
    world.push("a")
    ssm = boto3.client("ssm", region_name="us-east-1")
    holder = {"token": "t", "who": "ci", "host": "elsewhere", "pid": 1, "started": 1.0, "since": "noon"}
    ssm.put_parameter(Name="/house/dev/release-lock", Value=json.dumps(holder), Type="String")
    code, _, error = ops("v-a", "--yes")
    assert (code, "another release is under way: ci on elsewhere" in error) == (BUSY, True)
    assert world.ups == []
    assert main(["release", "unlock", "--stack", "dev", "--yes"]) == 0
    assert "removed the lock of ci on elsewhere" in capsys.readouterr().out
    assert ops("v-a", "--yes", "--health-path", "")[0] == 0


def test_unlock_says_whose_lock_it_removed_as_json_too(world: World, ops: Callable[..., Ran]) -> None:
    code, events, _ = ops("unlock")
    assert code == 0
    assert events[-1] | {"at": ""} == {
        "event": "result", "at": "", "text": "no release is under way", "stack": "dev", "holder": None, "changed": False
    }  # fmt: skip
    ssm = boto3.client("ssm", region_name="us-east-1")
    holder = {"token": "t", "who": "ci", "host": "elsewhere", "pid": 1, "started": 1.0, "since": "noon"}
    ssm.put_parameter(Name="/house/dev/release-lock", Value=json.dumps(holder), Type="String")
    code, events, error = ops("unlock")
    assert (code, events, "add --yes" in error) == (FAILED, [], True)
    code, events, error = ops("unlock", "--yes")
    assert (code, error) == (0, "")
    assert events[-1]["holder"] == "ci on elsewhere (process 1) since noon"
    assert events[-1]["changed"] is True


def test_throttled_looks_are_tried_again(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    original, left = world.ecs.describe_services, [2]

    def throttled(**arguments: Any) -> dict[str, Any]:
        if world.ups and left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "DescribeServices")
        return original(**arguments)

    world.ecs.describe_services = throttled  # type: ignore[method-assign]
    code, events, _ = ops("v-a", "--yes", "--health-path", "")
    assert code == 0
    assert len(texts(events, "look")) == 2


def test_a_refused_look_stops_up_and_puts_the_configuration_back(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    original = world.ecs.describe_services

    def denied(**arguments: Any) -> dict[str, Any]:
        if world.ups:
            error = {"Code": "ExpiredTokenException", "Message": "the token is expired"}
            raise ClientError({"Error": error}, "DescribeServices")
        return original(**arguments)

    world.ecs.describe_services = denied  # type: ignore[method-assign]
    code, _, error = ops("v-a", "--yes", "--no-migration")
    assert (code, "the AWS credentials have expired" in error) == (3, True)
    assert world.ups[0].stopped
    assert world.configured() is None


def test_rollback_goes_to_the_release_before_and_then_on(world: World, ops: Callable[..., Ran]) -> None:
    images = [world.push(seed) for seed in "abc"]
    ecr = boto3.client("ecr", region_name="us-east-1")
    for hour, seed in enumerate("abc"):
        ops(f"v-{seed}", "--yes", "--health-path", "")
        tags = [t for i in ecr.describe_images(repositoryName="api")["imageDetails"] for t in i["imageTags"]]
        newest = max(tag for tag in tags if tag.startswith("release-"))
        # all releases of a test happen in the same second: give each a different hour
        ecr.batch_delete_image(repositoryName="api", imageIds=[{"imageTag": newest}])
        ecr.put_image(repositoryName="api", imageManifest=manifest(seed), imageTag=f"release-20251129T0{hour}0000Z")
    world.ecs.calls.clear()
    code, events, _ = ops("rollback", "--yes", "--health-path", "")
    assert (code, events[-1]["image"], events[-1]["before"]) == (0, images[1], images[2])
    assert world.configured() == images[1]
    assert world.ecs.calls == []  # no migration
    assert ops("rollback", "--yes", "--to", "v-a", "--health-path", "")[1][-1]["image"] == images[0]
    _, listed, _ = ops("list")
    assert [each["live"] for each in listed[0]["releases"]].count(True) >= 1


def test_rollback_without_a_release_before_is_refused(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    code, _, error = ops("rollback", "--yes")
    assert (code, "there is no release before this one" in error) == (USER_ERROR, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give an IMAGE, or --build DIR"),
        (("v-a", "--build", "x"), "give an IMAGE, or --build DIR"),
        (("nothing",), "nothing is not in the repository api"),
        (("--build", "x", "--build-arg", "A"), "--build-arg=A must be NAME=VALUE"),
        (("--build", "x", "--platform", "windows/amd64", "--yes"), "allowed: linux/arm64, linux/amd64"),
    ],
)
def test_wrong_arguments_are_one_line(
    world: World, ops: Callable[..., Ran], words: tuple[str, ...], message: str
) -> None:
    code, _, error = ops(*words)
    assert (code, error.count("\n")) == (USER_ERROR, 1)
    assert message in error


def test_a_stack_that_builds_its_image_itself_is_refused(world: World, ops: Callable[..., Ran]) -> None:
    (world.project / "Pulumi.dev.yaml").write_text("config:\n  service:\n    build: backend\n")
    code, _, error = ops("v-a")
    assert (code, "service.build is set" in error) == (USER_ERROR, True)


def test_the_wrong_architecture_is_refused_before_anything_changes(world: World, ops: Callable[..., Ran]) -> None:
    ecr = boto3.client("ecr", region_name="us-east-1")
    ecr.put_image(repositoryName="api", imageManifest=manifest("a").replace("arm64", "amd64"), imageTag="v-a")
    code, _, error = ops("v-a", "--yes")
    assert (code, "the image is for amd64, and the task definition asks for arm64" in error) == (FAILED, True)
    assert (world.ups, world.ecs.calls, world.configured()) == ([], [], None)


def test_critical_findings_are_refused_unless_accepted(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push("a")
    found = release.release_image.Scan("COMPLETE", {"CRITICAL": 2}, ("CVE-1", "CVE-2"))
    monkeypatch.setattr(release.release_image, "scan", lambda *_, **__: found)
    code, _, error = ops("v-a", "--yes")
    assert (code, "2 critical findings (CVE-1, CVE-2)" in error) == (FAILED, True)
    assert ops("v-a", "--yes", "--accept-findings", "--health-path", "")[0] == 0


def test_dry_run_changes_nothing(world: World, ops: Callable[..., Ran]) -> None:
    image = world.push("a")
    code, events, _ = ops("v-a", "--dry-run")
    assert (code, events[-1]["text"]) == (0, f"would release {image} to dev")
    assert (world.ups, world.ecs.calls, world.configured()) == ([], [], None)


def test_aws_is_not_changed_without_being_asked(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    code, _, error = ops("v-a")
    assert (code, "add --yes" in error) == (FAILED, True)
    assert (world.ups, world.configured()) == ([], None)


def test_nothing_is_pushed_without_being_asked(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[object] = []
    monkeypatch.setattr(container_build, "run", lambda *words: pushed.append(words))
    code, _, error = ops("--build", "backend")
    assert (code, "add --yes" in error, pushed) == (FAILED, True, [])


def test_status_says_what_runs(world: World, ops: Callable[..., Ran], capsys: pytest.CaptureFixture[str]) -> None:
    image = world.push("a")
    ops("v-a", "--yes", "--health-path", "")
    _, listed, _ = ops("status")
    assert listed[0]["image"] == listed[0]["configured"] == image
    assert [each["health"] for each in listed[0]["tasks"]] == ["HEALTHY", "HEALTHY"]
    assert main(["release", "status", "--stack", "dev"]) == 0
    assert "no release is under way" in capsys.readouterr().out


def test_a_folder_is_built_for_the_emulator_and_released(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    object.__setattr__(world.session, "endpoint_url", "http://127.0.0.1:1")
    monkeypatch.setattr(image_source, "ROOT", tmp_path)
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY app.py /app/\n")
    (folder / "app.py").write_text("")
    code, events, _ = ops("--build", str(folder), "--health-path", "")  # no confirmation on the local stack
    assert code == 0
    assert world.configured() == events[-1]["image"]
    assert len(list((tmp_path / ".platform" / "dev" / "images").iterdir())) == 1
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY gone.py /app/\n")
    code, _, error = ops("--build", str(folder))
    assert (code, "Dockerfile, line 2: gone.py is not there" in error) == (USER_ERROR, True)


GONE = "the local data path has ended, and without it no task runs: 'make up' starts it again; its log is "


@pytest.fixture
def local(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The world of a local stack, whose tasks run on this machine."""
    object.__setattr__(world.session, "endpoint_url", "http://127.0.0.1:1")
    monkeypatch.setattr(image_source, "ROOT", tmp_path)
    return world


def test_a_migration_that_nothing_runs_is_given_up_with_the_reason(
    local: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = local.push("a")
    pending = {"tasks": [{"lastStatus": "PROVISIONING", "containers": []}]}
    monkeypatch.setattr(local.ecs, "describe_tasks", lambda **_: pending)
    local.tasks_run = [True, False, True, False]  # the data path may be down for a moment
    code, _, error = ops(image, "--health-path", "")
    assert (code, error.count("\n"), GONE in error) == (FAILED, 1, True)
    assert (local.ups, local.configured()) == ([], None)
    assert [name for name, _ in local.ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_a_rollout_that_nothing_runs_any_more_is_given_up_with_the_reason(
    local: World, ops: Callable[..., Ran]
) -> None:
    image = local.push("a")
    local.next_up = lambda: FakeUp([local.begins, *[lambda: None] * 50], code=1, why="never reached")
    local.tasks_run = [False, False, False, False, True, False]  # `up` starts it first
    code, _, error = ops(image, "--no-migration", "--health-path", "")
    assert (code, error.count("\n"), GONE in error) == (FAILED, 1, True)
    assert local.ups[0].stopped
    assert local.configured() is None


def test_a_build_for_aws_without_a_container_engine_says_what_to_install(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_build.shutil, "which", lambda _: None)
    code, _, error = ops("--build", "backend", "--yes")
    assert (code, error.count("\n")) == (FAILED, 1)
    assert "needs a container engine, and there is none here; install Docker with buildx" in error
    assert (world.ups, world.configured()) == ([], None)


def test_a_build_for_aws_is_pushed_under_a_tag_of_its_own_and_released(
    world: World, ops: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[container_build.Build] = []

    def pushed(build: container_build.Build, ecr: Any, _: object) -> None:
        built.append(build)
        ecr.put_image(repositoryName="api", imageManifest=manifest("d"), imageTag=build.image.rpartition(":")[2])

    monkeypatch.setattr(container_build, "run", pushed)
    code, _, _ = ops("--build", "backend", "--build-context", "document=examples", "--yes", "--health-path", "")
    assert code == 0
    assert (built[0].platform, built[0].contexts) == ("linux/arm64", {"document": Path("examples")})
    assert built[0].image.startswith(f"{REPOSITORY}:build-")
    assert str(world.configured()).startswith(f"{REPOSITORY}@sha256:")


@pytest.mark.parametrize("name", ["Pulumi.dev.yaml", ".platform/local/settings.yaml"])
def test_a_stacks_file_is_named_as_it_is_found_in_the_checkout(name: str) -> None:
    assert release_run._in_checkout(ROOT / name) == name
    assert release_run._in_checkout(Path("/elsewhere") / name) == Path(name).name
