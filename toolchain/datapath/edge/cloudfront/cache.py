"""The cache of Amazon CloudFront: cache keys, lifetimes, invalidations."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import unquote

from toolchain.datapath.edge.cloudfront.events import cookie_pairs
from toolchain.datapath.edge.cloudfront.model import Behaviour, CachePolicy, Distribution
from toolchain.datapath.edge.fields import accepts_gzip, moment
from toolchain.datapath.edge.messages import HeaderList, Request, Response

CACHE_LIMIT_BYTES = 128 * 1024 * 1024
ENTRY_LIMIT_BYTES = 32 * 1024 * 1024
"""Maximum size of a cached response; CloudFront caches up to 50 GB."""
_ENTRY_OVERHEAD_BYTES = 1024

_ERRORS_ALWAYS_KEPT = frozenset({404, 414, 500, 501, 502, 503, 504})
_ERRORS_KEPT_WHEN_SAID = frozenset({400, 403, 405, 412, 415})
"""Amazon CloudFront Developer Guide, "HTTP 4xx and 5xx status codes that CloudFront caches"."""
_SECONDS = re.compile(r"(?P<name>s-maxage|max-age)=\"?(?P<seconds>\d+)")


@dataclass(frozen=True)
class Key:
    """A cache key."""

    distribution: str
    method: str
    path: str
    query: str
    headers: HeaderList
    cookies: HeaderList
    gzip: bool


@dataclass(frozen=True)
class Entry:
    """A cached response."""

    response: Response
    """The response for viewers, without the headers of response headers policies."""
    origin_etag: str | None
    root_object: str
    """The distribution's default root object; an invalidation of ``/`` invalidates it."""
    stored_at: float
    fresh_until: float

    @property
    def size(self) -> int:
        """Estimated size in bytes."""
        headers = sum(len(name) + len(value) for name, value in self.response.headers)
        return len(self.response.body) + headers + _ENTRY_OVERHEAD_BYTES


def key(distribution: Distribution, behaviour: Behaviour, request: Request) -> Key:
    """Return the cache key of a request (Amazon CloudFront Developer Guide, "Understand the cache key").

    A request for a range gets the uncompressed object.
    """
    policy = behaviour.cache_policy
    return Key(
        distribution.identifier,
        "OPTIONS" if request.method == "OPTIONS" else "GET",
        request.path,
        selected_query(request, policy),
        tuple(sorted((name.lower(), value) for name, value in request.headers if policy.headers.has(name.lower()))),
        tuple(sorted((name, value) for name, value in cookie_pairs(request) if policy.cookies.has(name))),
        gzip=policy.gzip and accepts_gzip(request) and request.header("range") is None,
    )


def selected_query(request: Request, policy: CachePolicy) -> str:
    """Return the part of the query that is in the cache key."""
    parts = (part for part in request.query.split("&") if part)
    return "&".join(part for part in parts if policy.query.has(part.partition("=")[0]))


def lifetime(response: Response, behaviour: Behaviour, distribution: Distribution, now: datetime) -> float | None:
    """Return for how many seconds a response of the origin is cached; None if it is not cached.

    Sources: Amazon CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)", "How
    CloudFront processes HTTP 4xx and 5xx status codes from your origin".
    """
    policy = behaviour.cache_policy
    said = _said_seconds(response, now)
    if response.status < HTTPStatus.BAD_REQUEST:
        if not policy.caches or response.header("vary") == "*":
            return None
        control = (response.header("cache-control") or "").lower()
        if any(word in control for word in ("no-cache", "no-store", "private")):
            seconds = float(policy.minimum_seconds)
        elif said is None:
            seconds = float(max(policy.minimum_seconds, policy.default_seconds))
        else:
            seconds = min(max(said, policy.minimum_seconds), policy.maximum_seconds)
        return seconds or None
    custom = distribution.error_responses.get(response.status)
    kept = response.status in _ERRORS_ALWAYS_KEPT or (
        response.status in _ERRORS_KEPT_WHEN_SAID and (said is not None or custom is not None)
    )
    if not kept:
        return None
    least = custom.seconds if custom is not None else 10
    return max(float(least), min(said or 0.0, float(policy.maximum_seconds))) or None


