"""Secrets are known by the names that they stand under, and told from what only names them."""

import pytest

from policy.secret_names import is_location_name, is_secret_name, tells_of_secret
from policy.secret_references import names_a_secret

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
    "PASSWORD_DB",
    "PASSWORD_FOR_DB",
    "PASSWORD_FOR_ORDERS",
    "TOKEN_GITHUB",
    "TOKEN_FOR_THE_PIPELINE",
    "APIKEY_STRIPE",
    "API_KEY_STRIPE",
    "SECRET_OF_APP",
    "SECRET_KEY_DJANGO",
    "passwordPostgres",
    "DB_PW",
    "ADMIN_PW",
    "DB_PASSW",
    "PASSWORT",
    "HTTP_AUTH",
    "requirepass",
    "masterauth",
    "/prod/password/db",
    "/prod/passwords/orders",
    "X-Origin-Secret",
    "X-Origin-Verify",
]
UUID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
LOCATIONS = [
    "ConnectionStrings__Default",
    "ConnectionStrings:Orders",
    "SENTRY_DSN",
    "DATABASE_DSN",
    "DB_CONNECTION_STRING",
    "connectionString",
    "REDIS_CONN_STR",
]
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
    "TOKEN_ISSUER",
    "TOKEN_URL",
    "TOKEN_ENDPOINT",
    "TOKEN_ID",
    "PASSWORD_HASHER",
    "PASSWORD_POLICY",
    "SECRET_VERSION",
    "SECRET_STORE",
    "SECRETS_PROVIDER",
    "/prod/passwords/min-length",
    "/prod/secrets/orders/host",
    "HTTP_AUTH_REALM",
    "PWM",
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
        ("API_PORT_TOKEN", "5432", False),
        ("DB_PASSWORD", "12345", True),
        ("DB_PASSWORD", "0", False),
        ("HTTP_AUTH", "app:hunter22", True),
        ("HTTP_AUTH", "digest", False),
        ("AUTH", "app:hunter22", True),
        ("ES_AUTH", "elastic:hunter22", True),
        ("CURL_USERPWD", "app:hunter22", True),
        ("ES_AUTH", "http://elastic", False),
        ("AUTH", "oauth2:google", False),
        ("ENC_KEY", "0a" * 16, True),
        ("DATA_KEY", "0a" * 16, True),
        ("CIPHER_KEY", "0a" * 16, True),
        ("DATA_KEY", "orders", False),
        ("TOKEN_PARTNER", "0a" * 16, True),
        ("PASSWORD_PARTNER", "0a" * 16, True),
        ("TOKEN_PARTNER", "orders", False),
        ("TOKEN_SHA256", "0a" * 32, False),
        ("PASSWORD_HASH", "0a" * 32, False),
        ("SECRET_KEY_ID", "0a" * 16, False),
        ("ConnectionStrings__Default", "Server=db;Uid=app;Pwd=hunter22", True),
        ("ConnectionStrings__Default", "Server=db;Integrated Security=true", False),
        ("RDS_SECRET", f"rds!db-{UUID}", False),
        ("DB_PASSWORD", f"rds!db-{UUID}", False),
        ("DB_SECRET", "orders-db", False),
        ("DATABASE_SECRET", "orders-database-2", False),
        ("DB_SECRET", "hunter22", True),
        ("DB_SECRET", "change-me", True),
        ("DB_SECRET", "Orders-db1!", True),
        ("SESSION_SECRET", "keyboard-cat", True),
        ("CLIENT_SECRET", "orders-db", True),
        ("DB_PASSWORD", "orders-db", True),
        ("ENCRYPTION_KEY", UUID, False),
        ("ENCRYPTION_KEY", "mrk-" + "0a" * 16, False),
        ("API_KEY", UUID, True),
        ("SSH_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbCdEf12345678901234567890 ops@example.com", False),
        ("SSH_KEY", "ssh-rsa " + "AAAAB3Nz" * 90, False),
        ("SSH_KEY", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=", False),
        ("SIGNING_KEY", "-----BEGIN " + "PUBLIC KEY-----\nMIIB", False),
        ("API_KEY", "pk_live_" + "a1B2" * 6, False),
        ("STRIPE_KEY", "pk_test_" + "a1B2" * 6, False),
        ("MAPBOX_TOKEN", "pk.eyJ" + "a1B2" * 12, False),
        ("CORS_CREDENTIALS", "include", False),
        ("FETCH_CREDENTIALS", "same-origin", False),
        ("AWS_CREDENTIALS", "include-me", True),
        ("HASH_PASSWORD", "bcrypt", False),
        ("HASH_PASSWORD", "argon2id", False),
        ("CSRF_TOKEN", "double-submit", False),
        ("XSRF_TOKEN", "cookie", False),
        ("LICENSE_KEY", "MIT", False),
        ("LICENSE_KEY", "Apache-2.0", False),
        ("LICENSE_KEY", "hunter22", True),
        ("NEW_RELIC_LICENSE_KEY", "0a" * 20, True),
        ("REGISTRY_AUTH", "ecr", False),
        ("DOCKER_AUTH", "ecr-login", False),
        ("ROTATE_PASSWORD", "monthly", False),
        ("SMTP_AUTH", "login", False),
        ("APP_KEY", None, False),
        ("COMPASS", None, False),
    ],
)  # fmt: skip
def test_variable_that_holds_a_secret_by_its_name(name: str, text: str | None, tells: bool) -> None:
    assert tells_of_secret(name, text) is tells
