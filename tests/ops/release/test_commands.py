"""`ops release`, from the command line to the stack's file: which image goes live, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from ops.cli import main
from ops.errors import FAILED, USER_ERROR
from ops.image import container_build
from ops.release import commands as release
from ops.release import history as release_history
from ops.release import run as release_run
from ops.stack_outputs import ROOT
from tests.ops.fake_ecs import manifest
from tests.ops.release.conftest import Ran, World


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


def test_a_migration_may_be_left_out(world: World, ops: Callable[..., Ran]) -> None:
    world.push("a")
    code, _, _ = ops("v-a", "--yes", "--no-migration", "--health-path", "")
    assert (code, world.ecs.calls) == (0, [])


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


@pytest.mark.parametrize("name", ["Pulumi.dev.yaml", ".platform/local/settings.yaml"])
def test_a_stacks_file_is_named_as_it_is_found_in_the_checkout(name: str) -> None:
    assert release_run._in_checkout(ROOT / name) == name
    assert release_run._in_checkout(Path("/elsewhere") / name) == Path(name).name
