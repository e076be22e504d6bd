"""Rate limits for requests that could be used for guessing. Counters are in Redis, or in each task without Redis."""

import logging
import math
import time
from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

from redis.asyncio import Redis

from service.api.problems import Problem
from service.cache import CACHE_ERRORS

logger = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 60
_SITE_BITS: Final = 64
MAX_LOCAL_COUNTERS: Final = 10_000
"""Maximum number of counters in a task's memory; the oldest is removed first."""

_local: Final[OrderedDict[str, int]] = OrderedDict()


def network(address: str) -> str:
    """Return the unit whose requests are counted together: an IPv4 address, or the /64 network of an IPv6 address.

    A site gets at least a /64 network, and each of its requests may come from another address (RFC 6177, RFC 8981).

    Args:
        address: The value of `Call.client_address`; a value that is not an address is returned unchanged.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed.packed, _SITE_BITS), strict=False))


async def count(cache: Redis | None, subject: str, limit: int) -> None:
    """Count a request in the present minute.

    Args:
        cache: The Redis client. If it is None or unavailable, this task counts alone, so that guessing stays slow.
        subject: Name of the counter, such as ``login:203.0.113.7``.
        limit: Maximum requests in a minute.

    Raises:
        Problem: 429, with the seconds until the next minute.
    """
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    key = f"rate:{subject}:{window}"
    number = await _number(cache, key)
    if number > limit:
        wait = max(1, math.ceil((window + 1) * WINDOW_SECONDS - now))
        raise Problem(429, "Too many requests; try again later.", headers={"Retry-After": str(wait)})


async def _number(cache: Redis | None, key: str) -> int:
    if cache is not None:
        try:
            async with cache.pipeline(transaction=True) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 2 * WINDOW_SECONDS)
                number, _ = await pipeline.execute()
                return int(number)
        except CACHE_ERRORS as error:
            logger.warning("rates are counted without Redis", extra={"reason": type(error).__name__})
    _local[key] = _local.get(key, 0) + 1
    while len(_local) > MAX_LOCAL_COUNTERS:
        _local.popitem(last=False)
    return _local[key]
