"""The image: its Dockerfile, its entrypoint and, if there is a container engine, the image itself."""

import asyncio
import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import psutil
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.credentials import logins, target
from service.database_settings import DatabaseSettings
from service.database_url import database_url
from service.environment import read
from service.settings import load
from tests.backend import confinement
from tests.backend.confinement import USER
from tests.backend.conftest import TestDatabase
from tests.backend.servers import BACKEND, ROOT, wait_until
from tests.backend.task import Task
from toolchain.datapath.children import kill_session
from toolchain.datapath.ports import free_port
from toolchain.system.processes import is_running

MAXIMUM_BYTES = 300_000_000
PACKAGES_BYTES = 120_000_000
"""Limit for the packages, beside a base image of 140 MB and 40 MB of bytecode that the Dockerfile makes."""
ENGINE = next((name for name in ("docker", "podman") if shutil.which(name)), None)
HAS_ENGINE = ENGINE is not None and subprocess.run([ENGINE, "info"], capture_output=True, check=False).returncode == 0
needs_engine = pytest.mark.skipif(not HAS_ENGINE, reason="no container engine answers, so no image is built")


def test_the_dockerfile_has_no_lint() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, "Dockerfile"], cwd=BACKEND, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_base_is_pinned_by_its_digest() -> None:
    lines = (BACKEND / "Dockerfile").read_text().splitlines()
    (base,) = [line.partition("=")[2] for line in lines if line.startswith("ARG PYTHON_IMAGE=")]
    assert "@sha256:" in base
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"scratch", "${PYTHON_IMAGE}"}


