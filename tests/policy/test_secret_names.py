"""Secrets are known by the names that they stand under, and told from what only names them."""

import pytest

from policy.secret_names import is_location_name, is_secret_name, names_a_secret, tells_of_secret

SECRET_NAMES = [
    "PGPASSWORD",
    "MYSQL_PWD",
    "DB_PASS",
    "DB_PWD",
    "DBPASS",
    "REDIS_AUTH",
    "REDISCLI_AUTH",
    "SMTP_PASS",
    "OPENAI_APIKEY",
    "AWS_CREDENTIALS",
    "JWT_PRIVATE_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "WEBHOOK_SECRET",
    "SECRET_KEY_BASE",
    "AWS_SECRET_ACCESS_KEY",
    "MYSQL_ROOT_PASSWORD",
    "RABBITMQ_DEFAULT_PASS",
    "GITHUBTOKEN",
    "DB_PASSWORD_PROD",
    "PASSWORD_2",
    "TOKEN_OLD",
    "DB_PASSWORD_B64",
    "NEW_RELIC_LICENSE_KEY",
    "DBPassword",
    "dbPassword",
    "db-password",
    "spring.datasource.password",
    "smtp.smtp_password",
    "apiKey",
    "x-api-key",
    "clientSecret",
    "integration.header.x-api-key",
    "/app/TOKEN",
    "Dspring.datasource.password",
    "_authToken",
]
LOCATIONS = ["SENTRY_DSN", "DATABASE_DSN", "DB_CONNECTION_STRING", "connectionString", "REDIS_CONN_STR"]
OTHER_NAMES = [
    "PWD",
    "OLDPWD",
    "COMPASS",
    "BYPASS",
    "TOKEN_LIFETIME",
    "TOKEN_TTL",
    "SECRET_ARN",
    "SECRET_NAME",
    "SECRET_ID",
    "KEY",
    "KEY_ID",
    "KMS_KEY_ID",
    "PASSWORD_LENGTH",
    "PASSWORD_MIN_LENGTH",
    "PASSWORD_RESET_URL",
    "PASSWORD_FILE",
    "PUBLIC_KEY",
    "MAX_TOKENS",
    "NEXT_PUBLIC_API_KEY",
    "PARTITION_KEY",
    "SECRETS_MANAGER_REGION",
    "AUTH_URL",
    "PASSPORT_NUMBER",
    "monkey",
    "tokenizer",
    "DSNAME",
]


@pytest.mark.parametrize("name", [*SECRET_NAMES, *LOCATIONS])
def test_name_of_a_secret(name: str) -> None:
    assert is_secret_name(name)
    assert is_location_name(name) is (name in LOCATIONS)


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("text", ["hunter22", "changeme", "$ecret1!", "Pa/ss", "x", None])
def test_text_under_a_certain_name(name: str, text: str | None) -> None:
    assert tells_of_secret(name, text)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_name_of_no_secret(name: str) -> None:
    assert not is_secret_name(name)
    assert not tells_of_secret(name, "hunter22-hunter22")


REFERENCES = (
    "arn:aws:ssm:us-east-1:1:parameter/x",
    '{"from": "arn:aws:secretsmanager:us-east-1:1:secret:x"}',
    "{{resolve:secretsmanager:x}}",
    "vault:secret/data/app#password",
    "op://vault/item/field",
    "method.request.header.x-api-key",
    "${DB_PASSWORD}",
    "${USER}${TAIL}",
    "$DB_PASSWORD",
    "$(cat /run/secrets/x)",
    "<password>",
    "%PASSWORD%",
    "{{ password }}",
    "****",
    "xxxx",
    "/prod/orders/database/password",
    "/run/secrets/db",
    "/etc/app/Key.json",
    "https://example.com/reset",
    "true",
    "required",
    "",
    "5432",
    "15m",
    "30 days",
    "minutes",
)  # fmt: skip


@pytest.mark.parametrize("text", REFERENCES)
@pytest.mark.parametrize("name", ["DB_PASSWORD", "API_TOKEN", "DATABASE_DSN", "APP_KEY"])
def test_text_that_names_a_secret_or_is_none(name: str, text: str) -> None:
    assert names_a_secret(text)
    assert not tells_of_secret(name, text)


@pytest.mark.parametrize(
    ("name", "text", "tells"),
    [
        ("DB_SECRET", "prod/orders/database", False),
        ("DB_PASSWORD", "prod/orders1", True),
        ("REDIS_AUTH", "hunter22", True),
        ("BASIC_AUTH", "plain", False),
        ("DATABASE_DSN", "mysql:host=db;dbname=orders", False),
        ("DATABASE_DSN", "mysql:host=db;password=hunter22", True),
        ("DATABASE_DSN", "postgres://app@db/orders", False),
        ("DATABASE_DSN", "postgres://app:hunter22@db/orders", True),
        ("DATABASE_DSN", None, False),
        ("ConnectionString", "Server=db;User Id=app;Pwd=hunter22", True),
        ("ConnectionString", "Server=db;User Id=app;Pwd=${PASSWORD}", False),
        ("SENTRY_DSN", "https://" + "a1" * 16 + "@o1.ingest.sentry.io/2", True),
        ("APP_KEY", "base64:" + "abcdEFGH1234567890abcdEFGH12=", True),
        ("DD_APP_KEY", "0a" * 20, True),
        ("SESSION_KEY", "user_session", False),
        ("SMTP_AUTH", "login", False),
        ("APP_KEY", None, False),
        ("COMPASS", None, False),
    ],
)  # fmt: skip
def test_variable_that_holds_a_secret_by_its_name(name: str, text: str | None, tells: bool) -> None:
    assert tells_of_secret(name, text) is tells
