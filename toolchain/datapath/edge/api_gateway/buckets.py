"""Token buckets, with which API Gateway throttles ("Throttle requests to your REST APIs", Developer Guide)."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

MAXIMUM_BUCKETS: Final = 10_000
"""Maximum number of buckets, more than a local stack needs; the least recently used buckets are removed first."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A throttling limit: a rate and a burst."""

    rate: float
    """Requests per second; negative for no limit."""
    burst: float
    """Size of the bucket, in requests; negative for no limit."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seconds: float


class Buckets:
    """Token buckets by key, which refill over time."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, key: Hashable, limit: Limit, now: float) -> bool:
        """Take a token from a bucket, and return whether there was one.

        Args:
            key: Key of the bucket.
            limit: Rate and size of the bucket; they may change between calls.
            now: The time in seconds, from any clock that does not go back.
        """
        if limit.rate < 0 or limit.burst < 0:
            return True
        bucket = self._buckets.pop(key, None) or _Bucket(limit.burst, now)
        filled = bucket.tokens + max(now - bucket.seconds, 0) * limit.rate
        bucket.tokens, bucket.seconds = min(filled, limit.burst), now
        self._buckets[key] = bucket
        if len(self._buckets) > MAXIMUM_BUCKETS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
