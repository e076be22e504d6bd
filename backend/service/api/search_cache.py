"""Caches results of the certificate search in Redis for a short time; without Redis every search queries the database.

A key contains the number of the last change, which is read before the database query. So if a change comes in between,
the result is stored under an old number, which no later search uses.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis

from service.cache import CACHE_ERRORS

logger = logging.getLogger(__name__)

TTL_SECONDS: Final = 30
"""Seconds for which a result is kept. It may be stale for this time if Redis did not get the number of a change."""
_CHANGES: Final = "certificates:changes"


async def lookup(cache: Redis | None, query: Mapping[str, Any], companies: Sequence[UUID] | None) -> tuple[str, Any]:
    """Look up the result of a search.

    Args:
        cache: The Redis client. If it is None or unavailable, nothing is found.
        query: The validated parameters.
        companies: The companies that the caller sees; None for all. Callers with the same companies share results.

    Returns:
        The key under which to store a result, empty without Redis; and the cached result, or None.
    """
    if cache is None:
        return "", None
    try:
        change = await cache.get(_CHANGES) or "0"
        scope = None if companies is None else [str(each) for each in companies]
        asked = orjson.dumps([scope, dict(query)], option=orjson.OPT_SORT_KEYS)
        key = f"certificates:{change}:{hashlib.sha256(asked).hexdigest()}"
        kept = await cache.get(key)
    except CACHE_ERRORS as error:
        logger.warning("a search goes without Redis", extra={"reason": type(error).__name__})
        return "", None
    return key, None if kept is None else orjson.loads(kept)


async def keep(cache: Redis | None, key: str, value: Any) -> None:
    """Store a result."""
    if cache is None or not key:
        return
    try:
        await cache.set(key, orjson.dumps(value, default=str), ex=TTL_SECONDS)
    except CACHE_ERRORS as error:
        logger.warning("an answer is not kept", extra={"reason": type(error).__name__})


async def forget(cache: Redis | None) -> None:
    """Invalidate all cached results, after a change was committed."""
    if cache is None:
        return
    try:
        await cache.incr(_CHANGES)
    except CACHE_ERRORS as error:
        logger.warning("searches may be stale for some seconds", extra={"reason": type(error).__name__})
