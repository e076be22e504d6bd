"""The token buckets by which API Gateway throttles ("Throttle requests to your REST APIs", Developer Guide)."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

MAXIMUM_BUCKETS: Final = 10_000
"""More than a local stack has; those that were not used for longest go first."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate and a burst."""

    rate: float
    """Requests per second; negative for no limit."""
    burst: float
    """Size of the bucket, in requests; negative for no limit."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seconds: float


class Buckets:
    """Token buckets by key, which fill with the time."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, key: Hashable, limit: Limit, now: float) -> bool:
        """Take a token; returns whether there was one.

        Args:
            key: Whose bucket it is.
            limit: Its rate and size, which may change while it is in use.
            now: The time, in seconds of any clock that only goes forward.
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
