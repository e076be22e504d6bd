"""What `make up` leaves on this machine: a person at the site, callers of the API, the operations, and faults.

All tests share one stack, so they stay in one file: a worker of pytest-xdist gets whole files.
"""

import json
import os
import re
import secrets
import shutil
import uuid
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from ops.load import Load
from ops.site_build import find_node
from tests.e2e.stack import LocalStack
from tests.frontend.conftest import Site
from tests.waiting import wait_until
from toolchain.datapath.__main__ import MEMBERS

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]

PASSWORD = "a few words in a row"
RECOVERY_SECONDS = 300.0
PER_SECOND = 5.0
ADDRESS = {"line1": "1 Jalan Sultan", "city": "Ipoh", "country": "MY"}


@pytest.fixture(scope="module")
def account(local_stack: LocalStack) -> dict[str, str]:
    """Somebody with an account, made before anything fails."""
    person = {"email": f"{uuid.uuid4().hex[:12]}@example.com", "password": PASSWORD}
    registered = local_stack.call("POST", "/auth/register", json=person | {"fullName": "Musa Ibrahim"})
    assert registered.status_code == 201, registered.text
    return person


@pytest.fixture
def token(local_stack: LocalStack, account: dict[str, str]) -> str:
    return logged_in(local_stack, account)


def logged_in(stack: LocalStack, account: dict[str, str]) -> str:
    """An access token; the database may have come back a moment ago."""

    def log_in() -> str:
        answer = stack.call("POST", "/auth/login", json=account)
        # 500 is API Gateway's own answer while its integration cannot be reached.
        unreachable = answer.status_code == 500 and answer.json() == {"message": "Internal server error"}
        assert unreachable or answer.status_code in {200, 429, 503, 504}, answer.text
        return answer.json()["accessToken"] if answer.status_code == 200 else ""

    return wait_until(log_in, "the account is there", RECOVERY_SECONDS)


def test_nothing_is_left_to_change(local_stack: LocalStack) -> None:
    said = local_stack.run("toolchain", "up", "local", "--yes", "--plain", "--expect-no-changes", "--diff")
    assert "The local data path is started" not in said.stderr


def test_a_person_at_the_site(local_stack: LocalStack, tmp_path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not on PATH")
    upload = tmp_path / "licence.pdf"
    upload.write_bytes(b"%PDF-1.7\n" + secrets.token_bytes(3_000_000))
    browser = {"SITE_URL": local_stack.url("site_url"), "UPLOAD": str(upload), "NO_COLOR": "1"}
    path = f"{find_node()}{os.pathsep}{os.environ.get('PATH', '')}"
    site = Site(local_stack.root / "frontend", {**os.environ, **browser, "PATH": path})
    said = site.npm("run", "test:live", timeout_seconds=1800)
    assert re.search(r"Tests\s+8 passed \(8\)", said), said[-2000:]
    assert [len(found) for found in objects_like(local_stack, upload.read_bytes())] == [2]


def objects_like(stack: LocalStack, content: bytes) -> list[list[str]]:
    """Keys of the objects with this content, for each bucket that has one."""
    s3, found = stack.client("s3"), []
    for bucket in stack.outputs["bucket_names"].values():
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        keys = [each["Key"] for each in listed if each["Size"] == len(content)]
        same = [key for key in keys if s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content]
        found += [same] if same else []
    return found


def test_callers_get_what_the_service_answers(local_stack: LocalStack, account: dict[str, str], token: str) -> None:
    company = {"name": "Musa Foods", "registrationNumber": uuid.uuid4().hex[:12], "country": "MY", "address": ADDRESS}
    made = local_stack.call("POST", "/companies", token=token, json=company)
    assert made.status_code == 201, made.text
    path = f"/companies/{made.json()['id']}"
    assert local_stack.call("GET", path, token=token).json()["name"] == "Musa Foods"
    listed = local_stack.call("GET", "/companies?limit=1", token=token)
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    assert local_stack.call("GET", f"/companies/{uuid.uuid4()}", token=token).status_code == 404
    assert local_stack.call("GET", path).status_code == 401
    again = local_stack.call("POST", "/auth/register", json=account | {"fullName": "Musa"})
    assert again.status_code == 409, again.text


REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/companies", {"key": False}, 403, "Forbidden"),
    ("GET", "/companies", {"headers": {"X-Api-Key": "a" * 40}}, 403, "Forbidden"),
    ("POST", "/auth/register", {"json": {"email": "somebody@example.com"}}, 400, "Invalid request body"),
    (
        "POST",
        "/auth/login",
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        400,
        "Invalid request body",
    ),
    ("POST", "/companies", {"json": {"name": "", "address": ADDRESS}}, 400, "Invalid request body"),
    ("DELETE", "/health", {}, 403, "Missing Authentication Token"),
    ("GET", "/there/is/no/such/path", {}, 403, "Missing Authentication Token"),
]


def test_what_the_gateway_refuses_never_reaches_the_service(local_stack: LocalStack, token: str) -> None:
    refused = []
    for method, path, more, status, message in REFUSED:
        answer = local_stack.call(method, path, token=token, **more)
        assert (answer.status_code, answer.json()) == (status, {"message": message}), path
        refused.append(answer.headers["x-amzn-requestid"])
    # a later one that the service has logged shows that the log is up to date
    passed = local_stack.call("GET", "/companies?limit=none", token=token)
    assert passed.status_code == 400
    assert passed.headers["content-type"] == "application/problem+json"
    seen = wait_until(
        lambda: with_request(local_stack, passed.headers["x-amzn-requestid"]), "the request is logged", 60
    )
    assert not {json.loads(line).get("request_id") for line in seen} & set(refused)


