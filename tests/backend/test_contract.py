"""docs/container-contract.md lists the variables that the service reads; its Node server acts like the service."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.database_users import ROLE
from service.migrate import LOCK
from service.proxy import request_id_of
from service.settings import Settings
from tests.backend.servers import ROOT

DOCUMENT = (ROOT / "docs" / "container-contract.md").read_text(encoding="utf-8")
NODE = shutil.which("node")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's JavaScript is not parsed")
@pytest.mark.parametrize("number", range(3))
def test_the_javascript_parses(number: int, tmp_path: Path) -> None:
    code = blocks("js")
    assert len(code) == 3
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
    assert re.search(rf"(seconds|number)\('{variable}', {default}[,)]", blocks("js")[0])
    assert re.search(rf"^\| {variable} \| {default} ", DOCUMENT, re.MULTILINE)


def test_the_table_has_the_variables_that_the_service_reads() -> None:
    rows = re.findall(r"^\| ([A-Z0-9_, ]+) \|", DOCUMENT, re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    assert len(named) > 20
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_migration_task_in_node_uses_the_same_lock_and_role() -> None:
    users = blocks("js")[2]
    assert f"pg_advisory_lock({LOCK})" in users
    assert f"'{ROLE}'" in users


STUBS = {
    "fastify": """
        export default (options) => ({
          log: { ...console, fatal: console.error }, addHook() {}, get() {}, decorateRequest() {}, register: (_, options) => new Promise((resolve) => {
            console.error(`methods ${options.methods}`);
            setTimeout(resolve, 50);
          }), server: { on() {} },
          listen: async ({ port }) => {
            if (port === 1) throw new Error('taken');
            const id = (headers, remoteAddress) => options.genReqId({ headers, socket: { remoteAddress } });
            const asked = JSON.parse(process.env.ASKED ?? '[]');
            console.log(JSON.stringify(asked.map(([given, peer]) => id({ 'x-request-id': given }, peer))));
            process.exit(0);
          },
        });""",
    "@fastify/cors": "export default () => {};",
    "@aws-sdk/client-ecs": "export class DescribeTasksCommand {} export class ECSClient {}",
    "@prisma/client": """
        export class PrismaClient {
          constructor({ datasourceUrl }) { this.url = datasourceUrl; }
          async $queryRaw() {
            if (this.url.includes('refused')) throw Object.assign(new Error('refused'), { code: '28P01' });
          }
        }""",
    "ioredis": "export default class { on() {} async ping() {} }",
}
"""Stubs of npm packages for the start of the document's server; this project does not install the packages."""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The document's server with stubs of its packages."""
    for name, code in STUBS.items():
        package = tmp_path / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
        (package / "index.js").write_text(code)
    path = tmp_path / "server.mjs"
    path.write_text(blocks("js")[0])
    return path


def serve(server: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"DATABASE_URL": "postgresql://app:topsecret@db/app", **environment}
    return subprocess.run(
        [str(NODE), server.name], cwd=server.parent, env=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's server does not run")
def test_the_server_in_node_says_everything_that_is_wrong_at_once(server: Path) -> None:
    done = serve(
        server,
        DATABASE_URL="",
        PORT="abc",
        LOG_LEVEL="loud",
        TRUST_PROXY="perhaps",
        DRAIN_SECONDS="-1",
        CORS_ALLOWED_ORIGINS="*",
        REDIS_URL="http://:topsecret@host",
        S3_ENCRYPTION="rot13",
        HEALTH_CHECK_SECONDS="0",
    )
    assert done.returncode == 2, done.stderr
    said = {re.split(r"[=: ]", line.removeprefix("error: "))[0] for line in done.stderr.splitlines()}
    assert said == {
        "DATABASE_URL",
        "PORT",
        "LOG_LEVEL",
        "TRUST_PROXY",
        "DRAIN_SECONDS",
        "CORS_ALLOWED_ORIGINS",
        "REDIS_URL",
        "S3_ENCRYPTION",
        "HEALTH_CHECK_SECONDS",
    }
    assert "topsecret" not in done.stderr


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's server does not run")
def test_the_server_in_node_fails_where_it_cannot_listen(server: Path) -> None:
    # In the stub, this port is in use.
    assert serve(server, PORT="1").returncode == 1


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's server does not run")
def test_the_server_in_node_believes_the_ids_that_the_python_one_believes(server: Path) -> None:
    given = ["JKJaXmPLvHcESHA=", "x" * 128, "x" * 129, "a b", 'a"', ""]
    asked = [*((each, "::ffff:10.0.2.4") for each in given), (given[0], "203.0.113.9")]
    done = serve(server, TRUST_PROXY="true", ASKED=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    ids = json.loads(done.stdout)
    for each, made in zip(given, ids, strict=False):
        assert (made == each) == (request_id_of(each) == each)
    assert ids[-1] != given[0]
    assert len(set(ids)) == len(ids)
    again = json.loads(serve(server, ASKED=json.dumps(asked)).stdout)
    assert not set(again) & {*ids, *given}


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's server does not run")
def test_the_server_in_node_takes_the_other_user_when_one_is_refused(server: Path) -> None:
    first, other = "postgresql://refused:p@db/app", "postgresql://app_b:p@db/app"
    told = "another user of the database is used from now on"
    assert told in serve(server, DATABASE_URL=first, DATABASE_ALTERNATE_URL=other).stdout
    assert told not in serve(server, DATABASE_URL=other, DATABASE_ALTERNATE_URL=first).stdout


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's server does not run")
def test_the_server_in_node_lets_other_origins_use_every_method(server: Path) -> None:
    assert "methods GET,HEAD,POST,PUT,PATCH,DELETE" in serve(server).stderr


@pytest.mark.skipif(NODE is None, reason="node is not on PATH, so the document's entrypoint does not run")
def test_the_entrypoint_in_node_refuses_what_prisma_would_take_for_less(entrypoint: Path) -> None:
    assert NODE is not None
    environment = {"PATH": f"{Path(NODE).parent}:/usr/bin:/bin", "DATABASE_SSL": "verify-full"}
    done = subprocess.run([str(entrypoint), "true"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: DATABASE_SSL=verify-full: must be disable or require")
