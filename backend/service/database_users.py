"""Creates the application's own users of the database, as the master user."""

import logging
from typing import Any, Final

import asyncpg

from service import scram
from service.credentials import Login, Target

logger = logging.getLogger(__name__)

ROLE: Final = "application"
"""Role that holds the permissions. The users are its members, so that the two users can take turns."""
IAM_ROLE: Final = "rds_iam"
"""Role whose members can log in to RDS with a token ("Creating a database account using IAM authentication")."""


async def ensure_users(connection: Any, where: Target, users: list[Login], *, iam: bool) -> None:
    """Create the application's users, or set their passwords to those in the environment.

    Args:
        connection: The master's connection to the application's database.
        where: The database.
        users: One user, or two users whose passwords are rotated in turn.
        iam: Whether the users log in with tokens.

    Raises:
        LookupError: The users are to log in with tokens, but the server does not support this.
        ValueError: A password has characters other than printable ASCII.
    """
    await _ensure_role(connection, ROLE, "NOLOGIN")
    for user in users:
        await _ensure_role(connection, user.username, "LOGIN")
        await _run(connection, "GRANT %I TO %I", ROLE, user.username)
        if iam:
            await _allow_tokens(connection, user.username)
        else:
            # The verifier has only letters, digits and +/=:$-, and is put into the statement as a literal.
            password = scram.verifier(await user.password() or "")
            await _run(connection, "ALTER ROLE %I PASSWORD %L", user.username, password)
        logger.info("the application's user is up to date", extra={"database_user": user.username})
    await _run(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", where.name)
    await _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I", where.name, ROLE)


async def grant_tables(connection: Any) -> None:
    """Allow the application to read and write every table of the master, also tables of later migrations.

    The application may not change the definition of a table, and may not write to Alembic's table of versions.

    Args:
        connection: The master's connection, after the migrations.
    """
    rights = "SELECT, INSERT, UPDATE, DELETE"
    for statement in (
        "GRANT USAGE ON SCHEMA public TO %I",
        f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO %I",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO %I",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I",
        "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM %I",
    ):
        await _run(connection, statement, ROLE)


async def ensure_extension(connection: Any, name: str) -> None:
    """Create an extension. Only log a warning if the server does not have it or does not allow it.

    Args:
        connection: The connection of the user that migrates.
        name: Name of the extension, such as ``vector``.
    """
    if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = $1", name):
        logger.warning("the server does not have an extension", extra={"extension": name})
        return
    try:
        await _run(connection, "CREATE EXTENSION IF NOT EXISTS %I", name)
    except asyncpg.InsufficientPrivilegeError:
        logger.warning("this user may not make an extension", extra={"extension": name})


async def _ensure_role(connection: Any, name: str, login: str) -> None:
    exists = await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", name)
    await _run(connection, f"{'ALTER' if exists else 'CREATE'} ROLE %I {login}", name)


async def _allow_tokens(connection: Any, username: str) -> None:
    if not await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", IAM_ROLE):
        raise LookupError(f"DATABASE_AUTH=iam needs RDS: this server has no role {IAM_ROLE}")
    await _run(connection, "GRANT %I TO %I", IAM_ROLE, username)


async def _run(connection: Any, template: str, *values: str) -> None:
    """Run a statement that cannot have parameters; the server quotes the values."""
    places = ", ".join(f"${number}::text" for number in range(2, len(values) + 2))
    await connection.execute(await connection.fetchval(f"SELECT format($1, {places})", template, *values))
