"""What the environment tells the service, checked once at its start."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PostgresDsn,
    RedisDsn,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

CLOSING_SECONDS: Final = 5.0
"""Seconds for closing the pools; the platform's plan of the stop has as many."""

SECRET_LENGTH: Final = 16
"""Fewest characters of JWT_SECRET outside development: a shorter key can be guessed offline from one token."""


class SettingsError(ValueError):
    """The environment is not usable.

    Args:
        problems: One sentence for each wrong variable, in the order of the fields.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """The environment variables of the container contract, by their names in lower case.

    An empty variable counts as one that is not set, because an ECS task definition and a compose file cannot leave
    a variable out.
    """

    model_config = ConfigDict(frozen=True)

    port: int = Field(default=3333, ge=1, le=65535)
    """TCP port that the service listens on."""
    host: str = "0.0.0.0"  # noqa: S104 - a container's own network; its security group decides who comes in
    """Address that the service listens on."""
    node_env: Literal["production", "development", "test"] = "production"
    """``development`` allows what only a laptop may do: files on a local disk, a short JWT secret."""
    aws_region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """AWS region of the buckets and the database."""
    aws_endpoint_url: str | None = None
    """Where AWS's own SDK sends its requests instead of to AWS: an emulator."""
    trust_proxy: bool = False
    """Whether X-Forwarded-* headers of a peer in a private network are believed."""
    auto_migrate: bool = False
    """Whether the container migrates the database before it serves. Only where one container runs."""
    drain_seconds: float = Field(default=80, ge=0, le=110)
    """Seconds the service goes on answering after SIGTERM, at most."""
    request_seconds: float = Field(default=29, gt=0, le=300)
    """Seconds a request may take; API Gateway's integration timeout for REST APIs (29 s by default)."""
    keep_alive_seconds: int = Field(default=360, ge=1, le=4000)
    """Seconds an idle connection stays open: longer than the load balancer keeps it (NLB 350 s, ALB 60 s)."""
    health_check_seconds: float = Field(default=2, ge=0.05, le=60)
    """Seconds from one check of the database and Redis to the next; a readiness answer is never older."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe log line that is written."""
    cors_allowed_origins: tuple[str, ...] = ()
    """Origins whose pages may read the answers, separated by commas."""

    database_url: SecretStr | None = None
    """``postgresql://USER:PASSWORD@HOST:PORT/NAME?sslmode=...``; wins over its parts."""
    database_host: str | None = None
    """Host of the database, where there is no DATABASE_URL."""
    database_port: int = Field(default=5432, ge=1, le=65535)
    """Its port."""
    database_name: str = Field(default="app", min_length=1, max_length=63)
    """Its name."""
    database_username: str = Field(default="app", min_length=1, max_length=63)
    """The application's own user, never the master."""
    database_password: SecretStr | None = None
    """Its password; not used with ``DATABASE_AUTH=iam``."""
    database_alternate_username: str | None = Field(default=None, min_length=1, max_length=63)
    """The other of two users whose passwords are rotated in turn; tried when the first is refused."""
    database_alternate_password: SecretStr | None = None
    """Its password."""
    database_master_username: str | None = Field(default=None, min_length=1, max_length=63)
    """The master user; only ``python -m service migrate`` has it."""
    database_master_password: SecretStr | None = None
    """Its password."""
    database_auth: Literal["password", "iam"] = "password"
    """``iam`` logs in with a token of RDS instead of a password."""
    database_ssl: Literal["disable", "require", "verify-full"] = "require"
    """As libpq's sslmode; ``verify-full`` needs DATABASE_CA_FILE or a public authority."""
    database_ca_file: str | None = None
    """PEM file with the authorities that sign the database's certificate, such as RDS's global bundle."""
    database_pool_size: int = Field(default=10, ge=1, le=500)
    """Most connections for requests; one more is kept for the health check."""
    database_query_seconds: float = Field(default=10, gt=0, le=300)
    """Seconds a statement may take, and seconds to wait for a free connection."""

    redis_url: SecretStr | None = None
    """``redis://`` or ``rediss://:TOKEN@HOST:PORT``; without it the service runs without a cache."""
    redis_seconds: float = Field(default=0.5, gt=0, le=60)
    """Seconds a Redis command may take: a cache that is slower than the database is no help."""

    s3_uploads_bucket: str | None = None
    """Bucket of the files that users upload."""
    s3_documents_bucket: str | None = None
    """Bucket of the documents that the service makes."""
    s3_backups_bucket: str | None = None
    """Bucket of exports."""
    storage_folder: str | None = None
    """Folder for files instead of S3; development only."""

    jwt_secret: SecretStr
    """Key that signs the tokens of users."""

    otel_exporter_otlp_endpoint: str | None = None
    """Collector that takes traces by OTLP over HTTP; without it nothing is traced."""
    otel_service_name: str = "reference-service"
    """Name of the service in traces."""
    app_release: str = "unknown"
    """Release that runs, for the logs and the platform page."""

    @field_validator("cors_allowed_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
        for origin in origins:
            scheme, separator, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not rest or "/" in rest or "*" in origin:
                raise ValueError(f"{origin} must be an origin such as https://app.example.com, without a path")
        return origins

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                PostgresDsn(value.get_secret_value())
            except ValidationError:
                raise ValueError(
                    "must be postgresql://USER:PASSWORD@HOST:PORT/NAME, with special characters escaped"
                ) from None
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                RedisDsn(value.get_secret_value())
            except ValidationError:
                raise ValueError("must be redis://HOST:PORT or rediss://:TOKEN@HOST:PORT") from None
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [*_database_problems(self), *_development_problems(self)]
        if problems:
            raise SettingsError(problems)
        return self

    @property
    def stop_seconds(self) -> float:
        """Seconds from SIGTERM to the forced end: the drain, the longest request, and the closing of the pools."""
        return self.drain_seconds + self.request_seconds + CLOSING_SECONDS


def _database_problems(settings: Settings) -> list[str]:
    problems: list[str] = []
    if settings.database_url is None and settings.database_host is None:
        problems.append("DATABASE_URL is missing; set it, or DATABASE_HOST and the other parts")
    if settings.database_url is None and settings.database_auth == "password" and settings.database_password is None:
        problems.append("DATABASE_PASSWORD is missing; set it, or DATABASE_AUTH=iam")
    if settings.database_auth == "iam" and settings.database_host is None:
        problems.append("DATABASE_AUTH=iam needs DATABASE_HOST: the token is signed for one host")
    if settings.database_auth == "iam" and settings.database_ssl == "disable":
        problems.append("DATABASE_SSL=disable cannot go with DATABASE_AUTH=iam: RDS takes a token over TLS only")
    for role in ("alternate", "master"):
        name, password = f"database_{role}_username", f"database_{role}_password"
        if (getattr(settings, name) is None) != (getattr(settings, password) is None):
            problems.append(f"{name.upper()} and {password.upper()} must be set together")
    return problems


def _development_problems(settings: Settings) -> list[str]:
    if settings.node_env != "production":
        return []
    problems: list[str] = []
    if len(settings.jwt_secret.get_secret_value()) < SECRET_LENGTH:
        problems.append(f"JWT_SECRET must have {SECRET_LENGTH} characters or more with NODE_ENV=production")
    if settings.storage_folder is not None:
        problems.append("STORAGE_FOLDER must not be set with NODE_ENV=production: a task's disk goes with the task")
    return problems


def _sentence(name: str, error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{name} is missing"
    if name in SECRETS:
        return f"{name}: {message}"
    return f"{name}={error['input']!r}: {message}"


SECRETS: Final = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_PASSWORD",
        "DATABASE_ALTERNATE_PASSWORD",
        "DATABASE_MASTER_PASSWORD",
        "REDIS_URL",
        "JWT_SECRET",
    }
)
"""Variables whose value is never repeated in a message; each is a ``SecretStr``."""


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        environment: Environment variables by name; ``os.environ`` in the container.

    Returns:
        The settings, all checked.

    Raises:
        SettingsError: With one sentence for each wrong variable. No sentence repeats a secret.
    """
    names = {name.upper(): name for name in Settings.model_fields}
    values = {names[key]: value for key, value in environment.items() if key in names and value}
    try:
        return Settings.model_validate(values)
    except SettingsError:
        raise
    except ValidationError as error:
        problems: list[str] = []
        for detail in error.errors(include_url=False):
            if detail["loc"]:
                problems.append(_sentence(str(detail["loc"][0]).upper(), detail))
            else:
                problems += str(detail["msg"]).removeprefix("Value error, ").splitlines()
        raise SettingsError(problems) from None
