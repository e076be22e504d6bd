"""Answers of the certification search, kept in Redis for a short time; without Redis every search asks the database.

A key holds the number of the last change, read before the database is asked. So an answer that a change overtook
is stored under a number that nobody asks for any more.
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
"""How long an answer is kept; as long as it may be stale when Redis misses the number of a change."""
_CHANGES: Final = "certificates:changes"


async def lookup(cache: Redis | None, query: Mapping[str, Any], companies: Sequence[UUID] | None) -> tuple[str, Any]:
    """Look for the answer to a search.

    Args:
        cache: None, or away: nothing is found.
        query: The checked parameters.
        companies: What the caller sees; None for all. Callers who see the same share answers.

    Returns:
        The key under which to keep an answer, empty when there is nowhere to keep it; and the answer, or None.
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
    """Keep an answer."""
    if cache is None or not key:
        return
    try:
        await cache.set(key, orjson.dumps(value, default=str), ex=TTL_SECONDS)
    except CACHE_ERRORS as error:
        logger.warning("an answer is not kept", extra={"reason": type(error).__name__})


async def forget(cache: Redis | None) -> None:
    """Forget every answer, after a change was committed."""
    if cache is None:
        return
    try:
        await cache.incr(_CHANGES)
    except CACHE_ERRORS as error:
        logger.warning("searches may be stale for some seconds", extra={"reason": type(error).__name__})
