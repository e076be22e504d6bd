"""Standalone tasks, tasks that cannot start, Spot reclaims, and events."""

import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from tests.toolchain.datapath.running import wait_until
from tests.toolchain.datapath.tasks.world import LOG, PULL, READ_SECRETS, DataPath, World


def run(world: World, definition: str, **more: Any) -> str:
    answer = world.client("ecs").run_task(
        cluster=world.cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=world.network,
        **more,
    )
    assert answer["tasks"][0]["lastStatus"] == "PROVISIONING"
    return answer["tasks"][0]["taskArn"]


def described(world: World, task: str) -> dict[str, Any]:
    return world.client("ecs").describe_tasks(cluster=world.cluster, tasks=[task])["tasks"][0]


def stopped(world: World, task: str) -> dict[str, Any]:
    waiter = world.client("ecs").get_waiter("tasks_stopped")
    waiter.wait(cluster=world.cluster, tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return described(world, task)


def running(world: World, task: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = described(world, task)
        return found if found["lastStatus"] == "RUNNING" else None

    return wait_until(look, f"{task} runs")


def test_a_one_off_task_ends_with_its_exit_code_and_log(world: World, data_path: DataPath) -> None:
    override = {
        "name": "api",
        "command": ["python", "stub.py", "once", "7"],
        "environment": [{"name": "RELEASE", "value": "x"}],
    }
    task = run(world, world.definition(check=False), overrides={"containerOverrides": [override]})
    found = stopped(world, task)
    assert (found["stopCode"], found["containers"][0]["exitCode"]) == ("EssentialContainerExited", 7)
    assert found["stoppedReason"] == "Essential container in task exited"
    assert "begins as x" in world.log_lines(task)
    assert found["startedAt"] <= found["stoppedAt"]
    interface = {item["name"]: item["value"] for item in found["attachments"][0]["details"]}["networkInterfaceId"]
    left = world.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert interface not in {item["NetworkInterfaceId"] for item in left}


def test_a_task_is_stopped_on_request(world: World, data_path: DataPath) -> None:
    task = run(world, world.definition(check=False))
    running(world, task)
    world.client("ecs").stop_task(cluster=world.cluster, task=task, reason="enough")
    found = stopped(world, task)
    assert (found["stopCode"], found["stoppedReason"]) == ("UserInitiated", "enough")
    assert found["containers"][0]["exitCode"] == 0
    assert world.log_lines(task)[-1] == "got SIGTERM"
    assert task not in world.client("ecs").list_tasks(cluster=world.cluster)["taskArns"]


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(world: World, data_path: DataPath) -> None:
    stop_seconds = 2
    definition = world.definition(check=False, stop_seconds=stop_seconds, DRAIN_SECONDS="3600")
    task = run(world, definition)
    data_path.ask(running(world, task))  # from here on it has a handler for SIGTERM
    began = time.monotonic()
    world.client("ecs").stop_task(cluster=world.cluster, task=task, reason="enough")
    found = stopped(world, task)
    assert time.monotonic() - began >= stop_seconds, "it was killed before its time was over"
    assert (found["stopCode"], found["stoppedReason"]) == ("UserInitiated", "enough")
    assert found["containers"][0]["exitCode"] == 137
    assert world.log_lines(task)[-1] == "got SIGTERM"


def test_a_task_learns_about_itself(world: World, data_path: DataPath) -> None:
    definition = world.definition(check=False)
    task = running(world, run(world, definition))
    address = data_path.ask(task)["environment"]["ECS_CONTAINER_METADATA_URI_V4"]
    about = httpx.get(f"{address}/task").json()
    assert (about["TaskARN"], about["Family"], about["LaunchType"]) == (task["taskArn"], "stub", "FARGATE")
    assert about["Revision"] == definition.rpartition(":")[2]
    assert about["Containers"][0]["ImageID"] == world.image.partition("@")[2]
    assert about["AvailabilityZone"] == task["availabilityZone"]
    assert httpx.get(address).json()["Name"] == "api"
    assert httpx.get(address[:-1]).status_code == 404
    assert httpx.get(f"{address}/stats").status_code == 501
    world.client("ecs").stop_task(cluster=world.cluster, task=task["taskArn"])
    stopped(world, task["taskArn"])


ELSEWHERE = {**READ_SECRETS, "Resource": "arn:aws:secretsmanager:*:*:secret:another-*"}


@pytest.mark.parametrize(
    ("statements", "begins", "action", "named"),
    [
        ((PULL, LOG, ELSEWHERE), "ResourceInitializationError", "secretsmanager:GetSecretValue", "{secret}"),
        ((PULL, READ_SECRETS), "ResourceInitializationError", "logs:CreateLogStream", "log-group:/ecs/stub:"),
        ((LOG, READ_SECRETS), "ResourceInitializationError", "ecr:GetAuthorizationToken", "resource: *"),
        (
            ({**PULL, "Action": "ecr:GetAuthorizationToken"}, LOG, READ_SECRETS),
            "CannotPullContainerError",
            "ecr:BatchGetImage",
            "repository/stub",
        ),
    ],
)
def test_what_the_execution_role_may_not_do_stops_the_task(
    world: World, data_path: DataPath, statements: Any, begins: str, action: str, named: str
) -> None:
    definition = world.definition(check=False, secrets={"PASSWORD": f"{world.secret}:password::"})
    world.allow(*statements)
    try:
        found = stopped(world, run(world, definition))
    finally:
        world.allow(PULL, LOG, READ_SECRETS)
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith(begins)
    assert f"is not authorized to perform: {action} on " in found["stoppedReason"]
    assert named.format(secret=world.secret) in found["stoppedReason"]


def test_a_parameter_and_a_key_of_ones_own(world: World, data_path: DataPath) -> None:
    key = world.client("kms").create_key()["KeyMetadata"]
    sealed = world.client("secretsmanager").create_secret(Name="sealed", SecretString="s", KmsKeyId=key["KeyId"])["ARN"]
    world.client("ssm").put_parameter(Name="/app/flag", Value="on", Type="String")
    parameter = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:*:*:parameter/app/*"}
    through = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key["Arn"], "Condition": through}
    flag = "arn:aws:ssm:us-east-1:123456789012:parameter/app/flag"
    definition = world.definition(check=False, secrets={"SEALED": sealed, "FLAG": flag})
    try:
        world.allow(PULL, LOG, READ_SECRETS, parameter)
        refused = stopped(world, run(world, definition))
        assert f"kms:Decrypt on resource: {key['Arn']}" in refused["stoppedReason"]
        world.allow(PULL, LOG, READ_SECRETS, decrypt)
        refused = stopped(world, run(world, definition))
        assert f"ssm:GetParameters on resource: {flag}" in refused["stoppedReason"]
        world.allow(PULL, LOG, READ_SECRETS, decrypt, parameter)
        task = running(world, run(world, definition))
    finally:
        world.allow(PULL, LOG, READ_SECRETS)
    environment = data_path.ask(task)["environment"]
    assert (environment["SEALED"], environment["FLAG"]) == ("s", "on")
    world.client("ecs").stop_task(cluster=world.cluster, task=task["taskArn"])
    stopped(world, task["taskArn"])


@pytest.mark.parametrize(
    ("source", "message"),
    [("{secret}:missing::", "did not contain json key missing"), ("{secret}-other", "ResourceNotFoundException")],
)
def test_a_secret_that_is_not_there_stops_the_task(
    world: World, data_path: DataPath, source: str, message: str
) -> None:
    wanted = source.format(secret=world.secret)
    found = stopped(world, run(world, world.definition(check=False, secrets={"PASSWORD": wanted})))
    assert found["stopCode"] == "TaskFailedToStart"
    assert message in found["stoppedReason"]
    assert "hidden-value" not in found["stoppedReason"]


def test_a_missing_image_stops_the_task(world: World, data_path: DataPath) -> None:
    image = world.image
    world.image = image.partition("@")[0] + ":gone"
    try:
        definition = world.definition(check=False)
    finally:
        world.image = image
    found = stopped(world, run(world, definition))
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].startswith("CannotPullContainerError")
    assert ":gone: not found" in found["stoppedReason"]


def test_a_reclaimed_spot_task_is_warned_and_replaced(world: World, data_path: DataPath) -> None:
    pattern = {"source": ["aws.ecs"], "detail": {"stopCode": ["SpotInterruption"]}}
    warned = world.events_of("spot", pattern)
    revision = world.definition(RELEASE="spot")
    world.create_service("spot", revision)
    world.steady("spot", revision)
    by_provider = {task["capacityProviderName"]: task["taskArn"] for task in world.tasks("spot")}
    refused = world.report("spot-reclaim", task=by_provider["FARGATE"])
    assert refused.status_code == 400
    assert "only FARGATE_SPOT is reclaimed" in refused.text
    taken = world.report(
        "spot-reclaim", cluster="cluster", task=by_provider["FARGATE_SPOT"].rpartition("/")[2], notice_seconds=5
    )
    assert taken.json() == {"task": by_provider["FARGATE_SPOT"]}
    found = stopped(world, by_provider["FARGATE_SPOT"])
    assert (found["stopCode"], found["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert found["containers"][0]["exitCode"] == 0

    def replaced() -> bool:
        tasks = world.tasks("spot")
        return sorted(task["capacityProviderName"] for task in tasks if task["healthStatus"] == "HEALTHY") == [
            "FARGATE",
            "FARGATE_SPOT",
        ]

    wait_until(replaced, "another Spot task runs in its place")

    warning = wait_until(warned, "the warning")[0]
    assert warning["detail-type"] == "ECS Task State Change"
    assert (warning["detail"]["lastStatus"], warning["detail"]["desiredStatus"]) == ("RUNNING", "STOPPED")


def test_only_tasks_users_are_let_in_and_only_to_apis(world: World, data_path: DataPath) -> None:
    task = running(world, run(world, world.definition(check=False)))
    answer = data_path.ask(task)
    user = answer["user"]
    world.client("ecs").stop_task(cluster=world.cluster, task=task["taskArn"])
    stopped(world, task["taskArn"])
    if user == 0:
        pytest.skip("tasks run as this user: there is nobody else to let in")
    ask = (
        "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1])); "
        "c.request('POST', sys.argv[2], body='{}'); print(c.getresponse().status)"
    )
    port = world.endpoint.rpartition(":")[2]

    def status(path: str) -> str:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "/usr/bin/python3", "-c", ask]
        return subprocess.run([*command, port, path], capture_output=True, text=True, check=True).stdout.strip()

    assert sys.platform == "linux"
    assert status("/data-plane/spot-reclaim") == "403"
    assert status("/moto-api/reset") == "403"
    assert status("/") != "403"


def test_a_database_is_reached_only_where_the_security_groups_let_it(world: World, data_path: DataPath) -> None:
    ec2 = world.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=world.subnets)["Subnets"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="database", Description="d", VpcId=vpc)["GroupId"]
    database = world.client("rds").create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        Port=5433,
        AllocatedStorage=20,
        MasterUsername="u",
        MasterUserPassword="password",
        VpcSecurityGroupIds=[group],
    )["DBInstance"]
    host = world.client("rds").describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    assert database["DBInstanceIdentifier"] == "db"
    data_path.addresses.serve(host, 5433, 15433)
    definition = world.definition(
        check=False, DATABASE_HOST=host, DATABASE_PORT="5433", URL=f"postgresql://{host}:5433/x"
    )

    def environment() -> dict[str, str]:
        task = running(world, run(world, definition))
        found = data_path.ask(task)["environment"]
        world.client("ecs").stop_task(cluster=world.cluster, task=task["taskArn"])
        stopped(world, task["taskArn"])
        return {name: found[name] for name in ("DATABASE_HOST", "DATABASE_PORT", "URL")}

    refused = environment()
    assert refused == {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "1", "URL": "postgresql://127.0.0.1:1/x"}
    assert any(f"cannot reach {host}:5433: " in line and group in line for line in data_path.lines)
    peer = {"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "UserIdGroupPairs": [{"GroupId": world.group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[peer])
    reached = environment()
    assert reached == {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "15433", "URL": "postgresql://127.0.0.1:15433/x"}
