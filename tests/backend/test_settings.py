"""Valid environments, and the errors for invalid ones."""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from service.credentials import logins, target
from service.database import UNAVAILABLE, Database
from service.settings import SettingsError, load
from service.storage import open_storage
from service.storage.provider import FileRule, StorageError
from tests.backend.conftest import TestDatabase
from tests.backend.servers import BACKEND, MASTER, MASTER_PASSWORD
from tests.backend.tls import TlsFront

COMPLETE = {
    "DATABASE_HOST": "database.internal",
    "DATABASE_PASSWORD": "a password",
    "JWT_SECRET": "a secret that is long enough for HS256",
}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(COMPLETE | changes)
    return caught.value.problems


def test_the_platforms_variables_have_their_defaults() -> None:
    settings = load(COMPLETE)
    assert settings.port == 3333
    assert settings.node_env == "production"
    assert settings.drain_seconds == 80
    assert settings.stop_seconds < 115
    assert not settings.trust_proxy
    assert not settings.auto_migrate


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "https://uploads.s3.amazonaws.com/"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}, "http://127.0.0.1:5000/uploads"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:8600"},
            "http://127.0.0.1:8600/uploads",
        ),
    ],
)
def test_files_go_where_the_sdks_variables_say(
    given: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    storage = open_storage(load(COMPLETE | given | {"S3_UPLOADS_BUCKET": "uploads"}))
    form = asyncio.run(storage.upload_form(FileRule("companies/a/licence/1-a.pdf", "application/pdf", 7, {})))
    assert form.url == expected


def test_without_a_bucket_every_operation_on_a_file_fails_as_if_storage_did_not_answer() -> None:
    storage = open_storage(load(COMPLETE))
    for operation in (
        lambda: storage.upload_form(FileRule("companies/a/licence/1-a.pdf", "application/pdf", 7, {})),
        lambda: storage.download_link("companies/a/licence/1-a.pdf", "a.pdf"),
        lambda: storage.describe("companies/a/licence/1-a.pdf"),
        lambda: storage.list_files("companies/a/"),
        lambda: storage.delete("companies/a/licence/1-a.pdf"),
    ):
        with pytest.raises(StorageError, match="S3_UPLOADS_BUCKET is missing"):
            asyncio.run(operation())
    asyncio.run(storage.close())


def test_a_database_whose_name_nobody_knows_is_away() -> None:
    # A name below .invalid never resolves (RFC 6761); an RDS instance's name may not resolve for a moment.
    database = Database(load(COMPLETE | {"DATABASE_HOST": "database.invalid"}))
    with pytest.raises(UNAVAILABLE):
        asyncio.run(database.connect(10))


def test_what_the_platform_sets_is_read() -> None:
    settings = load(
        COMPLETE
        | {
            "PORT": "8080",
            "AWS_REGION": "eu-west-1",
            "TRUST_PROXY": "true",
            "AUTO_MIGRATE": "false",
            "DRAIN_SECONDS": "60",
            "CORS_ALLOWED_ORIGINS": "https://app.example.com, https://www.example.com/",
            "PATH_PREFIX": "/api",
            "S3_UPLOADS_BUCKET": "uploads",
            "REDIS_URL": "rediss://:token@cache.internal:6379",
            "UNKNOWN": "ignored",
            "STORAGE_FOLDER": "",
        }
    )
    assert settings.trust_proxy
    assert settings.path_prefix == "/api"
    assert settings.cors_allowed_origins == ("https://app.example.com", "https://www.example.com")
    assert settings.s3_uploads_bucket == "uploads"
    assert settings.storage_folder is None


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = problems(PORT="99999", NODE_ENV="prod", TRUST_PROXY="perhaps", DATABASE_PASSWORD="")
    assert sorted(said) == [
        "DATABASE_PASSWORD is missing; set it, or DATABASE_AUTH=iam",
        "NODE_ENV='prod': Input should be 'production', 'development' or 'test'",
        "PORT='99999': Input should be less than or equal to 65535",
        "TRUST_PROXY='perhaps': Input should be a valid boolean, unable to interpret input",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DATABASE_HOST": ""}, "DATABASE_URL is missing; set it, or DATABASE_HOST and the other parts"),
        ({"JWT_SECRET": ""}, "JWT_SECRET is missing"),
        ({"DATABASE_AUTH": "iam", "DATABASE_SSL": "disable"}, "RDS takes a token over TLS only"),
        ({"DATABASE_AUTH": "iam", "DATABASE_URL": "postgresql://a:b@c/d"}, "cannot go with DATABASE_URL"),
        ({"DATABASE_ALTERNATE_USERNAME": "app_b"}, "DATABASE_ALTERNATE_PASSWORD must be set together"),
        ({"STORAGE_FOLDER": "/data"}, "STORAGE_FOLDER cannot go with NODE_ENV=production"),
        ({"CORS_ALLOWED_ORIGINS": "https://a.example.com,*"}, "* must be an origin"),
        ({"CORS_ALLOWED_ORIGINS": "https://a.example.com/path"}, "must be an origin"),
        ({"PATH_PREFIX": "api"}, "PATH_PREFIX='api': must be a path such as /api"),
        ({"PATH_PREFIX": "/api/"}, "PATH_PREFIX='/api/': must be a path such as /api, without a slash at its end"),
        ({"AWS_REGION": "frankfurt"}, "AWS_REGION='frankfurt'"),
        ({"HOST": "x"}, "HOST='x': must be an IP address"),
        ({"S3_ENCRYPTION": "rot13"}, "S3_ENCRYPTION='rot13': must be AES256, or the ARN of a KMS key"),
        ({"AWS_ENDPOINT_URL": "zzz"}, "AWS_ENDPOINT_URL='zzz': must be http://HOST:PORT"),
        ({"AWS_ENDPOINT_URL_S3": "http://a:b"}, "AWS_ENDPOINT_URL_S3='http://a:b': must be http://HOST:PORT"),
        ({"PUBLIC_URL": "ftp://a/b?c"}, "PUBLIC_URL='ftp://a/b?c': must be http://HOST:PORT"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "blah"}, "OTEL_EXPORTER_OTLP_ENDPOINT='blah': must be http://HOST:PORT"),
        ({"OTEL_TRACES_SAMPLER": "bogus"}, "OTEL_TRACES_SAMPLER='bogus': Input should be 'always_on'"),
        ({"OTEL_TRACES_SAMPLER_ARG": "2"}, "OTEL_TRACES_SAMPLER_ARG='2': Input should be less than or equal to 1"),
        ({"DATABASE_CA_FILE": "/none"}, "DATABASE_CA_FILE='/none': must be a PEM file with certificates: No such file"),
        ({"DATABASE_CA_FILE": __file__}, "must be a PEM file with certificates; there is none in it"),
        ({"DATABASE_HOST": "a,b"}, "DATABASE_HOST='a,b': must be the name or the IP address of one host"),
        ({"DATABASE_URL": "postgresql://a:b@c/d?sslmode=verify-ca"}, "DATABASE_URL: its sslmode must be disable, "),
        ({"DATABASE_URL": "postgresql://a:b@c/d?sslmode=VERIFY-FULL"}, "require or verify-full, in lower case"),
        ({"DATABASE_URL": "postgresql://a:b@c/d?sslmode="}, "DATABASE_URL: its sslmode must be"),
        ({"DATABASE_URL": "postgresql://a:b@c,d/e"}, "DATABASE_URL: must be postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ({"DATABASE_URL": "postgresql://a:b@c:5432,d:5432/e"}, "DATABASE_URL: must be postgresql://"),
        ({"DATABASE_URL": "postgresql://a:b@[/e"}, "DATABASE_URL: must be postgresql://"),
        ({"DATABASE_URL": "postgresql://a:[b@c/e"}, "DATABASE_URL: must be postgresql://"),
        ({"DATABASE_URL": "mysql://a:b@c/e"}, "DATABASE_URL: must be postgresql://"),
        ({"NODE_ENV": "development", "STORAGE_FOLDER": "/proc/nope"}, "STORAGE_FOLDER='/proc/nope': must be a folder"),
        ({"NODE_ENV": "development", "STORAGE_FOLDER": __file__}, "must be a folder that can be made and written"),
        ({"NODE_ENV": "development", "STORAGE_FOLDER": "/proc/nope"}, "PUBLIC_URL is missing; STORAGE_FOLDER needs it"),
        ({"JWT_SECRET": "x" * 31}, "JWT_SECRET must have 32 bytes or more with NODE_ENV=production"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, str], expected: str) -> None:
    assert any(expected in problem for problem in problems(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"HOST": "::1"},
        {"S3_ENCRYPTION": "arn:aws:kms:eu-west-1:123456789012:key/0c7b2a6e-1f7b-4c8e-9a55-3f1b7a1c2d3e"},
        {"S3_ENCRYPTION": "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/uploads"},
        {"AWS_ENDPOINT_URL": "http://[::1]:5000"},
        {"PUBLIC_URL": "https://app.example.com/api"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
        {"DATABASE_URL": "postgres://a:b@[::1]:5432/d?sslmode=verify-full"},
        {"DATABASE_HOST": "fd00::1"},
        {"JWT_SECRET": "é" * 16},
    ],
)
def test_what_can_be_is_taken(changes: dict[str, str]) -> None:
    load(COMPLETE | changes)


def test_production_makes_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    assert len(problems(STORAGE_FOLDER=str(folder))) == 1
    assert not folder.exists()
    load(COMPLETE | {"NODE_ENV": "development", "STORAGE_FOLDER": str(folder), "PUBLIC_URL": "http://localhost:3333"})
    assert folder.is_dir()


def test_a_wrong_variable_hides_no_problem_of_one_whose_name_ends_alike() -> None:
    said = problems(HOST="x", DATABASE_HOST="", DATABASE_AUTH="iam", DATABASE_URL="postgresql://a:b@c/d")
    assert any(problem.startswith("HOST='x'") for problem in said)
    assert any("DATABASE_AUTH=iam needs DATABASE_HOST" in problem for problem in said)


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_URL": "postgresql://app:topsecret@[bad/d"},
        {"DATABASE_URL": "postgresql://app:b@c/d?sslmode=topsecret"},
        {"DATABASE_URL": "postgresql://app:topsecret@a,b/d"},
        {"REDIS_URL": "http://:topsecret@host"},
        {"JWT_SECRET": "topsecret"},
    ],
)
def test_no_message_and_no_representation_repeats_a_secret(changes: dict[str, str]) -> None:
    assert "topsecret" not in "\n".join(problems(**changes))
    assert "a password" not in repr(load(COMPLETE))


