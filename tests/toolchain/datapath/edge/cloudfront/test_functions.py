import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.site.spa_frontend import viewer_request_function
from tests.toolchain.datapath.edge.cloudfront.samples import distribution
from toolchain.datapath.edge.cloudfront.events import (
    VIEWER_REQUEST,
    VIEWER_RESPONSE,
    changed_request,
    changed_response,
    event,
)
from toolchain.datapath.edge.cloudfront.functions import FunctionError, run
from toolchain.datapath.edge.messages import Request, Response

SITE = distribution()


def ask(path: str = "/", query: str = "", *headers: tuple[str, str], host: str = "halalsphere.test") -> Request:
    return Request("GET", host, path, query, (("host", host), *headers))


def after(code: str, request: Request) -> Request | Response:
    returned = run(code, event(VIEWER_REQUEST, SITE, request, "id"))
    return changed_response(returned) if "statusCode" in returned else changed_request(request, returned)


def test_the_function_of_the_site_leads_deep_links_to_the_app() -> None:
    code = viewer_request_function(["halalsphere.test", "www.halalsphere.test"])
    for path, expected in (
        ("/companies/7", "/index.html"),
        ("/", "/index.html"),
        ("/assets/a.js", "/assets/a.js"),
        ("/x.pdf", "/x.pdf"),
        ("/.well-known/a", "/.well-known/a"),
    ):
        changed = after(code, ask(path, "a=1&b=2&a=3&c"))
        assert isinstance(changed, Request)
        assert (changed.path, changed.query, changed.headers) == (
            expected,
            "a=1&a=3&b=2&c",
            (("host", "halalsphere.test"),),
        )
    redirect = after(code, ask("/a/b", "c=d%20e", host="www.halalsphere.test"))
    assert isinstance(redirect, Response)
    assert (redirect.status, redirect.header("location")) == (301, "https://halalsphere.test/a/b?c=d%20e")


texts = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&=;%,#?"), min_size=1, max_size=6
)


@given(st.lists(st.tuples(texts, texts), max_size=4), st.lists(st.tuples(texts, texts), max_size=4))
def test_a_function_that_changes_nothing_changes_nothing(
    query: list[tuple[str, str]], cookies: list[tuple[str, str]]
) -> None:
    grouped_query = sorted(query, key=lambda pair: [name for name, _ in query].index(pair[0]))
    grouped_cookies = sorted(cookies, key=lambda pair: [name for name, _ in cookies].index(pair[0]))
    cookie = (("cookie", "; ".join("=".join(pair) for pair in grouped_cookies)),) if cookies else ()
    request = ask("/a", "&".join("=".join(pair) for pair in grouped_query), ("x-a", "1"), ("x-a", "2"), *cookie)
    assert changed_request(request, event(VIEWER_REQUEST, SITE, request, "id")["request"]) == request


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("throw new Error('no')", "no"),
        ("while (true) {}", "interrupted"),
        ("var a = []; while (true) a.push('x'.repeat(10000))", "memory|null"),
        ("return", "no object"),
        ("return require('fs')", "require"),
        ("async function f() { await f() } await f()", "."),
    ],
)
def test_failures_end_soon(body: str, reason: str) -> None:
    with pytest.raises(FunctionError, match=reason):
        run(f"async function handler(event) {{ {body} }}", {})


def test_code_that_is_none() -> None:
    for code in ("function (", "var a = 1;", "x" * 20_000):
        with pytest.raises(FunctionError):
            run(code, {})


def test_promises_are_waited_for_and_calls_do_not_see_each_other() -> None:
    code = (
        "var count = 0; async function handler(event) { await null; count += 1; return { statusCode: 200 + count }; }"
    )
    assert [run(code, {})["statusCode"] for _ in range(2)] == [201, 201]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ("event.request.headers.host = { value: 'other' }", "'host' is read-only"),
        ("event.request.uri = 'index.html'", "slash"),
        ("event.request.method = 'POST'", "method"),
        ("event.request.headers['X-A'] = { value: 'a' }", "lower case"),
        ("event.request.headers['x-a'] = 'a'", "no value"),
    ],
)
def test_what_a_function_must_not_return(changes: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        after(f"function handler(event) {{ {changes}; return event.request; }}", ask())


def test_a_response_that_a_function_makes() -> None:
    code = """function handler(event) { return { statusCode: 403, statusDescription: 'No', headers: { 'x-a': { value: 'b' } },
        cookies: { a: { value: 'b', attributes: 'Secure; HttpOnly' } }, body: { encoding: 'base64', data: 'aGk=' } }; }"""
    made = after(code, ask())
    assert made == Response(403, (("x-a", "b"), ("set-cookie", "a=b; Secure; HttpOnly")), b"hi")
    with pytest.raises(ValueError, match="statusCode"):
        after("function handler() { return { statusCode: 20 } }", ask())
    with pytest.raises(ValueError, match="allowed are 40960"):
        after("function handler() { return { statusCode: 200, body: 'x'.repeat(50000) } }", ask())


def test_a_viewer_response_function_changes_headers_and_keeps_the_body() -> None:
    before = Response(200, (("Content-Type", "text/html"), ("Content-Encoding", "gzip")), b"body")
    returned = run(
        "function handler(event) { event.response.headers['x-new'] = { value: event.request.uri }; return event.response; }",
        event(VIEWER_RESPONSE, SITE, ask("/a"), "id", before),
    )
    made = changed_response(returned, before)
    assert (made.status, made.header("x-new"), made.header("content-type"), made.body) == (
        200,
        "/a",
        "text/html",
        b"body",
    )
    with pytest.raises(ValueError, match="read-only"):
        changed_response({**returned, "headers": {}}, before)
