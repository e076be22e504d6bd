from hypothesis import given
from hypothesis import strategies as st

from toolchain.datapath.edge.names import Names, Scheme, aws_headers, local_headers, local_policy

SITE, API = "halalsphere.test", "api.halalsphere.test"
NAMES = Names(8400, 8500, frozenset({SITE, API}))
WITH_TLS = Names(8400, 8500, frozenset({SITE, API}), tls_port=8443)
SECURE = WITH_TLS.seen_by(Scheme.HTTPS)
BUCKET = "halalsphere-uploads.s3.us-east-1.amazonaws.com"

labels = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
hosts = st.lists(labels, min_size=2, max_size=4).map(".".join).filter(lambda name: "amazonaws" not in name)
paths = st.lists(st.from_regex(r"[A-Za-z0-9._~%20-]{1,6}", fullmatch=True), max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)


@given(hosts, paths)
def test_a_url_of_a_served_name_survives_the_way_there_and_back(host: str, path: str) -> None:
    names = Names(8400, 8500, frozenset({host}))
    local = names.local_url(f"https://{host}{path}?a=b%20c#d")
    assert local == f"http://{host}.localhost:8400{path}?a=b%20c#d"
    assert names.aws_url(local) == f"https://{host}{path}?a=b%20c#d"
    assert names.aws_host(names.local_host(host)) == host


@given(st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True), paths)
def test_a_url_of_a_bucket_survives_the_way_there_and_back(bucket: str, path: str) -> None:
    url = f"https://{bucket}.s3.us-east-1.amazonaws.com/{path.removeprefix('/')}"
    assert NAMES.local_url(url) == f"http://127.0.0.1:8500/{bucket}/{path.removeprefix('/')}"
    assert NAMES.aws_url(NAMES.local_url(url)) == url


@given(st.text(max_size=40))
def test_what_is_no_url_stays_and_nothing_fails(text: str) -> None:
    assert NAMES.local_url(text) == text
    assert NAMES.aws_url(text) == text
    NAMES.aws_host(text)
    local_policy(text, NAMES)


@given(
    st.lists(
        st.sampled_from(
            [
                "default-src 'self'",
                f"connect-src 'self' https://{API}",
                "img-src data: blob:",
                f"media-src https://{BUCKET}",
            ]
        )
    )
)
def test_a_policy_is_translated_once(directives: list[str]) -> None:
    once = local_policy("; ".join(directives), NAMES)
    assert local_policy(once, NAMES) == once
    assert API not in once.replace(f"{API}.localhost", "")


def test_names_of_others_are_left_alone() -> None:
    for url in (
        "https://example.com/",
        "http://localhost:5173",
        "http://halalsphere.test.localhost:3000",
        "null",
        "*",
        f"https://{SITE}:8443/",
    ):
        assert NAMES.aws_url(url) == url
        assert NAMES.local_url(url) == url


def test_the_edges_own_names_are_no_name_of_aws() -> None:
    for host in ("127.0.0.1:8400", "localhost:8400", "edge.localhost:8400", "localhost", "[::1]", ""):
        assert NAMES.aws_host(host) is None
    assert NAMES.aws_host("API.halalsphere.test.localhost:8400") == API
    assert NAMES.aws_host(API) == API


def test_a_request_reaches_aws_under_awss_names() -> None:
    headers = (
        ("host", "api.halalsphere.test.localhost:8400"),
        ("origin", "http://halalsphere.test.localhost:8400"),
        ("referer", "http://halalsphere.test.localhost:8400/a?b"),
        ("cookie", "a=http://halalsphere.test.localhost:8400"),
    )
    assert aws_headers(headers, NAMES) == (
        ("host", API),
        ("origin", "https://halalsphere.test"),
        ("referer", "https://halalsphere.test/a?b"),
        ("cookie", "a=http://halalsphere.test.localhost:8400"),
    )


def test_the_allowed_origin_is_the_one_that_asked_and_only_where_it_was_allowed() -> None:
    asked = (("origin", "http://unknown.test.localhost:8400"),)
    for said, heard in (
        ("https://unknown.test", "http://unknown.test.localhost:8400"),
        ("https://halalsphere.test", "http://halalsphere.test.localhost:8400"),
        ("https://example.com", "https://example.com"),
        ("*", "*"),
    ):
        assert local_headers((("Access-Control-Allow-Origin", said),), NAMES, asked) == (
            ("Access-Control-Allow-Origin", heard),
        )


def test_the_policy_of_the_site_lets_in_the_same_and_no_more() -> None:
    policy = (
        f"default-src 'self'; connect-src 'self' https://{API} https://{BUCKET} wss://{API}; frame-ancestors 'none'; "
        f"font-src {API} *.halalsphere.test https://*.example.com; img-src https: https://s3.us-east-1.amazonaws.com "
        f"https://{BUCKET}/public/; upgrade-insecure-requests; block-all-mixed-content"
    )
    assert local_policy(policy, NAMES) == (
        f"default-src 'self'; connect-src 'self' http://{API}.localhost:8400 http://127.0.0.1:8500/halalsphere-uploads "
        f"http://127.0.0.1:8500/halalsphere-uploads/ ws://{API}.localhost:8400; frame-ancestors 'none'; "
        f"font-src {API}.localhost:8400 *.halalsphere.test.localhost:8400 https://*.example.com; "
        "img-src https: http://*.localhost:8400 http://127.0.0.1:8500 http://127.0.0.1:8500 "
        "http://127.0.0.1:8500/halalsphere-uploads/public/"
    )


