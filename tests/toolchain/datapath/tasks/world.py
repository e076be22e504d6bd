"""An emulator with the resources that a service needs, and a data path that runs tasks."""

import asyncio
import json
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests import emulated
from tests.toolchain.datapath.running import wait_until
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.supervisor import supervise
from toolchain.datapath.tasks import Tasks
from toolchain.system.files import private_folder

STUB = Path(__file__).with_name("stub.py")
PULL = {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}
LOG = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/stub:*",
}
READ_SECRETS = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
STRATEGY = [
    {"capacityProvider": "FARGATE_SPOT", "weight": 4},
    {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
]
ASK = (
    "import socket; asked = socket.create_connection('127.0.0.1:3333'.split(':'));"
    " asked.sendall(b'GET /health/ready HTTP/1.0\\n\\n'); assert asked.recv(12).endswith(b' 200')"
)
CHECK = {
    # Each task runs it every second, so it imports as little as it can.
    "command": ["CMD-SHELL", f'python -IS -c "{ASK}"'],
    "interval": 1,
    "timeout": 5,
    "retries": 2,
}


class World:
    """The resources that a service needs, created in the emulator by boto3."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint = endpoint
        self.folder = folder
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
                "SubnetId"
            ]
            for index, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="tasks", Description="d", VpcId=vpc)["GroupId"]
        self.cluster = self.client("ecs").create_cluster(clusterName="cluster")["cluster"]["clusterArn"]
        self.client("logs").create_log_group(logGroupName="/ecs/stub")
        role = self.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument="{}")["Role"]
        self.role = role["Arn"]
        self.allow(PULL, LOG, READ_SECRETS)
        task_role = self.client("iam").create_role(RoleName="application", AssumeRolePolicyDocument="{}")["Role"]
        self.task_role = task_role["Arn"]
        self.target_group = self.client("elbv2").create_target_group(
            Name="tg", Protocol="TCP", Port=3333, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        repository = self.client("ecr").create_repository(repositoryName="stub")["repository"]
        files = private_folder(folder / "images") / "stub"
        (files / "app").mkdir(parents=True)
        shutil.copy(STUB, files / "app" / "stub.py")
        self.image = f"{repository['repositoryUri']}@{self.put_image(files)}"
        self.secret = self.client("secretsmanager").create_secret(
            Name="api", SecretString=json.dumps({"password": "hidden-value"})
        )["ARN"]

    def client(self, service: str) -> Any:
        return emulated.client(self.endpoint, service)

    def allow(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.client("iam").put_role_policy(RoleName="execution", PolicyName="own", PolicyDocument=document)

    def put_image(self, files: Path, **configuration: Any) -> str:
        about = {"Entrypoint": ["tini", "--"], "Cmd": ["python", "stub.py"], "WorkingDir": "/app", "User": "1001:1001"}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": 2,
                "digest": "sha256:" + "0" * 64,
            },
            "layers": [],
            "annotations": {
                "org.spot-platform.folder": str(files),
                "org.spot-platform.config": json.dumps(about | configuration),
            },
        }
        answer = self.client("ecr").put_image(repositoryName="stub", imageManifest=json.dumps(manifest))
        return answer["image"]["imageId"]["imageDigest"]

    def definition(
        self,
        *,
        secrets: dict[str, str] | None = None,
        check: bool = True,
        has_role: bool = True,
        stop_seconds: int = 10,
        **environment: str,
    ) -> str:
        container = {
            "name": "api",
            "image": self.image,
            "portMappings": [{"containerPort": 3333}],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "secrets": [{"name": name, "valueFrom": source} for name, source in (secrets or {}).items()],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/stub",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "ecs",
                },
            },
            "stopTimeout": stop_seconds,
            **({"healthCheck": CHECK} if check else {}),
        }
        return self.register(container, **({"taskRoleArn": self.task_role} if has_role else {}))

    def register(self, container: Mapping[str, Any], **further: Any) -> str:
        answer = self.client("ecs").register_task_definition(
            family="stub",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=self.role,
            containerDefinitions=[container],
            **further,
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    @property
    def network(self) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}}

    def create_service(self, name: str, definition: str, *, desired: int = 2, balanced: bool = False) -> None:
        balancer = {"targetGroupArn": self.target_group, "containerName": "api", "containerPort": 3333}
        self.client("ecs").create_service(
            cluster=self.cluster,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=desired,
            capacityProviderStrategy=STRATEGY,
            networkConfiguration=self.network,
            deploymentConfiguration={
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
            },
            loadBalancers=[balancer] if balanced else [],
        )

    def service(self, name: str) -> dict[str, Any]:
        return self.client("ecs").describe_services(cluster=self.cluster, services=[name])["services"][0]

    def tasks(self, name: str, status: str = "RUNNING") -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=self.cluster, serviceName=name, desiredStatus=status)["taskArns"]
        return ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []

    def stopped(self, name: str) -> list[dict[str, Any]]:
        """Wait until all stopping tasks have stopped, and return them; before that they have no exit code."""

        def look() -> list[dict[str, Any]]:
            tasks = self.tasks(name, "STOPPED")
            return tasks if all(task["lastStatus"] == "STOPPED" for task in tasks) else []

        return wait_until(look, f"tasks of {name} have stopped")

    def steady(self, name: str, definition: str) -> dict[str, Any]:
        """Wait until the deployment of this task definition is completed, and return the service."""

        def look() -> dict[str, Any] | None:
            service = self.service(name)
            primary = service["deployments"][0]
            done = primary["rolloutState"] == "COMPLETED" and primary["taskDefinition"] == definition
            whole = len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]
            return service if done and whole else None

        return wait_until(look, f"{name} is steady: {self.messages(name)}")

    def messages(self, name: str) -> list[str]:
        return [event["message"] for event in self.service(name)["events"]]

    def log_lines(self, task: str) -> list[str]:
        stream = f"ecs/api/{task.rpartition('/')[2]}"
        answer = self.client("logs").get_log_events(logGroupName="/ecs/stub", logStreamName=stream, startFromHead=True)
        return [event["message"] for event in answer["events"]]

    def events_of(self, name: str, pattern: dict[str, Any]) -> Callable[[], list[dict[str, Any]]]:
        """Create a rule of EventBridge with a queue, and return a function that returns all events so far."""
        sqs, events = self.client("sqs"), self.client("events")
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
        found: list[dict[str, Any]] = []

        def received() -> list[dict[str, Any]]:
            while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
                found.extend(json.loads(message["Body"]) for message in messages)
                for message in messages:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return found

        return received

    def report(self, kind: str, **report: Any) -> httpx.Response:
        return httpx.post(f"{self.endpoint}/data-plane/{kind}", json=report, timeout=30)


class DataPath:
    """A data path in a thread, which runs tasks and optionally further parts."""

    def __init__(self, endpoint: str, folder: Path, *further: Callable[[Surroundings], Part]) -> None:
        self._further = further
        self.lines: list[str] = []
        self.folder = private_folder(folder)
        self._endpoint = endpoint
        self._stopped: asyncio.Event | None = None
        self._part: Tasks | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        self.children = Children(self.folder / "children.json")
        self.children.end_leftovers()
        self.addresses = Addresses(self.folder)
        self._thread.start()
        wait_until(lambda: self._part is not None and self._part.is_attached, "the emulator knows the data path")

    def stop(self) -> None:
        wait_until(lambda: self._loop, "the loop runs")
        assert self._loop is not None
        assert self._stopped is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    def port_of(self, task: dict[str, Any]) -> int | None:
        details = {item["name"]: item["value"] for item in task["attachments"][0]["details"]}
        return self.addresses.local_port(details["privateIPv4Address"], 3333)

    def ask(self, task: dict[str, Any], path: str = "/") -> dict[str, Any]:
        """Wait until a task listens, and return its answer."""

        def look() -> dict[str, Any] | None:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port_of(task)}{path}", timeout=10).json()
            except httpx.TransportError:
                return None

        return wait_until(look, f"{task['taskArn']} answers")

    async def _run(self) -> None:
        self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        control_plane = ControlPlane(self._endpoint, check_seconds=0)
        surroundings = Surroundings(control_plane, self.addresses, self.children, self.folder, self.lines.append)
        self._part = Tasks(surroundings)
        await supervise([*(make(surroundings) for make in self._further), self._part], self._stopped, self.lines.append)
