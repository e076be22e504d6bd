"""The service's connections to Redis, which may be away at any time."""

from typing import Any, Final, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from service.settings import Settings

CACHE_ERRORS: Final = (RedisError, OSError, TimeoutError)
"""What a command raises when Redis is away or slow; callers go on without it."""

CONNECTIONS: Final = 20
"""Most connections of one task."""


def open_cache(settings: Settings) -> Redis | None:
    """Make the client; it connects when it is first used.

    Args:
        settings: Of the service.

    Returns:
        None without REDIS_URL. A command raises one of `CACHE_ERRORS` after REDIS_SECONDS.
    """
    if settings.redis_url is None:
        return None
    # Its signature leaves the options' types open.
    pool: BlockingConnectionPool = cast("Any", BlockingConnectionPool).from_url(
        settings.redis_url.get_secret_value(),
        max_connections=CONNECTIONS,
        timeout=settings.redis_seconds,
        socket_timeout=settings.redis_seconds,
        socket_connect_timeout=settings.redis_seconds,
        socket_keepalive=True,
        decode_responses=True,
        # A connection that Redis closed while it was idle is opened anew once.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    return Redis(connection_pool=pool)
