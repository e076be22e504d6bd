"""Events of services, as a rule of EventBridge gets them."""

from typing import Any

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World

ACTION, DEPLOYMENT = "ECS Service Action", "ECS Deployment State Change"


def test_a_rule_gets_the_events_of_a_service(world: World, data_path: DataPath) -> None:
    received = world.events_of("services", {"source": ["aws.ecs"], "detail-type": [ACTION, DEPLOYMENT]})
    good = world.definition(RELEASE="good", check=False)
    world.create_service("evented", good, desired=1)
    arn = world.service("evented")["serviceArn"]
    first = world.service("evented")["deployments"][0]["id"]

    def events() -> list[dict[str, Any]]:
        return [event for event in received() if event["resources"] == [arn]]

    def named(name: str, deployment: str | None = None) -> dict[str, Any] | None:
        return next(
            (
                event
                for event in events()
                if event["detail"]["eventName"] == name and event["detail"].get("deploymentId") == deployment
            ),
            None,
        )

    steady = wait_until(lambda: named("SERVICE_STEADY_STATE"), "the service is steady")
    assert (steady["detail-type"], steady["detail"]["eventType"]) == (ACTION, "INFO")
    assert steady["detail"]["clusterArn"] == world.cluster
    assert steady["detail"]["createdAt"].endswith("Z")
    began = wait_until(lambda: named("SERVICE_DEPLOYMENT_IN_PROGRESS", first), "the first deployment begins")
    completed = wait_until(lambda: named("SERVICE_DEPLOYMENT_COMPLETED", first), "the first deployment is completed")
    assert {began["detail-type"], completed["detail-type"]} == {DEPLOYMENT}
    assert completed["detail"]["reason"] == f"ECS deployment {first} completed."
    assert named("SERVICE_TASK_START_IMPAIRED") is None

    bad = world.definition(RELEASE="bad", check=False, CRASH="1")
    world.client("ecs").update_service(cluster=world.cluster, service="evented", taskDefinition=bad)
    second = world.service("evented")["deployments"][0]["id"]
    impaired = wait_until(lambda: named("SERVICE_TASK_START_IMPAIRED"), "tasks fail in a row")
    assert (impaired["detail-type"], impaired["detail"]["eventType"]) == (ACTION, "WARN")
    failed = wait_until(lambda: named("SERVICE_DEPLOYMENT_FAILED", second), "the second deployment fails")
    assert (failed["detail-type"], failed["detail"]["eventType"]) == (DEPLOYMENT, "ERROR")
    assert failed["detail"]["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert named("SERVICE_DEPLOYMENT_COMPLETED", second) is None