def test_a_wrong_environment_ends_the_process_with_one_line_each() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service"],
        cwd=BACKEND,
        env=COMPLETE | {"PORT": "http", "S3_ENCRYPTION": "rot13", "DRAIN_SECONDS": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert [line.split("'")[0] for line in done.stderr.splitlines()] == [
        "error: PORT=",
        "error: DRAIN_SECONDS=",
        "error: S3_ENCRYPTION=",
    ]


async def login_of(environment: dict[str, str]) -> tuple[str, str | None]:
    first = logins(load(environment))[0]
    return first.username, await first.password()


def test_a_url_keeps_special_characters() -> None:
    environment = COMPLETE | {
        "DATABASE_URL": "postgresql://app%40a:p%2Fw%3A%40%25@db.internal:6432/na%20me?sslmode=require"
    }
    assert asyncio.run(login_of(environment)) == ("app@a", "p/w:@%")
    where = target(load(environment))
    assert (where.host, where.port, where.name, where.ssl) == ("db.internal", 6432, "na me", "require")


def test_a_token_is_signed_for_the_user_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
    environment = COMPLETE | {"DATABASE_AUTH": "iam", "DATABASE_USERNAME": "app_a", "AWS_REGION": "eu-west-1"}
    username, token = asyncio.run(login_of(environment))
    assert username == "app_a"
    assert token is not None
    assert token.startswith("database.internal:5432/?Action=connect&DBUser=app_a&")
    assert "eu-west-1%2Frds-db" in token


async def ask(environment: dict[str, str]) -> int:
    database = Database(load(environment))
    connection = await database.connect(5)
    try:
        return await connection.fetchval("SELECT 1")
    finally:
        await connection.close()


@pytest.fixture
def plain(database: TestDatabase) -> dict[str, str]:
    return COMPLETE | {
        "DATABASE_HOST": "localhost",
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.name,
        "DATABASE_USERNAME": MASTER,
        "DATABASE_PASSWORD": MASTER_PASSWORD,
        "DATABASE_SSL": "disable",
    }


def test_require_encrypts_whoever_signed(plain: dict[str, str], front: TlsFront) -> None:
    assert asyncio.run(ask(plain | {"DATABASE_PORT": str(front.port), "DATABASE_SSL": "require"})) == 1
    assert front.encrypted == 1
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        asyncio.run(ask(plain | {"DATABASE_SSL": "require"}))


def test_verify_full_knows_the_authority_and_the_name(plain: dict[str, str], front: TlsFront) -> None:
    verified = plain | {"DATABASE_PORT": str(front.port), "DATABASE_SSL": "verify-full"}
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(ask(verified))
    known = verified | {"DATABASE_CA_FILE": str(front.certificate)}
    assert asyncio.run(ask(known)) == 1
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(ask(known | {"DATABASE_HOST": "127.0.0.1"}))


def test_the_other_user_logs_in_where_the_first_is_refused(plain: dict[str, str], database: TestDatabase) -> None:
    refused = plain | {"DATABASE_PASSWORD": "rotated meanwhile"}
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(ask(refused))
    alternate = {"DATABASE_ALTERNATE_USERNAME": MASTER, "DATABASE_ALTERNATE_PASSWORD": MASTER_PASSWORD}
    assert asyncio.run(ask(refused | alternate)) == 1
