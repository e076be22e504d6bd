import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.toolchain.datapath.edge.cloudfront.samples import BEHAVIOUR, CACHING_DISABLED, distribution
from toolchain.datapath.edge.cloudfront.cache import Cache
from toolchain.datapath.edge.cloudfront.model import Distribution, ErrorResponse, Origin
from toolchain.datapath.edge.cloudfront.objects import Objects
from toolchain.datapath.edge.cloudfront.origins import OriginError
from toolchain.datapath.edge.cloudfront.policies import MANAGED_CACHE_POLICIES
from toolchain.datapath.edge.cloudfront.serving import Serving
from toolchain.datapath.edge.messages import Request, Response

FILE = Response(200, (("ETag", '"1"'), ("Cache-Control", "max-age=10")), b"content")


class Bench:
    """A distribution whose origin gives the test's answers."""

    def __init__(self, site: Distribution | None = None, firewall=None) -> None:
        self.now = 0.0
        self.asked: list[Request] = []
        self.answered = 0
        self.respond: Callable[[Request], Response] = lambda _request: FILE
        self.site = site or distribution()
        self.serving = Serving(Objects(self, Cache(clock=lambda: self.now)), {}, firewall)  # pyright: ignore[reportArgumentType]

    async def fetch(self, _distribution: Distribution, _origin: Origin, request: Request) -> Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        return self.respond(request)

    def get(self, path: str = "/a", method: str = "GET", scheme: str = "https", **headers: str) -> Response:
        return asyncio.run(self.serving.answer(self.site, self.request(path, method, scheme, **headers)))

    def request(self, path: str = "/a", method: str = "GET", scheme: str = "https", **headers: str) -> Request:
        return Request(
            method,
            "halalsphere.test",
            path,
            headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
            scheme=scheme,
        )


def failing(_request: Request) -> Response:
    raise OriginError(504, "the origin does not answer in time")


def test_a_stale_object_is_confirmed_by_its_etag() -> None:
    bench = Bench()
    bench.get()
    bench.now = 11
    bench.respond = lambda request: Response(304 if request.header("if-none-match") == '"1"' else 500)
    assert (bench.get().header("x-cache"), bench.get().header("x-cache")) == (
        "RefreshHit from cloudfront",
        "Hit from cloudfront",
    )
    assert len(bench.asked) == 2


def test_a_stale_object_serves_while_the_origin_fails() -> None:
    bench = Bench()
    bench.get()
    bench.now = 30
    for respond in (failing, lambda _request: Response(503)):
        bench.respond = respond
        answer = bench.get()
        assert (answer.status, answer.body, answer.header("age")) == (200, b"content", "30")
    bench.respond = lambda _request: Response(404)
    assert bench.get().status == 404


def test_without_an_object_the_failure_shows() -> None:
    bench = Bench()
    bench.respond = failing
    answer = bench.get()
    assert (answer.status, answer.header("x-cache"), b"does not answer in time" in answer.body) == (
        504,
        "Error from cloudfront",
        True,
    )


def test_requests_at_the_same_time_ask_once() -> None:
    bench = Bench()

    async def many() -> list[Response]:
        return await asyncio.gather(*(bench.serving.answer(bench.site, bench.request()) for _ in range(20)))

    answers = asyncio.run(many())
    assert [answer.header("x-cache") for answer in answers].count("Miss from cloudfront") == 1
    assert len(bench.asked) == 1
    assert not bench.serving._objects._fetching


def test_requests_for_what_is_not_kept_do_not_wait_in_line() -> None:
    disabled = replace(BEHAVIOUR, cache_policy=MANAGED_CACHE_POLICIES[CACHING_DISABLED])
    for site, response in ((distribution(behaviours=(disabled,)), FILE), (distribution(), Response(403, (), b"no"))):
        bench = Bench(site)
        bench.respond = lambda _request, response=response: response
        together = 0

        async def fetch(
            _distribution: Distribution, _origin: Origin, request: Request, bench: Bench = bench
        ) -> Response:
            nonlocal together
            bench.asked.append(request)
            await asyncio.sleep(0)
            together = max(together, len(bench.asked) - bench.answered)
            await asyncio.sleep(0)
            bench.answered += 1
            return bench.respond(request)

        bench.fetch = fetch

        async def many(bench: Bench = bench) -> None:
            await asyncio.gather(*(bench.serving.answer(bench.site, bench.request()) for _ in range(10)))

        asyncio.run(many())
        assert len(bench.asked) == 10
        assert together >= 9