def with_request(stack: LocalStack, request_id: str) -> list[str]:
    """The service's log, once it has a request."""
    lines = stack.logged()
    return lines if any(request_id in line for line in lines) else []


def test_the_operations_say_what_runs(local_stack: LocalStack) -> None:
    smoke = local_stack.lines("smoke")
    assert smoke[-1]["failed"] == 0
    assert smoke[-1]["checks"] - smoke[-1]["skipped"] >= 15
    (status,) = local_stack.lines("release", "status")
    assert re.search(r"@sha256:[0-9a-f]{64}$", status["image"])
    assert status["image"] == status["configured"]
    assert [each["health"] for each in status["tasks"]] == ["HEALTHY"]
    health = local_stack.health()
    assert health is not None
    assert status["image"].endswith(health["release"])
    (spot,) = local_stack.lines("spot", "status")
    assert spot["split"] == spot["wanted"] == {"spot": 0, "on_demand": 1}
    assert [each["task"] for each in spot["tasks"]] == [health["task"]]
    assert [each["capacity"] for each in spot["tasks"]] == [health["capacityProvider"]] == ["FARGATE"]


def service_of(stack: LocalStack) -> list[psutil.Process]:
    """The processes of the tasks."""
    return [each for each in stack.programs("python") if each.cmdline()[-2:] == ["-m", "service"]]


def postmaster_of(stack: LocalStack) -> list[psutil.Process]:
    """The server of PostgreSQL, without the processes that it makes itself."""
    servers = stack.programs("postgres")
    return [each for each in servers if each.ppid() not in {other.pid for other in servers}]


def part(name: str) -> Callable[[LocalStack], list[psutil.Process]]:
    """One of the data path's processes."""
    module = f"toolchain.datapath.{name}"
    return lambda stack: [each for each in stack.programs("python") if module in each.cmdline()[:3]]


PROGRAMS: dict[str, Callable[[LocalStack], list[psutil.Process]]] = {
    "the task": service_of,
    "the init process of the task": lambda stack: stack.programs("tini"),
    "HAProxy": lambda stack: stack.programs("haproxy"),
    "PostgreSQL": postmaster_of,
    "Redis": lambda stack: stack.programs("redis-server"),
    "the process of the stores": part("stores"),
    "the process of the load balancers": part("balancer"),
    "the process of the task": part("tasks"),
    "the process of the edge": part("edge"),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_that_is_killed_comes_back(local_stack: LocalStack, account: dict[str, str], what: str) -> None:
    killed = PROGRAMS[what](local_stack)
    if not killed and what in {"the init process of the task", "HAProxy"}:
        pytest.skip(f"{what} is not on PATH")
    (process,) = killed
    before = well(local_stack)
    with load(local_stack) as running:
        process.kill()
        process.wait(RECOVERY_SECONDS)
        wait_until(lambda: PROGRAMS[what](local_stack), f"{what} runs again", RECOVERY_SECONDS)
        if "task" in what:
            wait_until(lambda: well(local_stack)["task"] != before["task"], "another task answers", RECOVERY_SECONDS)
        after = well(local_stack)
    print(f"{what}: {running.counts}")
    assert len(PROGRAMS[what](local_stack)) == 1
    assert len(service_of(local_stack)) == 1
    assert (after["task"] == before["task"]) is ("task" not in what)
    logged_in(local_stack, account)


def test_a_data_path_that_is_killed_is_brought_back_by_up(local_stack: LocalStack, account: dict[str, str]) -> None:
    well(local_stack)
    data_path, edge = local_stack.data_path["pid"], local_stack.edge
    left = psutil.Process(data_path).children(recursive=True)
    assert all(find(local_stack) == [each for each in find(local_stack) if each in left] for find in PROGRAMS.values())
    assert len(left) > len(MEMBERS)
    with load(local_stack) as running:
        psutil.Process(data_path).kill()
        said = local_stack.run("toolchain", "up", "local", "--yes", "--plain", "--expect-no-changes")
        assert "The local data path is started" in said.stderr
        well(local_stack)
    print(f"the data path: {running.counts}")
    assert not [each for each in left if each.is_running()]
    assert local_stack.edge == edge
    logged_in(local_stack, account)


def test_an_emulator_that_is_killed_is_made_anew_by_up(local_stack: LocalStack) -> None:
    """The last test: everything in the emulator is gone, so the stack begins anew, without the service's image."""
    emulator, left = local_stack.emulator["pid"], local_stack.processes()
    psutil.Process(emulator).kill()
    smoke = local_stack.run("ops", "smoke", status=2)
    assert len(smoke.stderr.strip().splitlines()) == 1
    assert "up" in smoke.stderr
    preview = local_stack.run("toolchain", "preview", "local", "--plain")
    assert "The emulator of this stack has ended, and everything in it is gone" in preview.stderr
    assert "'up' makes everything anew" in preview.stderr
    local_stack.run("toolchain", "up", "local", "--yes", "--plain")
    assert not [each for each in left if each.is_running() and each.pid != emulator]
    (status,) = local_stack.lines("release", "status")
    assert status["image"] is None


def well(stack: LocalStack) -> dict[str, Any]:
    return wait_until(stack.health, "the service, its database and its cache are well", RECOVERY_SECONDS)


def load(stack: LocalStack) -> Load:
    headers = {"Host": stack.url("api_url").removeprefix("http://")}
    return Load(f"http://{stack.edge}/health", headers, PER_SECOND, trust_env=False)
