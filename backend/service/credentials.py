"""The credentials with which the service logs in to its database."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from service.database_settings import DatabaseSettings, MigrationSettings, Ssl

Password = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Login:
    """A user, and a function that returns its password when a connection is opened."""

    username: str
    password: Password


@dataclass(frozen=True, kw_only=True)
class Target:
    """The address of a database, without a user."""

    host: str
    port: int
    name: str
    ssl: Ssl


def target(settings: DatabaseSettings) -> Target:
    """Return the address of the database.

    Args:
        settings: Settings with DATABASE_URL or its parts; the settings' own checks require one of them.
    """
    if settings.database_url is None:
        return Target(
            host=settings.database_host or "localhost",
            port=settings.database_port,
            name=settings.database_name,
            ssl=settings.database_ssl,
        )
    parts = urlsplit(settings.database_url.get_secret_value())
    modes = parse_qs(parts.query).get("sslmode", [])
    mode = modes[-1] if modes else settings.database_ssl
    return Target(
        host=unquote(parts.hostname or "localhost"),
        port=parts.port or settings.database_port,
        name=unquote(parts.path.lstrip("/")) or settings.database_name,
        ssl=cast("Ssl", mode),
    )


def logins(settings: DatabaseSettings) -> list[Login]:
    """Return the users with which the service may log in, the preferred one first.

    Args:
        settings: The settings of the database.
    """
    if settings.database_url is not None:
        parts = urlsplit(settings.database_url.get_secret_value())
        username = unquote(parts.username) if parts.username else settings.database_username
        password = unquote(parts.password) if parts.password is not None else None
        found = [Login(username, _fixed(password))]
    elif settings.database_auth == "iam":
        found = [Login(settings.database_username, _token(settings, settings.database_username))]
    else:
        found = [Login(settings.database_username, _fixed(_plain(settings, "database_password")))]
    if settings.database_alternate_username is not None:
        found.append(
            Login(settings.database_alternate_username, _fixed(_plain(settings, "database_alternate_password")))
        )
    return found


def master_login(settings: MigrationSettings) -> Login | None:
    """Return the master user, or None if the environment does not name it.

    Args:
        settings: The settings of the migration task.
    """
    if settings.database_master_username is None:
        return None
    return Login(settings.database_master_username, _fixed(_plain(settings, "database_master_password")))


def _plain(settings: DatabaseSettings, field: str) -> str | None:
    secret = getattr(settings, field)
    return None if secret is None else secret.get_secret_value()


def _fixed(password: str | None) -> Password:
    async def fixed() -> str | None:
        return password

    return fixed


def _token(settings: DatabaseSettings, username: str) -> Password:
    """Return a function that signs a token of RDS. The token is valid for 15 minutes; an open connection outlives it.

    Source: "IAM database authentication for MariaDB, MySQL, and PostgreSQL" (Amazon RDS User Guide).
    """
    import boto3  # noqa: PLC0415 - only tokens need it, and it takes 0.1 s of a start

    where = target(settings)
    rds: Any = cast("Any", boto3).client("rds", region_name=settings.aws_region)

    def sign() -> str:
        return rds.generate_db_auth_token(DBHostname=where.host, Port=where.port, DBUsername=username)

    async def token() -> str | None:
        # Signing is local, but the first signature fetches the task's credentials.
        return await asyncio.to_thread(sign)

    return token
