"""The settings of the database, read from the environment by the service and by the migration task."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from service import settings_checks

Ssl = Literal["disable", "require", "verify-full"]


class DatabaseSettings(BaseModel):
    """The environment variables with the address of the database and the user to log in with."""

    model_config = ConfigDict(frozen=True)

    aws_region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """AWS region of the buckets and the database."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level of the log lines that are written."""

    database_url: SecretStr | None = None
    """``postgresql://USER:PASSWORD@HOST:PORT/NAME?sslmode=...``; overrides its parts."""
    database_host: str | None = None
    """Host of the database; used if there is no DATABASE_URL."""
    database_port: int = Field(default=5432, ge=1, le=65535)
    """Port of the database."""
    database_name: str = Field(default="app", min_length=1, max_length=63)
    """Name of the database."""
    database_username: str = Field(default="app", min_length=1, max_length=63)
    """The application's own user, never the master."""
    database_password: SecretStr | None = None
    """Password of the application's user; not used with ``DATABASE_AUTH=iam``."""
    database_alternate_username: str | None = Field(default=None, min_length=1, max_length=63)
    """The second of two users whose passwords are rotated in turn; tried when the first user is refused."""
    database_alternate_password: SecretStr | None = None
    """Password of the alternate user."""
    database_auth: Literal["password", "iam"] = "password"
    """``iam`` logs in with a token of RDS instead of a password."""
    database_ssl: Ssl = "require"
    """libpq's sslmode; an ``sslmode`` in DATABASE_URL overrides it. A system does not trust RDS's certificate
    authority, so ``verify-full`` needs DATABASE_CA_FILE."""
    database_ca_file: str | None = None
    """PEM file with the certificate authorities of the database's certificate, such as RDS's global bundle."""

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
        """Return one sentence for each invalid combination of variables."""
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
    """The master user, which creates the application's users. Without it the application's own user migrates, as in
    development."""
    database_master_password: SecretStr | None = None
    """Password of the master user."""
    migration_seconds: float = Field(default=900, gt=0, le=86400)
    """Seconds to wait for another running migration, and for a table that another session has locked."""

    def problems(self) -> list[str]:
        """Return one sentence for each invalid combination of variables."""
        return [*super().problems(), *together(self, "database_master_username", "database_master_password")]


def together(settings: BaseModel, *names: str) -> list[str]:
    """Return a problem if some of the variables are set and others are not."""
    if len({getattr(settings, name) is None for name in names}) == 1:
        return []
    return [f"{' and '.join(name.upper() for name in names)} must be set together"]
