"""The service's connections to Redis. Redis may be unavailable at any time."""

from typing import Any, Final, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from service.settings import Settings

CACHE_ERRORS: Final = (RedisError, OSError, TimeoutError)
"""Errors of a command when Redis is unavailable or slow; callers go on without Redis."""

CONNECTIONS: Final = 20
"""Maximum number of connections of one task."""


def open_cache(settings: Settings) -> Redis | None:
    """Create the Redis client; it connects at its first command.

    Args:
        settings: The service's settings.

    Returns:
        The client, or None without REDIS_URL. If Redis does not answer within REDIS_SECONDS, a command raises one of
        `CACHE_ERRORS`.
    """
    if settings.redis_url is None:
        return None
    # The signature of `from_url` does not declare the types of its options.
    pool: BlockingConnectionPool = cast("Any", BlockingConnectionPool).from_url(
        settings.redis_url.get_secret_value(),
        max_connections=CONNECTIONS,
        timeout=settings.redis_seconds,
        socket_timeout=settings.redis_seconds,
        socket_connect_timeout=settings.redis_seconds,
        socket_keepalive=True,
        decode_responses=True,
        # If Redis closed an idle connection, the command is retried once, on a new connection.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    return Redis(connection_pool=pool)