def test_a_viewers_conditions_do_not_reach_the_origin() -> None:
    bench = Bench()
    assert bench.get(if_none_match='"1"', range="bytes=0-1").status == 304
    (asked,) = bench.asked
    assert (asked.header("if-none-match"), asked.header("range")) == (None, None)
    assert bench.get(range="bytes=0-1").body == b"co"


def test_an_error_is_kept_as_long_as_the_distribution_says() -> None:
    bench = Bench(distribution(error_responses={404: ErrorResponse(30)}))
    bench.respond = lambda _request: Response(404, (), b"none")
    assert (bench.get().status, bench.get().status, len(bench.asked)) == (404, 404, 1)
    bench.now = 31
    bench.respond = lambda _request: FILE
    assert bench.get().status == 200


def test_an_error_page_that_is_missing_itself_shows_the_error() -> None:
    bench = Bench(distribution(error_responses={404: ErrorResponse(0, 200, "/index.html")}))
    bench.respond = lambda request: Response(404, (), b"none") if request.path != "/index.html" else FILE
    assert (bench.get("/x").status, bench.get("/x").body) == (200, b"content")
    bench = Bench(distribution(error_responses={404: ErrorResponse(0, 200, "/index.html")}))
    bench.respond = lambda _request: Response(404, (), b"none")
    assert (bench.get("/x").status, bench.get("/x").body) == (404, b"none")


def test_an_api_is_neither_kept_nor_mixed_up() -> None:
    behaviour = replace(
        BEHAVIOUR,
        allowed_methods=frozenset({"GET", "HEAD", "POST"}),
        cache_policy=MANAGED_CACHE_POLICIES[CACHING_DISABLED],
    )
    bench = Bench(distribution(behaviours=(behaviour,)))
    for method in ("GET", "GET", "POST"):
        assert bench.get(method=method).header("x-cache") == "Miss from cloudfront"
    assert [request.method for request in bench.asked] == ["GET", "GET", "POST"]


def test_viewers_without_tls() -> None:
    bench = Bench()
    redirect = bench.get("/a", scheme="http")
    assert (redirect.status, redirect.header("location")) == (301, "https://halalsphere.test/a")
    only = Bench(distribution(behaviours=(replace(BEHAVIOUR, viewer_protocol="https-only"),)))
    assert only.get(scheme="http").status == 403
    assert not bench.asked


def test_a_web_acl_stands_in_front() -> None:
    @dataclass(frozen=True)
    class Verdict:
        allowed: bool

    class Firewall:
        def verdict(self, web_acl_arn: str, request: Request) -> Verdict | None:
            return Verdict(allowed=request.path != "/a") if web_acl_arn == "arn:acl" else None

    guarded = Bench(distribution(web_acl="arn:acl"), Firewall())
    assert (guarded.get("/a").status, guarded.get("/b").status) == (403, 200)
    assert Bench(distribution(web_acl="arn:gone"), Firewall()).get("/a").status == 200
    assert Bench(distribution(), Firewall()).get("/a").status == 200


def test_a_function_that_is_not_published() -> None:
    bench = Bench(distribution(behaviours=(replace(BEHAVIOUR, functions={"viewer-request": "gone"}),)))
    answer = bench.get()
    assert (answer.status, b"gone could not run: it is not published" in answer.body) == (503, True)


def test_what_needs_a_signature_is_served_to_nobody() -> None:
    private = replace(BEHAVIOUR, pattern="/private/*", needs_signature=True)
    bench = Bench(distribution(behaviours=(private, BEHAVIOUR)))
    refused = bench.get("/private/a")
    assert (refused.status, refused.header("content-type"), refused.header("x-cache")) == (
        403,
        "text/xml",
        "Error from cloudfront",
    )
    assert b"<Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value" in refused.body
    signed = Request("GET", "halalsphere.test", "/private/a", "Expires=1&Signature=s&Key-Pair-Id=K", scheme="https")
    by_cookie = bench.request("/private/a", cookie="a=b; CloudFront-Key-Pair-Id=K")
    for request in (signed, by_cookie):
        answer = asyncio.run(bench.serving.answer(bench.site, request))
        assert answer.status == 403
        assert b"<Code>AccessDenied</Code><Message>The local stack does not verify signatures" in answer.body
    assert not bench.asked
    assert bench.get("/public").status == 200


def test_an_error_page_that_needs_a_signature_is_not_shown() -> None:
    private = replace(BEHAVIOUR, pattern="/private/*", needs_signature=True)
    errors = {404: ErrorResponse(0, 200, "/private/a")}
    bench = Bench(distribution(behaviours=(private, BEHAVIOUR), error_responses=errors))
    bench.respond = lambda request: Response(404, (), b"none") if request.path == "/gone" else FILE
    assert (bench.get("/gone").status, bench.get("/gone").body) == (404, b"none")
