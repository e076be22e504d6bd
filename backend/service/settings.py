"""The settings of the service, read from the environment and validated once at its start."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field, RedisDsn, SecretStr, ValidationError, field_validator

from service import settings_checks
from service.database_settings import DatabaseSettings
from service.environment import SettingsError, read

__all__ = ["Settings", "SettingsError", "load"]

CLOSING_SECONDS: Final = 5.0
"""Seconds for closing the pools; the platform's calculation of the stop timeout uses the same number."""

SECRET_BYTES: Final = 32
"""Minimum bytes of JWT_SECRET in production: HS256 requires a key as long as its hash (RFC 7518, section 3.2)."""

Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
"""The samplers of OpenTelemetry's SDK; the SDK treats any other name as ``parentbased_always_on``."""


class Settings(DatabaseSettings):
    """The environment variables of the container contract, with their names in lower case."""

    port: int = Field(default=3333, ge=1, le=65535)
    """TCP port that the service listens on."""
    host: str = "0.0.0.0"  # noqa: S104 - a task has its own network; its security group decides who can connect
    """Address that the service listens on."""
    node_env: Literal["production", "development", "test"] = "production"
    """``development`` allows files on a local disk and a short JWT secret."""
    aws_endpoint_url: str | None = None
    """Address to which the AWS SDK sends its requests, such as an emulator's; None for AWS."""
    aws_endpoint_url_s3: str | None = None
    """The same for Amazon S3 alone; browsers send files there, too."""
    trust_proxy: bool = False
    """Whether X-Forwarded-* headers of a peer in a private network are trusted."""
    auto_migrate: bool = False
    """Whether the container migrates the database before it listens. Only for a single container."""
    drain_seconds: float = Field(default=80, ge=0, le=110)
    """Maximum seconds for which the service goes on answering after SIGTERM."""
    request_seconds: float = Field(default=29, gt=0, le=300)
    """Maximum seconds of a request; API Gateway's integration timeout for REST APIs (29 s by default)."""
    keep_alive_seconds: int = Field(default=360, ge=1, le=4000)
    """Seconds an idle connection stays open: longer than the load balancer keeps it (NLB 350 s, ALB 60 s)."""
    health_check_seconds: float = Field(default=2, ge=0.05, le=60)
    """Seconds from one check of the database and Redis to the next; a readiness response uses no older result."""
    cors_allowed_origins: tuple[str, ...] = ()
    """Origins whose pages may read the responses, separated by commas."""
    path_prefix: str = ""
    """Path of the site below which browsers call the API, such as ``/api``; requests arrive without it."""

    database_pool_size: int = Field(default=10, ge=1, le=500)
    """Maximum number of connections for requests; the health check uses one more."""
    database_query_seconds: float = Field(default=10, gt=0, le=300)
    """Seconds a statement may take, and seconds to wait for a free connection."""

    redis_url: SecretStr | None = None
    """``redis://`` or ``rediss://:TOKEN@HOST:PORT``; without it the service runs without a cache."""
    redis_seconds: float = Field(default=0.5, gt=0, le=60)
    """Seconds a Redis command may take: a cache that is slower than the database does not help."""

    s3_uploads_bucket: str | None = None
    """Bucket of the files that users upload."""
    s3_documents_bucket: str | None = None
    """Bucket of the documents that the service makes."""
    s3_backups_bucket: str | None = None
    """Bucket of exports."""
    s3_encryption: str | None = None
    """Encryption that uploads request: ``AES256`` or the ARN of a KMS key. None for the bucket's own default."""
    storage_folder: str | None = None
    """Folder for files instead of S3; development only."""
    public_url: str | None = None
    """Address at which browsers reach the service, for the links to files in STORAGE_FOLDER."""
    payment_webhook_secret: SecretStr | None = None
    """Key of the HMAC with which payment providers sign their messages; without it every message is refused."""

    jwt_secret: SecretStr
    """Key that signs the tokens of users."""

    otel_exporter_otlp_endpoint: str | None = None
    """Address of the collector for OTLP over HTTP; without it nothing is traced."""
    otel_traces_sampler: Sampler = "parentbased_always_on"
    """Which requests are traced. OpenTelemetry's SDK reads the variable itself."""
    otel_traces_sampler_arg: float | None = Field(default=None, ge=0, le=1)
    """Share of the traces that ``traceidratio`` and ``parentbased_traceidratio`` keep; also read by the SDK."""
    otel_service_name: str = "reference-service"
    """Name of the service in traces."""
    app_release: str = "unknown"
    """Name of the running release, for traces and the platform page."""
    ecs_container_metadata_uri_v4: str | None = None
    """Address of Amazon ECS's task metadata endpoint; ECS sets it in each container."""
    describe_tasks: bool = False
    """Whether the task's role allows it to ask Amazon ECS for its capacity provider."""

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

    @field_validator("path_prefix")
    @classmethod
    def _check_prefix(cls, value: str) -> str:
        return settings_checks.path_prefix(value)

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        return settings_checks.listening_address(value)

    @field_validator("aws_endpoint_url", "aws_endpoint_url_s3", "public_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        return None if value is None else settings_checks.http_address(value)

    @field_validator("s3_encryption")
    @classmethod
    def _check_encryption(cls, value: str | None) -> str | None:
        return None if value is None else settings_checks.encryption(value)

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                RedisDsn(value.get_secret_value())
            except ValidationError:
                raise ValueError("must be redis://HOST:PORT or rediss://:TOKEN@HOST:PORT") from None
        return value

    def problems(self) -> list[str]:
        """Return one sentence for each invalid combination of variables."""
        found = super().problems()
        if self.storage_folder is not None:
            found += self._folder_problems(self.storage_folder)
        if self.node_env == "production" and len(self.jwt_secret.get_secret_value().encode()) < SECRET_BYTES:
            found.append(f"JWT_SECRET must have {SECRET_BYTES} bytes or more with NODE_ENV=production")
        return found

    def _folder_problems(self, folder: str) -> list[str]:
        # The check below creates the folder, so it must not run in production, which refuses a folder.
        if self.node_env == "production":
            return ["STORAGE_FOLDER cannot go with NODE_ENV=production: a task's disk goes with the task"]
        found: list[str] = []
        if self.public_url is None:
            found.append("PUBLIC_URL is missing; STORAGE_FOLDER needs it for links, such as http://localhost:3333")
        try:
            settings_checks.usable_folder(folder)
        except ValueError as error:
            found.append(f"STORAGE_FOLDER={folder!r}: {error}")
        return found

    @property
    def stop_seconds(self) -> float:
        """Seconds from SIGTERM to the forced end: the drain, the longest request, and closing the pools."""
        return self.drain_seconds + self.request_seconds + CLOSING_SECONDS


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings of the service.

    Args:
        environment: Environment variables by name; ``os.environ`` in the container.

    Raises:
        SettingsError: Variables are wrong. It has one sentence for each, and no sentence contains a secret.
    """
    return read(Settings, environment)
