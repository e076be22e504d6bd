"""Schemathesis finds no fault: the service conforms to its document for every request.

The number of requests is limited. A longer run takes some minutes::

    SCHEMATHESIS_EXAMPLES=100 python -m pytest tests/backend/api/test_schemathesis.py
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest

from service.settings import Settings
from tests.backend.servers import BACKEND
from tests.backend.task import SERVICE, Task, running

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "1")
TIMEOUT_SECONDS = 3600 if int(EXAMPLES) > 1 else 1100
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")


@pytest.fixture
def task(service_environment: dict[str, str], service_settings: Settings, tmp_path: Path) -> Iterator[Task]:
    assert service_settings.node_env == "test"
    with running(service_environment, tmp_path / "log", SERVICE) as task:
        yield task


@pytest.fixture
def token(task: Task, query: Callable[..., list[Any]], service_settings: Settings) -> str:
    """A token of a user with all roles, which is valid for longer than the run."""
    user_id, company_id = uuid4(), uuid4()
    roles = ["administrator", "auditor", "scholar", "company-admin"]
    query(
        "INSERT INTO users (id, email, full_name, roles, status) VALUES ($1, 'all@example.com', 'All', $2, 'active')",
        user_id,
        roles,
    )
    query(
        """INSERT INTO companies (id, name, registration_number, country, address)
           VALUES ($1, 'Sari Foods', '1', 'MY', '{"line1": "12 Jalan", "city": "Shah Alam", "country": "MY"}')""",
        company_id,
    )
    query("INSERT INTO memberships (company_id, user_id, administrator) VALUES ($1, $2, true)", company_id, user_id)
    now = datetime.now(UTC)
    claims = {"iss": "reference-service", "sub": str(user_id), "sid": str(uuid4()), "ver": 0}
    times = {"iat": now, "exp": now + timedelta(days=1)}
    return jwt.encode({**claims, **times}, service_settings.jwt_secret.get_secret_value(), "HS256")


@pytest.mark.timeout(TIMEOUT_SECONDS + 100)
def test_schemathesis_finds_nothing(task: Task, token: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "--config-file",
            str(BACKEND / "schemathesis.toml"),
            "run",
            f"{task.url}/openapi.json",
            f"--header=Authorization: Bearer {token}",
            "--header=X-Api-Key: key",
            f"--max-examples={EXAMPLES}",
            f"--seed={SEED}",
            "--warnings=off",
            "--no-color",
            "--suppress-health-check=all",
            "--request-timeout=30",
            "--generation-database=none",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    assert "Tested: 111" in run.stdout, run.stdout
    # Most requests passed the sign-in and reached the operations
    lines = [line for line in task.log.read_text().splitlines() if '"logger": "service.access"' in line]
    statuses = Counter(int(found[1]) for line in lines if (found := re.search(r'"status": (\d+)', line)))
    print(sorted(statuses.items()))
    assert statuses[200] + statuses[201] + statuses[204] > statuses[401]
