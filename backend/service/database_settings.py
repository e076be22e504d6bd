"""What the environment tells about the database: to the service, and to the task that migrates it."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from service import settings_checks

Ssl = Literal["disable", "require", "verify-full"]


class DatabaseSettings(BaseModel):
    """The environment variables that say where the database is, and as whom to log in."""

    model_config = ConfigDict(frozen=True)

    aws_region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """AWS region of the buckets and the database."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe log line that is written."""

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
    database_auth: Literal["password", "iam"] = "password"
    """``iam`` logs in with a token of RDS instead of a password."""
    database_ssl: Ssl = "require"
    """As libpq's sslmode; a DATABASE_URL may say its own. RDS's authority is not among those of a system, so
    ``verify-full`` needs DATABASE_CA_FILE."""
    database_ca_file: str | None = None
    """PEM file with the authorities that sign the database's certificate, such as RDS's global bundle."""

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            settings_checks.database_url(value.get_secret_value())
        return value

    @field_validator("database_host")
    @classmethod
    def _check_database_host(cls, value: str | None) -> str | None:
        return None if value is None else settings_checks.database_host(value)

    @field_validator("database_ca_file")
    @classmethod
    def _check_authorities(cls, value: str | None) -> str | None:
        return None if value is None else settings_checks.authorities(value)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if problems := self.problems():
            raise ValueError("\n".join(problems))
        return self

    def problems(self) -> list[str]:
        """What is wrong with several variables together, one sentence each."""
        found: list[str] = []
        if self.database_url is None and self.database_host is None:
            found.append("DATABASE_URL is missing; set it, or DATABASE_HOST and the other parts")
        if self.database_host is not None and self.database_url is None and not self._can_log_in():
            found.append("DATABASE_PASSWORD is missing; set it, or DATABASE_AUTH=iam")
        if self.database_auth == "iam":
            if self.database_host is None:
                found.append("DATABASE_AUTH=iam needs DATABASE_HOST: the token is signed for one host")
            if self.database_url is not None:
                found.append("DATABASE_AUTH=iam cannot go with DATABASE_URL, which has a password of its own")
            if self.database_ssl == "disable":
                found.append("DATABASE_AUTH=iam cannot go with DATABASE_SSL=disable: RDS takes a token over TLS only")
        found += together(self, "database_alternate_username", "database_alternate_password")
        return found

    def _can_log_in(self) -> bool:
        return self.database_auth == "iam" or self.database_password is not None


class MigrationSettings(DatabaseSettings):
    """The environment variables of ``python -m service migrate``."""

    database_master_username: str | None = Field(default=None, min_length=1, max_length=63)
    """The master user, which makes the application's users; without it the application's own user migrates, as in
    development."""
    database_master_password: SecretStr | None = None
    """Its password."""
    migration_seconds: float = Field(default=900, gt=0, le=86400)
    """Seconds to wait for another migration that runs, and for a table that somebody else holds."""

    def problems(self) -> list[str]:
        """What is wrong with several variables together, one sentence each."""
        return [*super().problems(), *together(self, "database_master_username", "database_master_password")]


def together(settings: BaseModel, *names: str) -> list[str]:
    """Say that variables belong together, unless all or none of them are there."""
    if len({getattr(settings, name) is None for name in names}) == 1:
        return []
    return [f"{' and '.join(name.upper() for name in names)} must be set together"]
