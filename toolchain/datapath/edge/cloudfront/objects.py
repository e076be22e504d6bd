"""Gets objects of distributions: from the cache, or from the origin, with caching of the response."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus

from toolchain.datapath.edge.cloudfront.cache import Cache, Entry, Key, key, lifetime
from toolchain.datapath.edge.cloudfront.model import Behaviour, Distribution
from toolchain.datapath.edge.cloudfront.origins import OriginError, Origins
from toolchain.datapath.edge.cloudfront.representation import compressed, is_compressed
from toolchain.datapath.edge.cloudfront.requests import origin_request
from toolchain.datapath.edge.messages import Request, Response

HIT = "Hit from cloudfront"
MISS = "Miss from cloudfront"
REFRESHED = "RefreshHit from cloudfront"
ERROR = "Error from cloudfront"
_OF_THE_EDGE = ("via", "x-cache", "x-amz-cf-id", "x-amz-cf-pop", "age")
_CONDITIONS = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range")
"""Headers that are not sent to the origin, because the edge itself evaluates them with the whole object."""


@dataclass(frozen=True)
class Asked:
    """A request, with the distribution and the cache behavior that apply to it."""

    distribution: Distribution
    behaviour: Behaviour
    request: Request
    """The viewer's request, after changes by the viewer-request function."""
    request_id: str


class Objects:
    """Gets objects from the cache or their origins.

    Args:
        origins: Fetches objects from origins.
        cache: The cache.
        now: Function that returns the time in UTC.
    """

    def __init__(self, origins: Origins, cache: Cache, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._origins = origins
        self._cache = cache
        self._now = now
        self._fetching: dict[Key, asyncio.Event] = {}

    async def get(self, asked: Asked) -> Response:
        """Return the whole object, or the origin's error, with ``X-Cache``; from the cache also with ``Age``.

        Raises:
            OriginError: The origin does not respond, and the object is not cached.
        """
        if asked.request.method not in asked.behaviour.cached_methods:
            return marked(await self._fetched(asked, asked.request), MISS)
        under = key(asked.distribution, asked.behaviour, asked.request)
        entry = self._cache.get(under)
        if entry is not None and self._cache.is_fresh(entry):
            return self._kept(entry)
        if not asked.behaviour.cache_policy.caches:
            return await self._renewed(asked, under, entry)
        # Of concurrent requests for the same object, only one goes to the origin. The others wait until its response is
        # cached; if it is not cached, they go to the origin themselves (Amazon CloudFront Developer Guide,
        # "Simultaneous requests for the same object (request collapsing)").
        first = self._fetching.get(under)
        if first is not None:
            await first.wait()
            entry = self._cache.get(under)
            if entry is not None and self._cache.is_fresh(entry):
                return self._kept(entry)
            return await self._renewed(asked, under, entry)
        self._fetching[under] = done = asyncio.Event()
        try:
            return await self._renewed(asked, under, entry)
        finally:
            del self._fetching[under]
            done.set()

    def _kept(self, entry: Entry) -> Response:
        return marked(entry.response.with_headers(("Age", str(self._cache.age(entry)))), HIT)

    async def _renewed(self, asked: Asked, under: Key, entry: Entry | None) -> Response:
        """Fetch an object from the origin, and cache it.

        A cached object that is no longer fresh is revalidated; it is used if the origin fails.
        """
        epoch = self._cache.epoch(under.distribution)
        known = entry if entry is not None and entry.response.status < HTTPStatus.BAD_REQUEST else None
        etag = known.origin_etag if known is not None else None
        try:
            response = await self._fetched(asked, asked.request.with_headers(without=_CONDITIONS), etag)
        except OriginError:
            if known is None:
                raise
            return self._kept(known)
        if known is not None and response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._kept(known)
        if known is not None and response.status == HTTPStatus.NOT_MODIFIED:
            self._keep(asked, under, known.response, etag, epoch)
            return marked(known.response, REFRESHED)
        origin_etag = response.header("etag")
        policy = asked.behaviour.cache_policy
        if under.gzip and asked.behaviour.compresses and policy.caches and is_compressed(response):
            response = await asyncio.to_thread(compressed, response)
        self._keep(asked, under, response, origin_etag, epoch)
        return marked(response, MISS)

    def _keep(self, asked: Asked, under: Key, response: Response, origin_etag: str | None, epoch: int) -> None:
        seconds = lifetime(response, asked.behaviour, asked.distribution, self._now())
        if seconds is None or not self._is_whole(asked):
            self._cache.remove(under)
            return
        root_object = asked.distribution.root_object
        self._cache.put(under, response, seconds=seconds, origin_etag=origin_etag, root_object=root_object, epoch=epoch)

    @staticmethod
    def _is_whole(asked: Asked) -> bool:
        """Check whether a response has its body. For HEAD only a bucket's has: it is always read with GetObject."""
        origin = asked.distribution.origins[asked.behaviour.origin_identifier]
        return asked.request.method != "HEAD" or origin.bucket is not None

    async def _fetched(self, asked: Asked, request: Request, etag: str | None = None) -> Response:
        origin = asked.distribution.origins[asked.behaviour.origin_identifier]
        sent = origin_request(request, asked.behaviour, origin, asked.request_id)
        if etag is not None:
            sent = sent.with_headers(("if-none-match", etag), without=("if-none-match",))
        response = await self._origins.fetch(asked.distribution, origin, sent)
        return response.with_headers(without=_OF_THE_EDGE)


def marked(response: Response, cache: str) -> Response:
    """Return a response with the header ``X-Cache``; its value is `ERROR` for an error, else `cache`."""
    said = ERROR if response.status >= HTTPStatus.BAD_REQUEST else cache
    changed = response.with_headers(("X-Cache", said), without=("x-cache",))
    return replace(changed, details={**response.details, "cache": said})
