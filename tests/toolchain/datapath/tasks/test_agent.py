"""Services and tasks that really run, with an emulator, the data path and a stub image."""

import os
import signal
from collections import Counter

import psutil

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import DataPath, World


def test_a_service_runs_as_its_emulator_describes_it(world: World, data_path: DataPath) -> None:
    revision = world.definition(RELEASE="one", secrets={"PASSWORD": f"{world.secret}:password::"})
    world.create_service("whole", revision, balanced=True)
    service = world.steady("whole", revision)
    tasks = world.tasks("whole")
    assert Counter(task["capacityProviderName"] for task in tasks) == {"FARGATE": 1, "FARGATE_SPOT": 1}
    assert {task["availabilityZone"] for task in tasks} == {"us-east-1a", "us-east-1b"}
    assert {task["healthStatus"] for task in tasks} == {"HEALTHY"}
    assert service["runningCount"] == 2
    answer = data_path.ask(tasks[0])
    assert answer["environment"]["PASSWORD"] == "hidden-value"
    assert answer["environment"]["RELEASE"] == "one"
    assert answer["environment"]["HOST"] == "127.0.0.1", "it is for its load balancer, not for the machine's network"
    assert answer["folder"].endswith("/stub/app")
    assert answer["user"] == (1001 if os.geteuid() == 0 else os.geteuid())
    for task in tasks:
        assert data_path.ask(task, "/own-task") == {task["taskArn"]: task["capacityProviderName"]}
    assert not any("hidden-value" in line for line in data_path.lines)
    wait_until(lambda: "begins as one" in world.log_lines(tasks[0]["taskArn"]), "its log is in CloudWatch Logs")
    assert any("has reached a steady state" in message for message in world.messages("whole"))
    registered = world.client("elbv2").describe_target_health(TargetGroupArn=world.target_group)
    assert len(registered["TargetHealthDescriptions"]) == 2

    second = world.definition(RELEASE="two")
    world.client("ecs").update_service(cluster=world.cluster, service="whole", taskDefinition=second)
    world.steady("whole", second)
    replaced = world.tasks("whole")
    assert {data_path.ask(task)["environment"]["RELEASE"] for task in replaced} == {"two"}
    stopped = world.stopped("whole")
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert {task["containers"][0]["exitCode"] for task in stopped} == {0}

    processes = [process for process in psutil.process_iter() if is_stub(process, data_path.port_of(replaced[0]))]
    assert processes
    for process in processes:
        process.send_signal(signal.SIGKILL)
    gone = replaced[0]["taskArn"]
    wait_until(lambda: gone not in {task["taskArn"] for task in world.tasks("whole")}, "the killed task is gone")
    wait_until(lambda: len(healthy(world, "whole")) == 2, "another runs in its place")


def test_a_crashing_revision_is_rolled_back(world: World, data_path: DataPath) -> None:
    good = world.definition(RELEASE="good")
    world.create_service("broken", good, desired=1)
    world.steady("broken", good)
    before = world.tasks("broken")[0]["taskArn"]
    bad = world.definition(RELEASE="bad", CRASH="1")
    world.client("ecs").update_service(cluster=world.cluster, service="broken", taskDefinition=bad)
    wait_until(lambda: any("rolling back to" in message for message in world.messages("broken")), "a rollback")
    service = world.steady("broken", good)
    assert service["taskDefinition"] == good
    assert [task["taskArn"] for task in world.tasks("broken")] == [before]
    assert any("deployment failed: tasks failed to start." in message for message in world.messages("broken"))
    failed = world.stopped("broken")
    assert {task["stopCode"] for task in failed} == {"EssentialContainerExited"}
    assert {task["containers"][0]["exitCode"] for task in failed} == {3}
    assert data_path.ask(world.tasks("broken")[0])["environment"]["RELEASE"] == "good"


def is_stub(process: psutil.Process, port: int | None) -> bool:
    try:
        return "stub.py" in " ".join(process.cmdline()) and process.environ().get("PORT") == str(port)
    except psutil.Error:
        return False


def healthy(world: World, name: str) -> list[str]:
    return [task["taskArn"] for task in world.tasks(name) if task["healthStatus"] == "HEALTHY"]


def test_an_alarm_rolls_a_deployment_back(world: World, data_path: DataPath) -> None:
    alarms = world.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="errors",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="r")
    good = world.definition(RELEASE="good", check=False)
    world.create_service("watched", good, desired=1)
    configuration = {
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
        "bakeTimeInMinutes": 5,
    }
    world.steady("watched", good)
    bad = world.definition(RELEASE="answers 500", check=False)
    ecs = world.client("ecs")
    ecs.update_service(
        cluster=world.cluster, service="watched", taskDefinition=bad, deploymentConfiguration=configuration
    )

    def is_whole() -> bool:
        primary = world.service("watched")["deployments"][0]
        return primary["taskDefinition"] == bad and primary["runningCount"] == 1

    wait_until(is_whole, "the new revision runs")
    assert world.service("watched")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    alarms.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="r")
    wait_until(lambda: world.service("watched")["taskDefinition"] == good, "the old revision is wanted again")
    reason = "deployment failed: alarm detected."
    assert any(reason in message for message in world.messages("watched"))
    world.steady("watched", good)
    assert {data_path.ask(task)["environment"]["RELEASE"] for task in world.tasks("watched")} == {"good"}


def test_a_service_scales_and_is_redeployed_by_force(world: World, data_path: DataPath) -> None:
    revision = world.definition(check=False)
    world.create_service("scaled", revision, desired=1)
    world.steady("scaled", revision)
    ecs = world.client("ecs")
    ecs.update_service(cluster=world.cluster, service="scaled", desiredCount=3)
    wait_until(lambda: world.service("scaled")["runningCount"] == 3, "three run")
    assert len(world.service("scaled")["deployments"]) == 1
    ecs.update_service(cluster=world.cluster, service="scaled", desiredCount=1)
    wait_until(lambda: len(world.tasks("scaled")) == 1, "one is left")
    before = world.tasks("scaled")[0]["taskArn"]
    deployment = world.service("scaled")["deployments"][0]["id"]
    ecs.update_service(cluster=world.cluster, service="scaled", forceNewDeployment=True)
    service = world.steady("scaled", revision)
    assert service["deployments"][0]["id"] != deployment
    assert before not in {task["taskArn"] for task in world.tasks("scaled")}
    ecs.update_service(cluster=world.cluster, service="scaled", desiredCount=0)
    wait_until(lambda: world.tasks("scaled") == [], "none is left")
