"""`python -m toolchain.local.develop` starts and ends the service together with its stores, and keeps their data."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.waiting import wait_until
from toolchain.datapath.ports import free_port
from toolchain.local.develop import read_secrets, variables

ROOT = Path(__file__).parents[3]
PERSON = {"email": "aisyah@example.com", "password": "correct horse battery staple", "fullName": "Aisyah"}


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "toolchain.local.develop", "--folder", str(folder)]


@contextmanager
def developing(folder: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            command(folder), cwd=ROOT, env={**os.environ, "PORT": str(port)}, stdout=file, stderr=file
        )

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_until(is_ready, f"ready ({log})")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def left_in(folder: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(folder)):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def test_it_serves_keeps_its_data_for_itself_and_leaves_no_process(tmp_path: Path) -> None:
    folder, log, port = tmp_path / "develop", tmp_path / "log", free_port()
    address = f"http://127.0.0.1:{port}/auth/register"
    origin = {"Origin": "http://localhost:5173"}
    with developing(folder, port, log) as process:
        answer = httpx.post(address, json=PERSON, headers=origin, trust_env=False)
        assert answer.status_code == 201, answer.text
        assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
        assert (folder / "files").is_dir()
        for path in (folder / "environment", folder / "secrets.json"):
            assert path.stat().st_mode & 0o077 == 0
        script = '. ./environment; printf %s "$JWT_SECRET"'
        secret = subprocess.check_output(["sh", "-c", script], cwd=folder, text=True)
        assert len(secret) >= 32
        second = subprocess.run(command(folder), cwd=ROOT, capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert second.stderr.startswith(f"error: another run uses {folder}")
    assert process.returncode == 130
    assert left_in(folder) == []
    with developing(folder, port, log):
        assert httpx.post(address, json=PERSON, trust_env=False).status_code == 409
    assert left_in(folder) == []


def test_secrets_have_the_variables_of_the_stack_and_stay(tmp_path: Path) -> None:
    first = read_secrets(tmp_path, {"SESSION_KEY": "session"})
    assert variables(first, tmp_path, 1, 2, "3")["SESSION_KEY"] == first.generated["SESSION_KEY"]
    more = read_secrets(tmp_path, {"SESSION_KEY": "session", "COOKIE_KEY": "cookie", "database": "database"})
    assert more.database == first.database
    assert more.generated["SESSION_KEY"] == first.generated["SESSION_KEY"]
    assert len({more.database, *more.generated.values()}) == 4
    assert min(map(len, more.generated.values())) >= 32
    assert read_secrets(tmp_path, {}).generated == {}
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
