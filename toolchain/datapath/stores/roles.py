"""Makes the users and databases of a DB instance as RDS does: no client is a superuser."""

from typing import Any, Final

from toolchain.datapath.stores import scram

SUPERUSER: Final = "rdsadmin"
"""RDS's own user, whose password no client knows."""
RDS_ROLES: Final = ("rds_superuser", "rds_iam", "rds_password", "rds_replication")
"""Amazon RDS User Guide, "Understanding PostgreSQL roles and permissions"."""
MONITORING: Final = ("pg_monitor", "pg_signal_backend")
EXTENSION: Final = "vector"
"""In RDS, rds_superuser may make this extension. Here only a superuser may, so every database has it from its start."""


async def ensure_master(connection: Any, username: str, password: str | None) -> None:
    """Make the roles of RDS, and the master user with its rights.

    Args:
        connection: Connection of asyncpg as `SUPERUSER`.
        username: The master user's name.
        password: The password in clear; None to leave it unchanged.
    """
    for role in RDS_ROLES:
        await _ensure_role(connection, role, "NOLOGIN")
    await _ensure_role(connection, username, "LOGIN CREATEROLE CREATEDB")
    for role in MONITORING:
        await connection.execute(f"GRANT {role} TO rds_superuser WITH ADMIN OPTION")
    await connection.execute(f"GRANT rds_superuser TO {quoted(username)} WITH ADMIN OPTION")
    for role in ("rds_iam", "rds_password"):
        # A member that inherits rds_iam can no longer log in with a password; the master user may only grant it.
        await connection.execute(f"GRANT {role} TO {quoted(username)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    if password is not None:
        await set_password(connection, username, password)


async def set_password(connection: Any, username: str, password: str) -> None:
    """Change a user's password.

    Args:
        connection: Connection of asyncpg as `SUPERUSER`.
        username: The user's name.
        password: The password in clear; only its verifier is sent.
    """
    await connection.execute(f"ALTER ROLE {quoted(username)} PASSWORD '{scram.verifier(password)}'")


async def ensure_database(connection: Any, name: str, owner: str) -> None:
    """Make a database unless it exists.

    Args:
        connection: Connection of asyncpg as `SUPERUSER`.
        name: The database's name.
        owner: User that will own the database.
    """
    if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
        await connection.execute(f"CREATE DATABASE {quoted(name)} OWNER {quoted(owner)}")


async def ensure_extension(connection: Any) -> None:
    """Make the extension in ``template1``, so that new databases have it; do nothing if the server does not have it.

    Args:
        connection: Connection of asyncpg as `SUPERUSER`, to ``template1``.
    """
    if await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = $1", EXTENSION):
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")


def quoted(name: str) -> str:
    """Return a name quoted as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


async def _ensure_role(connection: Any, name: str, attributes: str) -> None:
    if not await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", name):
        await connection.execute(f"CREATE ROLE {quoted(name)} {attributes}")
