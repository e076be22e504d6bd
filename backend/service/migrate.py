"""``python -m service migrate`` creates the database's users and tables, or brings them up to date."""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from service.credentials import Login, logins, master_login, target
from service.database import open_connection, ssl_context
from service.database_settings import MigrationSettings
from service.database_users import ensure_extension, ensure_users, grant_tables

logger = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
"""Folder of the Alembic environment."""
LOCK: Final = 0x5350_4F54
"""Number of the advisory lock; any number that nothing else in the database uses."""
EXTENSIONS: Final = ("vector",)
"""Extensions that the tables use if the server has them."""


async def migrate(settings: MigrationSettings) -> None:
    """Bring the database up to date. It may run at any time; if two migrations run at once, the second waits.

    With a master user it creates the application's users and grants their permissions. The tables then belong to the
    master, so that the service cannot change their definition. Without a master user, the application's own user
    migrates, and owns the tables.

    Args:
        settings: The settings of the migration task, from the environment.

    Raises:
        TimeoutError: Another migration runs for longer than MIGRATION_SECONDS.
        asyncpg.LockNotAvailableError: Another session locks a table for longer than MIGRATION_SECONDS.
        OSError: The database cannot be reached.
        asyncpg.PostgresError: A statement fails; the changes of the failed migration are undone.
    """
    master = master_login(settings)
    users = logins(settings)
    runner = master or users[0]
    where = target(settings)
    connection = await open_connection(where, runner, ssl_context(where, settings.database_ca_file), timeout=10)
    try:
        async with asyncio.timeout(settings.migration_seconds):
            # The lock belongs to the connection, so it is released even if this process is killed.
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        if master is not None:
            await ensure_users(connection, where, users, iam=settings.database_auth == "iam")
        for extension in EXTENSIONS:
            await ensure_extension(connection, extension)
        await _upgrade(settings, runner)
        if master is not None:
            await grant_tables(connection)
    finally:
        await connection.close(timeout=5)
    logger.info("the database is up to date", extra={"revision": head()})


def head() -> str | None:
    """Return the revision of the newest migration; None if there is no migration."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def _upgrade(settings: MigrationSettings, login: Login) -> None:
    where = target(settings)
    tls = ssl_context(where, settings.database_ca_file)

    async def connect() -> Any:
        # A statement that waits for a table lock blocks all later ones, so it must not wait for ever.
        bounds = {"lock_timeout": f"{settings.migration_seconds * 1000:.0f}ms"}
        return await open_connection(where, login, tls, timeout=10, server_settings=bounds)

    engine = create_async_engine(
        URL.create("postgresql+asyncpg"), async_creator=connect, poolclass=NullPool, hide_parameters=True
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_alembic)
    finally:
        await engine.dispose()


def _run_alembic(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    SQLAlchemyError,
    CommandError,
    OSError,
    LookupError,
    ValueError,
)
"""Errors of a migration whose message explains the reason."""
