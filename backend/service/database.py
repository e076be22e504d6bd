"""The service's connections to PostgreSQL."""

import asyncio
import logging
import ssl
from typing import Any, Final

import asyncpg

from service.credentials import Login, Target, logins, target
from service.settings import Settings

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 3.0
"""Seconds for opening a connection: the database is in the same network."""
IDLE_SECONDS: Final = 300.0
"""Seconds after which an idle connection is closed."""

UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.DiskFullError,
    asyncpg.InvalidCatalogNameError,
    ConnectionError,
    TimeoutError,
)
"""Errors that mean that the database is unavailable: it cannot be reached, is restarting, refuses the login, accepts no
changes or does not answer in time."""


class Database:
    """A pool of connections. It keeps working after restarts of the database and rotations of its passwords.

    Opening the pool opens no connection. So a task can start without its database, and report that it is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._target = target(settings)
        self._logins = logins(settings)
        self._ssl = ssl_context(self._target, settings.database_ca_file)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Create the pool."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._settings.database_pool_size,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            command_timeout=self._settings.database_query_seconds,
            connect=self._connect,
            # By default asyncpg sends RESET ALL before each reuse. The service changes no setting of a session, so
            # this round trip is not needed.
            reset=_keep,
        )

    def connection(self) -> "Held":
        """Return a context manager that takes a connection from the pool for an ``async with`` block.

        Raises:
            asyncpg.InterfaceError: The pool is not open.
        """
        if self._pool is None:
            raise asyncpg.InterfaceError("the pool is not open")
        return Held(self._pool, self._settings.database_query_seconds)

    async def connect(self, timeout_seconds: float) -> Any:
        """Open a connection outside the pool. The caller must close it.

        Args:
            timeout_seconds: Timeout for opening the connection, and for each statement.
        """
        return await self._connect(command_timeout=timeout_seconds, timeout=timeout_seconds)

    async def close(self) -> None:
        """Close every connection; a connection in use is closed when it is released, or after 2 s."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _connect(self, *_: object, **arguments: Any) -> Any:
        arguments.setdefault("timeout", CONNECT_SECONDS)
        *first, last = self._logins
        for login in first:
            try:
                return await self._log_in(login, **arguments)
            except asyncpg.InvalidAuthorizationSpecificationError:
                logger.warning("the database refused a user", extra={"database_user": login.username})
        return await self._log_in(last, **arguments)

    async def _log_in(self, login: Login, **arguments: Any) -> Any:
        try:
            connection = await open_connection(self._target, login, self._ssl, **arguments)
        except OSError as error:
            if isinstance(error, (*UNAVAILABLE, ssl.SSLError)):
                raise
            # For example, the name cannot be resolved, or there is no route to the host.
            raise ConnectionError(f"the database cannot be reached: {error}") from error
        self._prefer(login)
        return connection

    def _prefer(self, login: Login) -> None:
        if self._logins[0] is not login:
            logger.warning("another user is used from now on", extra={"database_user": login.username})
            self._logins = [login, *(other for other in self._logins if other is not login)]


class Held:
    """A context manager that takes a connection from the pool and releases it.

    It is a class because a generator would cost more time than taking the connection.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", wait_seconds: float) -> None:
        self._pool = pool
        self._wait_seconds = wait_seconds
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        """Take an asyncpg connection.

        Raises:
            TimeoutError: No connection is free within DATABASE_QUERY_SECONDS.
            OSError: The database cannot be reached.
            asyncpg.PostgresError: The database refuses; see `UNAVAILABLE`.
        """
        # The pool's own timeout starts a task for each acquisition, which takes a third of the time of a short query.
        async with asyncio.timeout(self._wait_seconds):
            self._connection = await self._pool.acquire()
        return self._connection

    async def __aexit__(self, _: object, error: object, __: object) -> None:
        """Release the connection. If the database is read-only, close this connection and all others."""
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
            # After a failover the name leads to the new server, but open connections still lead to the old one.
            logger.warning("the database takes no changes; its connections are opened anew")
            await self._pool.expire_connections()
        await self._pool.release(self._connection, timeout=1)


async def _keep(connection: object) -> None:
    """Do nothing: the connection needs no reset."""


def ssl_context(where: Target, ca_file: str | None) -> ssl.SSLContext | None:
    """Return the TLS settings of a connection.

    Args:
        where: The database.
        ca_file: PEM file with the certificate authorities to trust instead of the system's; None for the system's.

    Returns:
        None for ``disable``. ``require`` without a `ca_file` encrypts without verifying the certificate, as in libpq.
    """
    if where.ssl == "disable":
        return None
    context = ssl.create_default_context(cafile=ca_file)
    if where.ssl == "require" and ca_file is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_connection(where: Target, login: Login, tls: ssl.SSLContext | None, **arguments: Any) -> Any:
    """Open one connection.

    Args:
        where: The database.
        login: The user that logs in.
        tls: The TLS settings; None for a connection without TLS.
        arguments: Further arguments of ``asyncpg.connect``.
    """
    return await asyncpg.connect(
        host=where.host,
        port=where.port,
        database=where.name,
        user=login.username,
        password=await login.password(),
        ssl=tls if tls is not None else "disable",
        **arguments,
    )
