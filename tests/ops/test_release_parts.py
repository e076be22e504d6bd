"""The parts of a release: the image, its scan, the record of releases, the lock and the migration."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ops import release_image
from ops.errors import BusyError, OperationError
from ops.release_history import Release, before, read, record, releases_of, standing
from ops.release_image import Image, architectures, find, reference, scan, wrong_architecture
from ops.release_lock import Holder, Lock
from ops.release_migration import Clients, Migration, with_image
from ops.release_target import Target
from tests.ops.fake_ecs import GROUP, REPOSITORY, FakeEcs

DIGEST = "sha256:" + "a" * 64
NEW = f"{REPOSITORY}@{DIGEST}"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def manifest(seed: str) -> str:
    media_type = "application/vnd.oci.image.manifest.v1+json"
    layer = {"digest": f"sha256:{seed * 64}", "size": 1, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    annotations = {"org.spot-platform.config": json.dumps({"Architecture": "arm64"})}
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "layers": [layer], "annotations": annotations})


# --- The image


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v1.2", {"imageTag": "v1.2"}),
        (DIGEST, {"imageDigest": DIGEST}),
        (f"{REPOSITORY}:v1", {"imageTag": "v1"}),
        (f"{REPOSITORY}@{DIGEST}", {"imageDigest": DIGEST}),
        (f"{REPOSITORY}:v1@{DIGEST}", {"imageDigest": DIGEST}),
    ],
)
def test_an_image_is_named_in_many_ways(text: str, expected: dict[str, str]) -> None:
    assert reference(text, REPOSITORY) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nginx/nginx:1", "is not in the stack's repository"),
        ("", "is no image"),
        ("@", "is no image"),
        ("a b", "is no image"),
        (f"{REPOSITORY}@sha256:1", "is no image"),
        ("--x", "is no image"),
    ],
)
def test_what_names_no_image_of_the_stack_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reference(text, REPOSITORY)


def test_an_image_that_is_not_there_is_named(cloud: None) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="api")
    with pytest.raises(ValueError, match="v9 is not in the repository api: push it first, or give --build DIR"):
        find(ecr, "api", {"imageTag": "v9"})


def test_the_architecture_is_read_from_index_annotation_or_configuration() -> None:
    index = {"manifests": [{"platform": {"architecture": "arm64"}}, {"platform": {"architecture": "unknown"}}]}
    assert architectures(None, "api", Image(DIGEST, json.dumps(index), "")) == {"arm64"}
    assert architectures(None, "api", Image(DIGEST, manifest("a"), "")) == {"arm64"}
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response(
            "get_download_url_for_layer",
            {"downloadUrl": "https://example.com/?signature=secret"},
            {"repositoryName": "api", "layerDigest": DIGEST},
        )
        plain = Image(DIGEST, json.dumps({"config": {"digest": DIGEST}}), "")
        fetched: list[str] = []

        def fetch(address: str) -> bytes:
            fetched.append(address)
            return b'{"architecture": "amd64"}'

        assert architectures(ecr, "api", plain, fetch) == {"amd64"}


def test_a_configuration_that_cannot_be_read_does_not_show_its_signed_address() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response("get_download_url_for_layer", {"downloadUrl": "https://example.com/?signature=secret"})
        plain = Image(DIGEST, json.dumps({"config": {"digest": DIGEST}}), "")
        with pytest.raises(OperationError) as raised:
            architectures(ecr, "api", plain, lambda _: b"<html>")
    assert "secret" not in str(raised.value)


def test_an_image_for_another_processor_is_refused_with_what_to_do() -> None:
    assert wrong_architecture({"arm64"}, "ARM64") is None
    assert wrong_architecture(set(), "ARM64") is None
    assert "--platform linux/arm64" in str(wrong_architecture({"amd64"}, "ARM64"))


def test_a_scan_that_runs_is_waited_for() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response("describe_image_scan_findings", {"imageScanStatus": {"status": "IN_PROGRESS"}})
        stubber.add_response(
            "describe_image_scan_findings",
            {
                "imageScanStatus": {"status": "COMPLETE"},
                "imageScanFindings": {
                    "findingSeverityCounts": {"CRITICAL": 1, "LOW": 2},
                    "findings": [{"name": "CVE-1", "severity": "CRITICAL"}, {"name": "CVE-2", "severity": "LOW"}],
                },
            },
        )
        waited: list[float] = []
        found = scan(ecr, "api", DIGEST, begins_seconds=0, pause=waited.append)
    assert (found.status, found.critical, waited) == ("COMPLETE", ("CVE-1",), [5.0])
    assert release_image.described(found) == "scan complete: 1 critical, 2 low"


def test_no_scan_is_said_after_it_could_have_begun() -> None:
    ecr = client("ecr")
    waited: list[float] = []
    with Stubber(ecr) as stubber:
        for _ in range(3):
            stubber.add_client_error("describe_image_scan_findings", "ScanNotFoundException")
        found = scan(ecr, "api", DIGEST, begins_seconds=10, pause=waited.append)
        assert waited == [5.0, 5.0]
        stubber.add_client_error("describe_image_scan_findings", "UnsupportedImageTypeException")
        assert scan(ecr, "api", DIGEST, begins_seconds=10, pause=waited.append) == found
    assert "no scan of this image" in release_image.described(found)
    assert len(waited) == 2


def test_a_scan_that_may_not_be_read_is_an_error() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_client_error("describe_image_scan_findings", "AccessDeniedException")
        with pytest.raises(ClientError):
            scan(ecr, "api", DIGEST, begins_seconds=10)


# --- The record

AT = datetime(2026, 11, 29, 7, tzinfo=UTC)


def released(*digests: str) -> list[Release]:
    return [Release(AT + timedelta(hours=number), digest) for number, digest in enumerate(digests)]


@pytest.mark.parametrize(
    ("digests", "live", "expected"),
    [
        ("AB", "B", "A"),
        ("ABC", "C", "B"),
        ("ABCB", "B", "A"),
        ("ABAC", "C", "A"),
        ("AB", "X", "B"),
        ("AB", None, "B"),
    ],
)
def test_a_rollback_goes_on_backwards(digests: str, live: str | None, expected: str) -> None:
    assert before(released(*digests), live) == expected


@pytest.mark.parametrize(("digests", "live"), [("", None), ("A", "A"), ("ABA", "A")])
def test_before_the_first_release_there_is_none(digests: str, live: str | None) -> None:
    with pytest.raises(ValueError, match="no release before this one"):
        before(released(*digests), live)


@given(st.lists(st.sampled_from("ABCD"), min_size=1))
def test_the_way_back_ends_and_names_each_image_once(digests: list[str]) -> None:
    stack = standing(released(*digests))
    assert stack[-1] == digests[-1]
    assert len(stack) == len(set(stack))


def test_releases_are_tags_of_images(cloud: None) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="api", imageTagMutability="IMMUTABLE")
    images = []
    for seed in "ab":
        ecr.put_image(repositoryName="api", imageManifest=manifest(seed), imageTag=f"build-{seed}")
        images.append(find(ecr, "api", {"imageTag": f"build-{seed}"}))
    for hours, image in enumerate((*images, images[0])):
        record(ecr, "api", image, AT + timedelta(hours=hours))
    record(ecr, "api", images[0], AT + timedelta(hours=2))  # the same second again
    assert [each.digest for each in read(ecr, "api")] == [images[0].digest, images[1].digest, images[0].digest]
    assert releases_of([{"imageDigest": DIGEST, "imageTags": ["v1", "release-yesterday"]}]) == []


# --- The lock


@pytest.fixture
def lock(cloud: None, tmp_path: Path) -> Lock:
    return Lock(client("ssm"), "house", "dev", tmp_path / "guard" / "lock")


def held(lock: Lock, **changes: Any) -> Any:
    options: dict[str, Any] = {"wait_seconds": 0, "on_wait": lambda _: None, "pause": lambda _: None}
    return lock.held("user/anna", **{**options, **changes})


def test_the_lock_lets_one_in_and_leaves_nothing_behind(lock: Lock) -> None:
    with held(lock):
        with pytest.raises(BusyError, match=r"another release is under way: user/anna on .* `.*release unlock`"):
            held(lock).__enter__()
        assert lock.holder() is not None
    assert lock.holder() is None
    with held(lock):
        pass


def test_another_release_is_waited_for_as_long_as_asked(lock: Lock) -> None:
    waits: list[float] = []
    told: list[str] = []
    with held(lock):

        def leaves(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                lock.remove()

        with held(lock, wait_seconds=60, on_wait=told.append, pause=leaves):
            assert lock.holder() is not None
    assert len(waits) == 3
    assert len(told) == 1
    waits.clear()
    with held(lock), pytest.raises(BusyError):
        held(lock, wait_seconds=10, pause=waits.append).__enter__()
    assert waits == [5.0, 5.0]


def put(lock: Lock, **changes: Any) -> None:
    about = {"token": "t", "who": "ci", "host": socket.gethostname(), "pid": os.getpid(), "started": 1.0, "since": "x"}
    client("ssm").put_parameter(Name=lock.name, Value=json.dumps({**about, **changes}), Type="String")


def test_a_process_of_this_machine_that_is_gone_holds_no_lock(lock: Lock) -> None:
    put(lock)  # this PID, of a process that began long ago
    with held(lock):
        holder = lock.holder()
        assert holder is not None
        assert holder.who == "user/anna"


def test_a_process_of_another_machine_is_left_alone(lock: Lock) -> None:
    put(lock, host="elsewhere")
    with pytest.raises(BusyError, match="ci on elsewhere"):
        held(lock).__enter__()


def test_a_lock_that_another_run_has_taken_since_is_not_given_up(lock: Lock) -> None:
    with held(lock):
        lock.remove()
        put(lock, host="elsewhere")
    holder = lock.holder()
    assert holder is not None
    assert holder.host == "elsewhere"


def test_a_lock_that_holds_something_else_still_locks(lock: Lock) -> None:
    client("ssm").put_parameter(Name=lock.name, Value="hello", Type="String")
    with pytest.raises(BusyError, match="somebody on an unknown machine"):
        held(lock).__enter__()
    assert lock.remove() is not None


def test_this_process_is_not_gone() -> None:
    assert not Holder.of_this_process("user/anna").is_gone


# --- The migration

MIGRATION = "house-dev-api-migration"


@pytest.fixture
def ecs() -> FakeEcs:
    return FakeEcs()


@pytest.fixture
def target(ecs: FakeEcs) -> Target:
    return Target(
        stack="dev",
        cluster="cluster",
        service="api",
        container="api",
        task_definition_arn="",
        migration_arn=ecs.register("awaiting-image:none", MIGRATION, "migration"),
        repository_url=REPOSITORY,
        log_group=GROUP,
        subnet_ids=("subnet-1",),
        security_group_ids=("sg-1",),
        api_url="https://api.example.com",
    )


def migration(ecs: FakeEcs, target: Target, **changes: Any) -> tuple[Migration, list[tuple[str, str]]]:
    logs = client("logs")
    stream = "ecs/migration/one-off"
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    lines = [{"timestamp": now + number, "message": f"step {number}\n"} for number in range(3)]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=lines)
    said: list[tuple[str, str]] = []
    options: dict[str, Any] = {"pause": lambda _: None, **changes}
    return Migration(Clients(ecs, logs), target, lambda event, text: said.append((event, text)), **options), said


def test_a_migration_runs_once_on_demand_with_the_new_image_and_the_programs_roles(
    cloud: None, ecs: FakeEcs, target: Target
) -> None:
    made, said = migration(ecs, target)
    assert made.run(NEW, 60)
    calls = dict(ecs.calls)
    registered = calls["register_task_definition"]
    assert registered["family"] == MIGRATION
    assert registered["containerDefinitions"][0]["image"] == NEW
    assert registered["executionRoleArn"] == "arn:aws:iam::123456789012:role/execution"
    assert not {"revision", "status", "taskDefinitionArn"} & registered.keys()
    assert registered["tags"] == [{"key": "stack", "value": "dev"}]
    run = calls["run_task"]
    assert run["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert run["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert calls["deregister_task_definition"] == {"taskDefinition": run["taskDefinition"]}
    assert [text for event, text in said if event == "migration-log"] == ["step 0", "step 1", "step 2"]


def test_a_failed_migration_ends_the_release_with_its_last_line(cloud: None, ecs: FakeEcs, target: Target) -> None:
    ecs.exit_code = 7
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match=r"ended with exit code 7: Essential container.*; its last line: step 2"):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-1] == "deregister_task_definition"


def test_a_migration_that_never_started_says_why(cloud: None, ecs: FakeEcs, target: Target) -> None:
    ecs.exit_code = None
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match="the migration never started: Essential"):
        made.run(NEW, 60)


def test_a_migration_that_takes_too_long_is_stopped(cloud: None, ecs: FakeEcs, target: Target) -> None:
    ecs.looks_until_stopped = 1000
    times = iter(range(1000))
    made, _ = migration(ecs, target, clock=lambda: float(next(times)) * 10)
    with pytest.raises(OperationError, match="took longer than 60 s and is stopped"):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_an_interrupted_migration_is_stopped(cloud: None, ecs: FakeEcs, target: Target) -> None:
    ecs.looks_until_stopped = 1000

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    made, _ = migration(ecs, target, pause=interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.run(NEW, 60)
    assert [name for name, _ in ecs.calls][-2:] == ["stop_task", "deregister_task_definition"]


def test_a_task_that_cannot_be_placed_says_why(cloud: None, ecs: FakeEcs, target: Target) -> None:
    ecs.run_task = lambda **_: {"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]}  # type: ignore[method-assign]
    made, _ = migration(ecs, target)
    with pytest.raises(OperationError, match="could not place the migration's task: Capacity is unavailable"):
        made.run(NEW, 60)


def test_a_stack_without_a_migration_has_none(cloud: None, ecs: FakeEcs, target: Target) -> None:
    made, said = migration(ecs, Target(**{**target.__dict__, "migration_arn": None}))
    assert not made.run(NEW, 60)
    assert ecs.calls == []
    assert said == [("migration", "this stack has no migration")]


def test_only_the_image_of_a_definition_changes() -> None:
    definition = {"family": "f", "containerDefinitions": [{"name": "m", "image": "old", "user": "1"}], "revision": 3}
    assert with_image(definition, [], "new") == {
        "family": "f",
        "containerDefinitions": [{"name": "m", "image": "new", "user": "1"}],
    }
