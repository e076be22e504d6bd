"""Whether a deployment is live, in progress or failed, from Amazon ECS's descriptions."""

import pytest

from ops.release.rollout import Snapshot, Stage, Watch, changes, snapshot_of
from ops.release.service_reader import ServiceReader
from tests.ops.fake_ecs import REPOSITORY, FakeEcs

OLD, NEW = f"{REPOSITORY}@sha256:{'a' * 64}", f"{REPOSITORY}@sha256:{'b' * 64}"
NEW_REVISION = "house-dev-api:2"


@pytest.fixture
def ecs() -> FakeEcs:
    ecs = FakeEcs()
    ecs.begin(ecs.register(OLD))
    ecs.complete()
    return ecs


def snapshot(ecs: FakeEcs) -> Snapshot:
    reader = ServiceReader(ecs, ecs, "cluster", "api")
    return reader.snapshot(reader.service("api"))


def test_a_deployment_is_live_when_nothing_else_runs_and_all_are_healthy(ecs: FakeEcs) -> None:
    watch = Watch(NEW_REVISION)
    assert watch.judge(snapshot(ecs)).stage is Stage.WAITING
    ecs.begin(ecs.register(NEW))
    verdict = watch.judge(snapshot(ecs))
    assert (verdict.stage, verdict.reason) == (Stage.RUNNING, "2 of 2 tasks are not healthy yet")
    ecs.complete()
    assert watch.judge(snapshot(ecs)).stage is Stage.LIVE


def spoil_desired(ecs: FakeEcs) -> None:
    ecs.desired = 0


def spoil_health(ecs: FakeEcs) -> None:
    ecs.tasks[0]["healthStatus"] = "UNHEALTHY"


def spoil_target(ecs: FakeEcs) -> None:
    ecs.tasks[0]["attachments"] = []


def spoil_old(ecs: FakeEcs) -> None:
    ecs.start(next(iter(ecs.definitions)), "old", healthStatus="HEALTHY")


def spoil_count(ecs: FakeEcs) -> None:
    ecs.tasks.pop()


def spoil_state(ecs: FakeEcs) -> None:
    ecs.deployments[0]["rolloutState"] = "IN_PROGRESS"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_desired, "the service wants no task"),
        (spoil_health, "1 of 2 tasks are not healthy yet"),
        (spoil_target, "the load balancer takes 1 of 2 tasks for unused"),
        (spoil_old, "1 tasks of the release before still run"),
        (spoil_count, "1 of 2 tasks run"),
        (spoil_state, "the deployment is in progress"),
    ],
)
def test_each_condition_of_being_live_counts(ecs: FakeEcs, spoil: object, reason: str) -> None:
    ecs.begin(ecs.register(NEW))
    ecs.complete()
    assert callable(spoil)
    spoil(ecs)
    if spoil is spoil_target:
        ecs.describe_target_health = lambda **_: {  # type: ignore[method-assign]
            "TargetHealthDescriptions": [
                {"Target": {"Id": each["attachments"][0]["details"][0]["value"]}, "TargetHealth": {"State": "healthy"}}
                for each in ecs.tasks
                if each["attachments"]
            ]
        }
    verdict = Watch(NEW_REVISION).judge(snapshot(ecs))
    assert verdict.stage is Stage.RUNNING
    assert reason in verdict.reason


def test_a_rollback_is_a_failure_though_its_deployment_is_completed(ecs: FakeEcs) -> None:
    watch = Watch(NEW_REVISION)
    ecs.begin(ecs.register(NEW))
    watch.judge(snapshot(ecs))
    ecs.roll_back()
    ecs.complete()
    verdict = watch.judge(snapshot(ecs))
    assert verdict.stage is Stage.FAILED
    assert "rolled the service back to house-dev-api:1" in verdict.reason


def test_a_deployment_that_failed_is_a_failure_before_it_is_rolled_back(ecs: FakeEcs) -> None:
    ecs.begin(ecs.register(NEW))
    ecs.deployments[0] |= {"rolloutState": "FAILED", "rolloutStateReason": "alarm api-5xx"}
    verdict = Watch(NEW_REVISION).judge(snapshot(ecs))
    assert (verdict.stage, verdict.reason) == (Stage.FAILED, "alarm api-5xx")


def test_what_happens_is_said_once(ecs: FakeEcs) -> None:
    before = snapshot(ecs)
    ecs.begin(ecs.register(NEW))
    ecs.events.insert(0, {"id": "e1", "message": "(service api) has started 2 tasks"})
    after = snapshot(ecs)
    said = list(changes(before, after))
    assert ("service", "(service api) has started 2 tasks") in said
    assert ("task", "task 20 of house-dev-api:2: running, unknown, initial") in said
    assert ("deployment", "deployment of house-dev-api:2: in progress") in said
    assert list(changes(after, after)) == []
    ecs.roll_back()
    ecs.complete()
    assert ("task", "task 20 of house-dev-api:2: stopped") in list(changes(after, snapshot(ecs)))


def test_events_from_before_the_watch_are_not_said(ecs: FakeEcs) -> None:
    ecs.events.insert(0, {"id": "e0", "message": "old"})
    assert [text for event, text in changes(Snapshot(), snapshot(ecs)) if event == "service"] == []


def test_a_service_that_is_not_there_is_an_empty_snapshot() -> None:
    assert snapshot_of({}, [], {}, checks_health=False).primary is None
