"""The stack after `make up`: a user of the site, callers of the API, and the operations."""

import json
import os
import re
import secrets
import uuid
from typing import Any

import pytest

from ops.frontend.build import find_node
from tests.browser import NO_CHROMIUM, find_chromium
from tests.e2e.stack import LocalStack
from tests.frontend.conftest import Site
from tests.waiting import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.emulator, pytest.mark.timeout(3600)]

ADDRESS = {"line1": "1 Jalan Sultan", "city": "Ipoh", "country": "MY"}


def test_nothing_is_left_to_change(local_stack: LocalStack) -> None:
    said = local_stack.run("toolchain", "up", "local", "--skip-preview", "--plain", "--expect-no-changes", "--diff")
    assert "The local data path is started" not in said.stderr


def test_a_person_at_the_site(local_stack: LocalStack, tmp_path) -> None:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(NO_CHROMIUM)
    upload = tmp_path / "licence.pdf"
    upload.write_bytes(b"%PDF-1.7\n" + secrets.token_bytes(3_000_000))
    browser = {"SITE_URL": local_stack.url("site_url"), "UPLOAD": str(upload), "NO_COLOR": "1"}
    browser["CHROMIUM"] = chromium
    path = f"{find_node()}{os.pathsep}{os.environ.get('PATH', '')}"
    site = Site(local_stack.root / "frontend", {**os.environ, **browser, "PATH": path})
    said = site.npm("run", "test:live", timeout_seconds=1800)
    print(said)
    assert re.search(r"Tests\s+8 passed \(8\)", said), said[-2000:]
    assert [len(found) for found in objects_like(local_stack, upload.read_bytes())] == [2]


def objects_like(stack: LocalStack, content: bytes) -> list[list[str]]:
    """Return the keys of the objects with this content, for each bucket that has such objects."""
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
    # once the service has logged a later request, the log is up to date
    passed = local_stack.call("GET", "/companies?limit=none", token=token)
    assert passed.status_code == 400
    assert passed.headers["content-type"] == "application/problem+json"
    seen = wait_until(
        lambda: with_request(local_stack, passed.headers["x-amzn-requestid"]), "the request is logged", 60
    )
    assert not {json.loads(line).get("request_id") for line in seen} & set(refused)


def with_request(stack: LocalStack, request_id: str) -> list[str]:
    """Return the service's log if it has a request; empty otherwise."""
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