def _said_seconds(response: Response, now: datetime) -> float | None:
    control = (response.header("cache-control") or "").lower()
    found = {match["name"]: float(match["seconds"]) for match in _SECONDS.finditer(control)}
    if found:
        return found.get("s-maxage", found.get("max-age"))
    expires = response.header("expires")
    if expires is None:
        return None
    until = moment(expires)
    return 0.0 if until is None else max(0.0, (until - now).total_seconds())


def is_invalidated(path: str, query: str, patterns: Iterable[str], root_object: str) -> bool:
    """Check whether an invalidation includes an object.

    Source: Amazon CloudFront Developer Guide, "Specify the files to invalidate".

    Args:
        path: The object's path in its cache key.
        query: The query in its cache key.
        patterns: Paths of the invalidation; only an asterisk at the end is a wildcard.
        root_object: The default root object.
    """
    names = {path, *(("/",) if path == f"/{root_object}" else ())}
    full = {unquote(f"{name}?{query}" if query else name) for name in names}
    return any(_means(unquote(pattern), name) for pattern in patterns for name in full)


def _means(pattern: str, name: str) -> bool:
    given = pattern if pattern.startswith("/") else f"/{pattern}"
    return name.startswith(given[:-1]) if given.endswith("*") else name == given


class Cache:
    """The cached responses of all distributions; the least recently used responses are removed first.

    Args:
        limit: Maximum size of all entries in bytes.
        clock: Function that returns monotonic seconds.
    """

    def __init__(self, limit: int = CACHE_LIMIT_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._size = 0
        self._epochs: dict[str, int] = {}
        self.clock = clock

    @property
    def size(self) -> int:
        """Size of all entries in bytes."""
        return self._size

    def get(self, wanted: Key) -> Entry | None:
        """Return the entry with a key, fresh or not; None if there is none."""
        entry = self._entries.get(wanted)
        if entry is not None:
            self._entries.move_to_end(wanted)
        return entry

    def is_fresh(self, entry: Entry) -> bool:
        """Check whether an entry may be used without a request to the origin."""
        return self.clock() < entry.fresh_until

    def age(self, entry: Entry) -> int:
        """Return the seconds since the origin sent or revalidated an entry."""
        return int(self.clock() - entry.stored_at)

    def epoch(self, distribution: str) -> int:
        """Return the number of a distribution's invalidations so far.

        A response to a request from before an invalidation must not be cached after it.
        """
        return self._epochs.get(distribution, 0)

    def put(
        self, under: Key, response: Response, *, seconds: float, origin_etag: str | None, root_object: str, epoch: int
    ) -> None:
        """Cache a response, unless it is too large, or an invalidation came after the request.

        Args:
            under: The response's cache key.
            response: The response.
            seconds: How long it is fresh.
            origin_etag: The origin's ETag, for revalidation; None if it has none.
            root_object: The distribution's default root object.
            epoch: Result of `epoch` at the time of the request to the origin.
        """
        self.remove(under)
        now = self.clock()
        entry = Entry(replace(response, details={}), origin_etag, root_object, now, now + seconds)
        if entry.size > min(ENTRY_LIMIT_BYTES, self._limit) or epoch != self.epoch(under.distribution):
            return
        self._entries[under] = entry
        self._size += entry.size
        while self._size > self._limit:
            self.remove(next(iter(self._entries)))

    def remove(self, under: Key) -> None:
        """Remove an entry, if it exists."""
        entry = self._entries.pop(under, None)
        if entry is not None:
            self._size -= entry.size

    def invalidate(self, distribution: str, patterns: Iterable[str]) -> int:
        """Remove the entries that an invalidation includes, and return their number."""
        self._epochs[distribution] = self.epoch(distribution) + 1
        wanted = tuple(patterns)
        meant = [
            under
            for under, entry in self._entries.items()
            if under.distribution == distribution and is_invalidated(under.path, under.query, wanted, entry.root_object)
        ]
        for under in meant:
            self.remove(under)
        return len(meant)

    def forget(self, distribution: str) -> None:
        """Remove all entries of a distribution, for example of one that was deleted."""
        self.invalidate(distribution, ["/*"])