def test_what_the_dockerfile_copies_is_not_ignored() -> None:
    kept = {line[1:] for line in (BACKEND / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [line.split()[1] for line in (BACKEND / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")]
    ours = {source for source in copied if not source.startswith("--")}
    assert ours - {"*openapi.yaml"} == kept - {"openapi.yaml"}
    assert [name for name in kept if not (BACKEND / name).exists()] in ([], ["openapi.yaml"])


def test_the_lock_has_what_the_service_asks_for() -> None:
    wanted = tomllib.loads((BACKEND / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {requirement.split(">")[0].split("[")[0].strip() for requirement in wanted}
    locked = {line.split("==")[0] for line in (BACKEND / "requirements.lock").read_text().splitlines() if "==" in line}
    assert names - {name.split("[")[0].strip() for name in locked} == set()


def test_the_packages_leave_room_for_the_base() -> None:
    """Without a container engine, this is the only check of the image's size."""
    lock = (BACKEND / "requirements.lock").read_text()
    names = re.findall(r"^([\w.-]+)(?:\[.*\])?==", lock, re.MULTILINE)
    assert len(names) > 30
    files = [file for name in names for file in distribution(name).files or ()]
    kept = [file for file in files if not {"__pycache__", "test", "tests", ".."} & set(file.parts[:-1])]
    assert sum(Path(str(file.locate())).stat().st_size for file in kept) < PACKAGES_BYTES


def test_compose_runs_it_as_the_platform_does() -> None:
    backend = yaml.safe_load((ROOT / "backend" / "compose.yaml").read_text())["services"]["backend"]
    assert backend["read_only"] is True
    assert backend["user"] == f"{USER}:{USER}"
    environment = {key: str(value) for key, value in backend["environment"].items()}
    assert set(environment) >= {"NODE_ENV", "AUTO_MIGRATE", "TRUST_PROXY", "JWT_SECRET", "REDIS_URL"}
    assert load(environment).auto_migrate


PARTS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40)


@given(username=PARTS, password=PARTS, name=PARTS)
def test_a_url_made_of_parts_means_the_same(username: str, password: str, name: str) -> None:
    parts = {
        "DATABASE_HOST": "database.internal",
        "DATABASE_PORT": "6432",
        "DATABASE_NAME": name,
        "DATABASE_USERNAME": username,
        "DATABASE_PASSWORD": password,
        "DATABASE_SSL": "verify-full",
    }
    of_parts = read(DatabaseSettings, parts)
    of_url = read(DatabaseSettings, {"DATABASE_URL": database_url(parts)})
    assert target(of_url) == target(of_parts)
    assert logins(of_url)[0].username == username
    assert asyncio.run(logins(of_url)[0].password()) == password


# The entrypoint, in a folder with the layout of the image


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with the content of the image's /app."""
    folder = tmp_path / "app"
    folder.mkdir()
    shutil.copy(BACKEND / "docker-entrypoint.sh", folder)
    (document,) = (ROOT / "examples").glob("*openapi.yaml")
    shutil.copy(document, folder / "openapi.yaml")
    for name in ("service", "migrations"):
        shutil.copytree(BACKEND / name, folder / name)
        # As in the Dockerfile. What is compiled already, and has the same time, is not compiled again.
        compileall.compile_dir(folder / name, quiet=2)
    return folder


def start(app: Path, environment: dict[str, str], log: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start the entrypoint as the image does: under tini if it is installed, and confined if that is possible."""
    tini = shutil.which("tini")
    line = ["./docker-entrypoint.sh", *(command or ("python", "-m", "service"))]
    if tini is not None:
        line = [tini, "-s", "--", *line]
    with log.open("wb") as file:
        return subprocess.Popen(
            confinement.confined(app, line) if confinement.is_possible() else line,
            cwd=app,
            env={
                "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin", "/usr/sbin", "/sbin"]),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONUNBUFFERED": "1",
                "NODE_ENV": "production",
                **environment,
            },
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def files_of(app: Path) -> set[Path]:
    return set(app.rglob("*"))


@pytest.fixture
def parts(environment: dict[str, str]) -> dict[str, str]:
    """The container's environment: without NODE_ENV, with a free port, and without a drain time."""
    return {key: value for key, value in environment.items() if key != "NODE_ENV"} | {
        "PORT": str(free_port()),
        "DRAIN_SECONDS": "0",
        "TRUST_PROXY": "true",
    }


class Container(Task):
    """A process that the entrypoint started."""

    def __init__(self, app: Path, environment: dict[str, str], log: Path) -> None:
        self.port = int(environment["PORT"])
        self.log = log
        self.began = 0.0
        self.process = start(app, environment, log)

    def kill(self) -> None:
        """Kill also tini's child, which has its own process group and would survive."""
        kill_session(self.process.pid)
        super().kill()


@pytest.fixture
def container(app: Path, parts: dict[str, str], tmp_path: Path) -> Iterator[Container]:
    container = Container(app, parts | {"AUTO_MIGRATE": "true"}, tmp_path / "log")
    try:
        yield container
    finally:
        container.kill()


def test_the_entrypoint_migrates_serves_and_goes_without_writing_a_file(
    container: Container, app: Path, database: TestDatabase
) -> None:
    before = files_of(app)
    container.wait_until_ready()
    assert database.values("SELECT count(*) FROM alembic_version") == {1}
    if confinement.is_possible():
        status = Path(f"/proc/{container.process.pid}/status").read_text()
        assert f"Uid:\t{USER}" in status
        assert "CapBnd:\t0000000000000000" in status
    container.process.send_signal(signal.SIGTERM)
    assert container.wait() == 0
    assert files_of(app) == before


def test_a_container_that_is_killed_leaves_no_process(container: Container) -> None:
    container.wait_until_ready()
    of_it = [container.process, *psutil.Process(container.process.pid).children(recursive=True)]
    container.kill()
    wait_until(lambda: not any(is_running(process.pid) for process in of_it), "all have ended", 60)


def test_without_auto_migrate_nothing_is_migrated(
    app: Path, parts: dict[str, str], tmp_path: Path, database: TestDatabase
) -> None:
    container = Container(app, parts | {"AUTO_MIGRATE": "false"}, tmp_path / "log")
    try:
        container.wait_until_ready()
        assert database.values("SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'") == {0}
    finally:
        container.kill()


def test_a_migration_that_fails_starts_no_service(app: Path, parts: dict[str, str], tmp_path: Path) -> None:
    process = start(app, parts | {"AUTO_MIGRATE": "true", "DATABASE_PASSWORD": "wrong"}, tmp_path / "log")
    assert process.wait(60) == 1
    assert "error: the database is not migrated" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("command", ["migrate", "python -m service migrate"])
def test_the_entrypoint_runs_the_migration_task(
    app: Path, parts: dict[str, str], tmp_path: Path, database: TestDatabase, command: str
) -> None:
    process = start(app, parts, tmp_path / "log", *command.split())
    assert process.wait(60) == 0, (tmp_path / "log").read_text()
    assert database.values("SELECT count(*) FROM alembic_version") == {1}


def healthcheck(port: int) -> int:
    command = [sys.executable, "-m", "service.healthcheck"]
    return subprocess.run(command, cwd=BACKEND, env={"PORT": str(port)}, check=False).returncode


def test_the_health_check_asks_the_process(app: Path, parts: dict[str, str], tmp_path: Path) -> None:
    assert healthcheck(free_port()) == 1
    # The process runs without its database: a restart would not repair the database.
    away = {"DATABASE_PORT": str(free_port())}
    container = Container(app, parts | away, tmp_path / "log")
    try:
        wait_until(lambda: healthcheck(container.port) == 0, "alive")
        assert container.status() == 503
    finally:
        container.kill()


@needs_engine
def test_the_image_is_small_and_runs_as_its_user(tmp_path: Path) -> None:
    assert ENGINE is not None
    tag = "reference-service:test"
    build = [ENGINE, "build", "--build-context", "document=examples", "--tag", tag, "backend"]
    subprocess.run(build, cwd=ROOT, check=True)
    try:
        size = subprocess.check_output([ENGINE, "image", "inspect", "--format", "{{.Size}}", tag], text=True)
        assert int(size) < MAXIMUM_BYTES
        run = [ENGINE, "run", "--rm", "--read-only", "--tmpfs", "/tmp", tag]
        assert subprocess.check_output([*run, "id", "-u"], text=True).strip() == str(USER)
        refused = subprocess.run(run, capture_output=True, text=True, check=False)
        assert refused.returncode == 2
        assert "error: DATABASE_URL is missing" in refused.stderr
    finally:
        subprocess.run([ENGINE, "image", "rm", tag], check=False)
