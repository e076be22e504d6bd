"""docs/container-contract.md names the variables that the service reads, and its half in Node says the same as the service."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.database_users import ROLE
from service.migrate import LOCK
from service.settings import Settings
from tests.backend.servers import ROOT

DOCUMENT = (ROOT / "docs" / "container-contract.md").read_text(encoding="utf-8")
NODE = shutil.which("node")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's JavaScript is not parsed")
@pytest.mark.parametrize("number", range(2))
def test_the_javascript_parses(number: int, tmp_path: Path) -> None:
    code = blocks("js")
    assert len(code) == 2
    (tmp_path / "code.mjs").write_text(code[number])
    done = subprocess.run([str(NODE), "--check", "code.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def entrypoint(tmp_path: Path) -> Path:
    (script,) = blocks("sh")
    path = tmp_path / "docker-entrypoint.sh"
    path.write_text(script)
    path.chmod(0o755)
    return path


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's entrypoint does not run")
def test_the_entrypoint_escapes_as_the_python_one(entrypoint: Path) -> None:
    assert NODE is not None
    environment = {
        "PATH": f"{Path(NODE).parent}:/usr/bin:/bin",
        "DATABASE_HOST": "db.internal",
        "DATABASE_USERNAME": "app@a",
        "DATABASE_PASSWORD": "p/w:@%?#& '\"$",
    }
    command = [str(entrypoint), "printenv", "DATABASE_URL"]
    made = subprocess.check_output(command, env=environment, text=True).strip()
    assert made.startswith(
        "postgresql://app%40a:p%2Fw%3A%40%25%3F%23%26%20'%22%24@db.internal:5432/app?sslmode=require&"
    )


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("DRAIN_SECONDS", "drain_seconds"),
        ("REQUEST_SECONDS", "request_seconds"),
        ("KEEP_ALIVE_SECONDS", "keep_alive_seconds"),
        ("HEALTH_CHECK_SECONDS", "health_check_seconds"),
    ],
)
def test_both_halves_have_the_same_defaults(variable: str, field: str) -> None:
    default = f"{Settings.model_fields[field].default:g}"
    assert re.search(rf"seconds\('{variable}', {default}\)", blocks("js")[0])
    assert re.search(rf"^\| {variable} \| {default} ", DOCUMENT, re.MULTILINE)


def test_the_table_has_the_variables_that_the_service_reads() -> None:
    rows = re.findall(r"^\| ([A-Z0-9_, ]+) \|", DOCUMENT, re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    assert len(named) > 20
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_migration_task_in_node_uses_the_same_lock_and_role() -> None:
    users = blocks("js")[1]
    assert f"pg_advisory_lock({LOCK})" in users
    assert f"'{ROLE}'" in users
