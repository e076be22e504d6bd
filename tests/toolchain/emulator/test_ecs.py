"""ECS in the emulator: moto's made-up states without a data path, and real states from a data path's reports."""

import hashlib
import json
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests import emulated
from tests.waiting import wait_until
from toolchain.emulator.process import Emulator


@pytest.fixture
def endpoint(tmp_path) -> Generator[str]:
    running = Emulator(tmp_path)
    yield running.start()
    running.stop()


def client(endpoint: str, service: str) -> Any:
    return emulated.client(endpoint, service)


def report(endpoint: str, kind: str, **values: Any) -> httpx.Response:
    return httpx.post(f"{endpoint}/data-plane/{kind}", json=values, timeout=30)


def private_address(ecs: Any, task: str) -> str:
    return attached_to(ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0])["privateIPv4Address"]


def attached_to(task: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in task["attachments"][0]["details"]}


def registered(ecs: Any) -> str:
    answer = ecs.register_task_definition(
        family="f",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "a", "image": "i"}, {"name": "b", "image": "j"}],
    )
    return answer["taskDefinition"]["taskDefinitionArn"]


def test_services_and_tasks_with_and_without_a_data_path(endpoint: str) -> None:
    ec2, ecs = client(endpoint, "ec2"), client(endpoint, "ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_cluster(clusterName="c")
    first, second = registered(ecs), registered(ecs)

    def service() -> dict[str, Any]:
        return ecs.describe_services(cluster="c", services=["s"])["services"][0]

    # Without a data path, moto reports success at once, and the only deployment has the new revision.
    made = ecs.create_service(
        cluster="c", serviceName="s", taskDefinition="f:1", desiredCount=1, networkConfiguration=network
    )["service"]
    ecs.update_service(cluster="c", service="s", taskDefinition="f:2", desiredCount=2)
    found = service()
    assert [item["taskDefinition"] for item in found["deployments"]] == [second]
    assert (found["runningCount"], found["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    task = ecs.run_task(cluster="c", taskDefinition="f", launchType="FARGATE", networkConfiguration=network)["tasks"][0]
    assert task["lastStatus"] == "RUNNING"
    assert attached_to(task)["privateIPv4Address"].startswith("10.0.7.")

    # With a data path, the states come from its reports.
    assert report(endpoint, "ecs-attach", session="x").json() == {"stopped": []}
    assert report(endpoint, "ecs-observed", session="other").status_code == 400
    described = ecs.describe_tasks(cluster="c", tasks=[task["taskArn"]])["tasks"][0]
    assert described["lastStatus"] == "PROVISIONING"
    assert [container["name"] for container in described["containers"]] == ["a", "b"]
    ecs.update_service(cluster="c", service="s", taskDefinition=first)
    new, old = service()["deployments"]
    assert (new["status"], new["rolloutState"], new["taskDefinition"]) == ("PRIMARY", "IN_PROGRESS", first)
    assert (old["status"], old["rolloutState"], old["taskDefinition"]) == ("ACTIVE", "COMPLETED", second)
    place = {"service": made["serviceArn"], "deployment": new["id"], "capacityProvider": "FARGATE_SPOT"}
    started = report(endpoint, "ecs-start", session="x", subnet=subnet, **place).json()["task"]
    assert ecs.list_tasks(cluster="c", serviceName="s")["taskArns"] == [started]
    about = ecs.describe_tasks(cluster="c", tasks=[started])["tasks"][0]
    assert attached_to(about)["privateIPv4Address"].startswith("10.0.7.")
    assert (about["launchType"], about["capacityProviderName"]) == ("FARGATE", "FARGATE_SPOT")
    told = {"service": made["serviceArn"], "rollback": {"from": new["id"], "to": old["id"]}, "events": ["one", "two"]}
    report(endpoint, "ecs-observed", session="x", services=[{**told, "runningCount": 1, "pendingCount": 1}])
    found = service()
    assert [item["id"] for item in found["deployments"]] == [old["id"], new["id"]]
    assert (found["taskDefinition"], found["runningCount"], found["pendingCount"]) == (second, 1, 1)
    assert [event["message"] for event in found["events"]] == ["two", "one"]

    # A deleted service is draining until its last task has stopped; a stopped task has no network interface.
    assert ecs.delete_service(cluster="c", service="s", force=True)["service"]["status"] == "DRAINING"
    assert report(endpoint, "ecs-start", session="x", subnet=subnet, **place).status_code == 400
    values = {
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stoppedAt": 1.5,
        "containers": [{"name": "a", "exitCode": 3}],
    }
    report(endpoint, "ecs-observed", session="x", tasks=[{"task": started, "values": values}])
    about = ecs.describe_tasks(cluster="c", tasks=[started])["tasks"][0]
    assert (about["lastStatus"], about["containers"][0]["exitCode"], about["stoppedAt"].timestamp()) == (
        "STOPPED",
        3,
        1.5,
    )
    assert attached_to(about)["networkInterfaceId"] not in str(ec2.describe_network_interfaces())
    report(endpoint, "ecs-observed", session="x", services=[{"service": made["serviceArn"], "drained": True}])
    assert service()["status"] == "INACTIVE"

    # The next data path marks a task that ran before as stopped.
    running = {"task": task["taskArn"], "values": {"lastStatus": "RUNNING"}}
    report(endpoint, "ecs-observed", session="x", tasks=[running])
    assert report(endpoint, "ecs-attach", session="y").json() == {"stopped": [task["taskArn"]]}


def test_a_task_that_is_stopped_before_it_begins_ends(endpoint: str) -> None:
    ec2, ecs = client(endpoint, "ec2"), client(endpoint, "ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    ecs.create_cluster(clusterName="c")
    registered(ecs)
    report(endpoint, "ecs-attach", session="x")
    given = {"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE", "networkConfiguration": network}
    task = ecs.run_task(**given)["tasks"][0]["taskArn"]
    assert private_address(ecs, task) == "10.0.7.4"
    assert ecs.stop_task(cluster="c", task=task, reason="no")["task"]["lastStatus"] == "PROVISIONING"

    def stopped() -> dict[str, Any] | None:
        report(endpoint, "ecs-observed", session="x")
        found = ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0]
        return found if found["lastStatus"] == "STOPPED" else None

    described = wait_until(stopped, "the task has stopped", 20)
    assert (described["stopCode"], described["stoppedReason"]) == ("UserInitiated", "no")
    # The next task gets another address, because the old address may still drain in a balancer.
    assert private_address(ecs, ecs.run_task(**given)["tasks"][0]["taskArn"]) == "10.0.7.5"


def test_an_image_is_named_by_its_manifest(endpoint: str) -> None:
    ecr = client(endpoint, "ecr")
    ecr.create_repository(repositoryName="images")

    def put(architecture: str) -> str:
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"size": 1, "digest": "sha256:" + "0" * 64},
            "layers": [],
            "annotations": {"architecture": architecture},
        }
        image = ecr.put_image(repositoryName="images", imageManifest=json.dumps(manifest))["image"]
        assert (
            image["imageId"]["imageDigest"] == f"sha256:{hashlib.sha256(image['imageManifest'].encode()).hexdigest()}"
        )
        return image["imageId"]["imageDigest"]

    digests = [put("arm64"), put("amd64")]
    for digest in digests:
        found = ecr.batch_get_image(repositoryName="images", imageIds=[{"imageDigest": digest}])["images"]
        assert [image["imageId"]["imageDigest"] for image in found] == [digest]


def test_an_update_of_a_service_keeps_the_parts_of_its_deployments_that_it_does_not_name(endpoint: str) -> None:
    ecs = client(endpoint, "ecs")
    ecs.create_cluster(clusterName="c")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    percents = {"minimumHealthyPercent": 100, "maximumPercent": 200}
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    deployments = {**breaker, **percents, "alarms": alarms}
    named = {"cluster": "c", "serviceName": "s"}
    ecs.create_service(**named, taskDefinition=registered(ecs), desiredCount=0, deploymentConfiguration=deployments)
    off = {**alarms, "enable": False}
    ecs.update_service(cluster="c", service="s", deploymentConfiguration={"alarms": off})
    (found,) = ecs.describe_services(cluster="c", services=["s"])["services"]
    assert found["deploymentConfiguration"] == {**breaker, **percents, "alarms": off}