def test_cookies_work_without_tls() -> None:
    def cookie(value: str) -> str:
        ((_, translated),) = local_headers((("set-cookie", value),), NAMES, ())
        return translated

    assert (
        cookie("a=b; Domain=.halalsphere.test; Path=/; Secure; HttpOnly; SameSite=None")
        == "a=b; Domain=halalsphere.test.localhost; Path=/; HttpOnly; SameSite=Lax"
    )
    assert cookie("__Host-a=b; Path=/; Secure; SameSite=Strict") == "__Host-a=b; Path=/; Secure; SameSite=Strict"


def test_redirects_are_followed_here_and_tls_is_not_insisted_on() -> None:
    headers = (
        ("Location", f"https://{SITE}/login?next=%2F"),
        ("Strict-Transport-Security", "max-age=1"),
        ("X-Frame-Options", "DENY"),
    )
    assert local_headers(headers, NAMES, ()) == (
        ("Location", f"http://{SITE}.localhost:8400/login?next=%2F"),
        ("X-Frame-Options", "DENY"),
    )


@given(hosts, paths, st.sampled_from(Scheme))
def test_with_tls_a_url_survives_the_way_there_and_back_by_either_scheme(host: str, path: str, scheme: Scheme) -> None:
    names = Names(8400, 8500, frozenset({host}), tls_port=8443).seen_by(scheme)
    local = names.local_url(f"https://{host}{path}?a=b%20c#d")
    port = {Scheme.HTTP: 8400, Scheme.HTTPS: 8443}[scheme]
    assert local == f"{scheme}://{host}.localhost:{port}{path}?a=b%20c#d"
    for either in Scheme:
        assert names.seen_by(either).aws_url(local) == f"https://{host}{path}?a=b%20c#d"
    assert names.aws_host(names.local_host(host)) == host


def test_a_scheme_on_the_port_of_the_other_is_another_origin() -> None:
    for url in (
        f"http://{SITE}.localhost:8443",
        f"https://{SITE}.localhost:8400",
        f"https://{SITE}.localhost",
        "https://127.0.0.1:8500/a/b",
    ):
        assert SECURE.aws_url(url) == url
        assert WITH_TLS.aws_url(url) == url
    assert NAMES.aws_url(f"https://{SITE}.localhost:8443") == f"https://{SITE}.localhost:8443"


def test_a_bucket_is_at_the_same_address_for_both() -> None:
    assert SECURE.local_url(f"https://{BUCKET}/a") == "http://127.0.0.1:8500/halalsphere-uploads/a"
    assert SECURE.aws_url("http://127.0.0.1:8500/halalsphere-uploads/a") == f"https://{BUCKET}/a"


def test_a_page_is_led_back_by_the_scheme_that_it_came_by() -> None:
    for origin, scheme in (
        (f"https://{SITE}.localhost:8443", Scheme.HTTPS),
        (f"http://{SITE}.localhost:8400", Scheme.HTTP),
        (f"https://{SITE}.localhost:8444", Scheme.HTTP),
        ("https://example.com", Scheme.HTTP),
        ("null", Scheme.HTTP),
        ("http://[", Scheme.HTTP),
        (None, Scheme.HTTP),
    ):
        assert WITH_TLS.seen_from(origin).scheme is scheme, origin


def test_the_policy_of_a_page_with_https_lets_in_https_and_s3() -> None:
    policy = (
        f"default-src 'self'; connect-src https://{API} wss://{API} https://{BUCKET}; font-src {API} *.halalsphere.test; "
        "img-src https: wss:; upgrade-insecure-requests; block-all-mixed-content"
    )
    assert local_policy(policy, SECURE) == (
        f"default-src 'self'; connect-src https://{API}.localhost:8443 wss://{API}.localhost:8443 "
        "http://127.0.0.1:8500/halalsphere-uploads http://127.0.0.1:8500/halalsphere-uploads/; "
        f"font-src {API}.localhost:8443 *.halalsphere.test.localhost:8443; img-src https: http://127.0.0.1:8500 wss:"
    )


def test_the_policy_of_a_page_with_http_lets_in_either_where_there_is_tls() -> None:
    assert local_policy(f"connect-src https://{API} wss://{API}; font-src {API}", WITH_TLS) == (
        f"connect-src http://{API}.localhost:8400 https://{API}.localhost:8443 "
        f"ws://{API}.localhost:8400 wss://{API}.localhost:8443; "
        f"font-src {API}.localhost:8400 {API}.localhost:8443"
    )


def test_cookies_keep_what_needs_tls() -> None:
    value = "a=b; Domain=.halalsphere.test; Path=/; Secure; HttpOnly; SameSite=None"
    assert local_headers((("set-cookie", value), ("Strict-Transport-Security", "max-age=1")), SECURE, ()) == (
        ("set-cookie", "a=b; Domain=halalsphere.test.localhost; Path=/; Secure; HttpOnly; SameSite=None"),
    )
