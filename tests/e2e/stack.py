"""A local stack in its own checkout: runs its commands, calls its emulator and its API, and finds its processes."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests import emulated
from tests.drills.stack import Stack
from tests.waiting import wait_until
from toolchain.datapath.addresses import read_addresses

RUNNING = "E2E_CHECKOUT"
"""Environment variable with the path of a checkout whose local stack runs already. The tests use it and do not stop
it."""
COMMAND_SECONDS = 1800.0
REQUEST_SECONDS = 60.0
RECOVERY_SECONDS = 300.0
SERVICES = {
    *("acm", "apigateway", "application-autoscaling", "cloudfront", "ec2", "ecr", "ecs", "elasticache"),
    *("elasticloadbalancing", "events", "iam", "kms", "logs", "monitoring", "rds", "route53", "s3", "secretsmanager"),
    *("sns", "states", "xray"),
}
"""All services that the provider uses for the local stack, by their names in signatures."""


@dataclass
class LocalStack:
    """The stack of a checkout.

    Attributes:
        root: The checkout's folder.
        environment: Environment of its commands.
        recording: File with every request to the emulator; None if the stack ran before the tests.
        clients: Service -> cached client.
    """

    root: Path
    environment: Mapping[str, str]
    recording: Path | None = None
    clients: dict[str, Any] = field(default_factory=dict)

    def run(self, module: str, *arguments: str, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run ``python -m MODULE ARGUMENTS`` in the checkout; assert its exit code, unless ``status`` is None."""
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if status is not None:
            said = f"{ended.stdout[-6000:]}\n{ended.stderr[-6000:]}"
            assert ended.returncode == status, f"{module} {' '.join(arguments)} ended with {ended.returncode}:\n{said}"
        return ended

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        """Run ``python -m ops ... --json`` and return its output, parsed."""
        return [json.loads(line) for line in self.run("ops", *arguments, "--json").stdout.splitlines()]

    @cached_property
    def outputs(self) -> dict[str, Any]:
        return json.loads(self.run("toolchain", "outputs", "local", "--json").stdout)

    @cached_property
    def drilled(self) -> Stack:
        """The stack for the drills, which read its outputs once."""
        return Stack(self.root, self.environment)

    def client(self, service: str) -> Any:
        """Return a client for the emulator."""
        if service not in self.clients:
            self.clients[service] = emulated.client(f"http://127.0.0.1:{self.emulator['port']}", service)
        return self.clients[service]

    @property
    def private(self) -> Path:
        return self.root / ".platform"

    @property
    def emulator(self) -> dict[str, Any]:
        return json.loads((self.private / "local" / "emulator.json").read_text())

    @property
    def data_path(self) -> dict[str, Any]:
        return json.loads((self.private / "local" / "datapath" / "status.json").read_text())

    @property
    def addresses(self) -> dict[str, str]:
        """Host and port in AWS -> host and port of this machine."""
        return read_addresses(self.private / "local" / "datapath")

    @property
    def edge(self) -> str:
        return self.addresses["edge.localhost:80"]

    def url(self, output: str) -> str:
        """Return the local URL for an output such as ``site_url``, which a browser can open."""
        host = self.outputs[output].removeprefix("https://").rstrip("/")
        return f"http://{host}.localhost:{self.edge.rpartition(':')[2]}"

    @cached_property
    def api_key(self) -> str:
        keys = self.client("apigateway").get_api_key(apiKey=self.outputs["api_key_id"], includeValue=True)
        return keys["value"]

    def call(self, method: str, path: str, *, key: bool = True, token: str = "", **more: Any) -> httpx.Response:
        """Call an operation of the API through the edge, by default with the API key."""
        headers = {"Host": self.url("api_url").removeprefix("http://")}
        if key:
            headers["X-Api-Key"] = self.api_key
        if token:
            headers["Authorization"] = f"Bearer {token}"
        headers |= more.pop("headers", {})
        with httpx.Client(trust_env=False, timeout=REQUEST_SECONDS) as http:
            return http.request(method, f"http://{self.edge}{path}", headers=headers, **more)

    def health(self) -> dict[str, Any] | None:
        """Return the health summary if everything is healthy, otherwise None."""
        try:
            answer = self.call("GET", "/health", key=False)
        except (httpx.HTTPError, OSError, ValueError, KeyError):
            return None  # the edge may not run yet
        if answer.status_code != httpx.codes.OK:
            return None
        health = answer.json()
        well = health["status"] == "ok" and not health["draining"]
        return health if well and {each["status"] for each in health["checks"].values()} == {"healthy"} else None

    def logged(self) -> list[str]:
        """Return the log messages of the service's tasks from Amazon CloudWatch Logs."""
        logs = self.client("logs")
        definition = self.client("ecs").describe_task_definition(taskDefinition=self.task_definition())
        (container,) = definition["taskDefinition"]["containerDefinitions"]
        group = container["logConfiguration"]["options"]["awslogs-group"]
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        return [event["message"] for stream in streams for event in events(logs, group, stream["logStreamName"])]

    def task_definition(self) -> str:
        cluster, service = self.outputs["cluster_name"], self.outputs["service_name"]
        (found,) = self.client("ecs").describe_services(cluster=cluster, services=[service])["services"]
        return found["taskDefinition"]

    def processes(self) -> list[psutil.Process]:
        """Return every process that has the checkout's path in its command line, folder or environment."""
        return [process for process in psutil.process_iter() if self._belongs(process)]

    def programs(self, name: str) -> list[psutil.Process]:
        """Return those of `processes` whose program name begins with ``name``: ``python`` also finds ``python3.12``."""
        found: list[psutil.Process] = []
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                found += [process] if process.name().lower().startswith(name) else []
        return found

    def listening(self) -> set[tuple[int, int]]:
        """Return PID and port of every TCP socket that a process of the checkout listens on."""
        found = set()
        for process in self.processes():
            with suppress(psutil.Error):
                connections = process.net_connections("tcp")
                found |= {(process.pid, each.laddr.port) for each in connections if each.status == psutil.CONN_LISTEN}
        return found

    def _belongs(self, process: psutil.Process) -> bool:
        root = str(self.root)
        for read in (process.cmdline, process.cwd, lambda: environment_of(process)):
            with suppress(psutil.Error, OSError):
                value: Any = read()
                if any(root in text for text in ([value] if isinstance(value, str) else value)):
                    return True
        return False


def logged_in(stack: LocalStack, account: dict[str, str]) -> str:
    """Log in and return the access token; retry, because the database may have just restarted."""

    def log_in() -> str:
        answer = stack.call("POST", "/auth/login", json=account)
        # 500 is API Gateway's own answer while its integration cannot be reached.
        unreachable = answer.status_code == 500 and answer.json() == {"message": "Internal server error"}
        assert unreachable or answer.status_code in {200, 429, 503, 504}, answer.text
        return answer.json()["accessToken"] if answer.status_code == 200 else ""

    return wait_until(log_in, "the account is there", RECOVERY_SECONDS)


def environment_of(process: psutil.Process) -> list[str]:
    """Return the values of a process's environment variables, except `RUNNING`, which only these tests use."""
    return [value for name, value in process.environ().items() if name != RUNNING]


def events(logs: Any, group: str, stream: str) -> Iterator[dict[str, Any]]:
    """Yield all events of a log stream."""
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        yield from page["events"]
        if not page["events"] or page["nextForwardToken"] == token.get("nextToken"):
            return
        token = {"nextToken": page["nextForwardToken"]}
