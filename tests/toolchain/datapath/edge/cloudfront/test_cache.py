from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolchain.datapath.edge.cloudfront.samples import BEHAVIOUR, CACHING_DISABLED, distribution
from toolchain.datapath.edge.cloudfront.cache import Cache, is_invalidated, key, lifetime
from toolchain.datapath.edge.cloudfront.model import CachePolicy, Selection
from toolchain.datapath.edge.cloudfront.policies import MANAGED_CACHE_POLICIES
from toolchain.datapath.edge.messages import Request, Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SITE = distribution()


def seconds(status: int, *headers: tuple[str, str], policy: CachePolicy = BEHAVIOUR.cache_policy) -> float | None:
    return lifetime(Response(status, headers), replace(BEHAVIOUR, cache_policy=policy), SITE, NOW)


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("public, max-age=31536000, immutable", 31_536_000),
        ("no-cache", 1),
        ("no-store", 1),
        ("private, max-age=60", 1),
        ("max-age=60, s-maxage=7", 7),
        ("max-age=0", 1),
        ("max-age=99999999999", 31_536_000),
        ("public", 86_400),
    ],
)
def test_cache_control_within_the_bounds_of_the_policy(control: str, expected: float) -> None:
    assert seconds(200, ("cache-control", control)) == expected


def test_without_cache_control() -> None:
    assert seconds(200) == 86_400
    assert seconds(200, ("Expires", "Thu, 01 Jan 2026 00:01:00 GMT")) == 60
    assert seconds(200, ("Expires", "0")) == 1
    assert seconds(200, ("Vary", "*")) is None


def test_caching_disabled_keeps_nothing_but_errors() -> None:
    disabled = MANAGED_CACHE_POLICIES[CACHING_DISABLED]
    assert seconds(200, ("cache-control", "max-age=60"), policy=disabled) is None
    assert seconds(500, policy=disabled) == 10


def test_errors() -> None:
    assert seconds(404) == 30  # from the distribution's settings
    assert seconds(503) == 10
    assert seconds(404, ("cache-control", "max-age=60")) == 60
    assert seconds(403) is None
    assert seconds(403, ("cache-control", "max-age=60")) == 60
    assert seconds(401, ("cache-control", "max-age=60")) is None


def ask(path: str = "/a", query: str = "", method: str = "GET", **headers: str) -> Request:
    return Request(
        method,
        "halalsphere.test",
        path,
        query,
        tuple((name.replace("_", "-"), value) for name, value in headers.items()),
    )


def test_the_key_has_what_the_policy_names_and_nothing_else() -> None:
    assert key(SITE, BEHAVIOUR, ask(query="v=1", cookie="a=b", origin="x")) == key(SITE, BEHAVIOUR, ask())
    assert key(SITE, BEHAVIOUR, ask(method="HEAD")) == key(SITE, BEHAVIOUR, ask())
    policy = CachePolicy(
        0,
        0,
        60,
        headers=Selection("whitelist", frozenset({"origin"})),
        cookies=Selection("allExcept", frozenset({"tracker"})),
        query=Selection("whitelist", frozenset({"v"})),
    )
    choosy = replace(BEHAVIOUR, cache_policy=policy)
    made = key(SITE, choosy, ask(query="v=1&w=2", cookie="a=b; tracker=c", origin="x"))
    assert (made.query, made.headers, made.cookies) == ("v=1", (("origin", "x"),), (("a", "b"),))


def test_what_a_viewer_decompresses_is_part_of_the_key() -> None:
    assert key(SITE, BEHAVIOUR, ask(accept_encoding="br, gzip;q=0.8")).gzip
    for request in (
        ask(),
        ask(accept_encoding="br"),
        ask(accept_encoding="gzip;q=0"),
        ask(accept_encoding="gzip", range="bytes=0-1"),
    ):
        assert not key(SITE, BEHAVIOUR, request).gzip


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("/*", {"/index.html", "/a b.html", "/assets/x.js?v=1"}),
        ("/", {"/index.html"}),
        ("/index.html", {"/index.html"}),
        ("index.html", {"/index.html"}),
        ("/a%20b.html", {"/a b.html"}),
        ("/assets/*", {"/assets/x.js?v=1"}),
        ("/assets/x.js", set[str]()),
        ("/assets/x.js*", {"/assets/x.js?v=1"}),
        ("/INDEX.html", set[str]()),
        ("/*.html", set[str]()),
    ],
)
def test_what_an_invalidation_means(pattern: str, meant: set[str]) -> None:
    objects = ("/index.html", "/a b.html", "/assets/x.js?v=1")
    found = {
        name
        for name in objects
        if is_invalidated(*name.replace(" ", "%20").partition("?")[::2], [pattern], "index.html")
    }
    assert found == meant


def put(cache: Cache, path: str, body: bytes, epoch: int = 0, seconds: float = 10) -> None:
    cache.put(
        key(SITE, BEHAVIOUR, ask(path)),
        Response(200, (), body),
        seconds=seconds,
        origin_etag=None,
        root_object="index.html",
        epoch=epoch,
    )


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4000)), max_size=60))
def test_the_cache_never_takes_more_than_its_limit(puts: list[tuple[int, int]]) -> None:
    cache = Cache(limit=10_000)
    for number, size in puts:
        put(cache, f"/{number}", b"x" * size)
        assert cache.size <= 10_000
        assert (entry := cache.get(key(SITE, BEHAVIOUR, ask(f"/{number}")))) is not None
        assert len(entry.response.body) == size
    cache.invalidate("E1", ["/*"])
    assert cache.size == 0


def test_the_least_recently_used_goes_first_and_the_large_is_not_kept() -> None:
    cache = Cache(limit=10_000)
    put(cache, "/1", b"x" * 3000)
    put(cache, "/2", b"x" * 3000)
    assert cache.get(key(SITE, BEHAVIOUR, ask("/1")))
    put(cache, "/3", b"x" * 3000)
    put(cache, "/4", b"x" * 20_000)
    assert [bool(cache.get(key(SITE, BEHAVIOUR, ask(path)))) for path in ("/1", "/2", "/3", "/4")] == [
        True,
        False,
        True,
        False,
    ]


def test_what_was_asked_for_before_an_invalidation_is_not_kept_after_it() -> None:
    cache = Cache()
    epoch = cache.epoch("E1")
    cache.invalidate("E1", ["/other"])
    put(cache, "/1", b"old", epoch)
    assert cache.get(key(SITE, BEHAVIOUR, ask("/1"))) is None
    put(cache, "/1", b"new", cache.epoch("E1"))
    assert cache.invalidate("E2", ["/*"]) == 0
    assert cache.get(key(SITE, BEHAVIOUR, ask("/1"))) is not None


def test_age_and_freshness() -> None:
    now = [100.0]
    cache = Cache(clock=lambda: now[0])
    put(cache, "/1", b"x", seconds=10)
    entry = cache.get(key(SITE, BEHAVIOUR, ask("/1")))
    assert entry is not None
    now[0] = 109.5
    assert (cache.age(entry), cache.is_fresh(entry)) == (9, True)
    now[0] = 110
    assert not cache.is_fresh(entry)
