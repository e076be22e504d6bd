import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.site.security_headers import (
    check_content_security_policy,
    content_security_policy,
    is_source,
    origin_of,
)

HOSTS = st.builds(
    "{}.example.com{}".format, st.text("abc", min_size=1, max_size=8), st.sampled_from(["", ":443", ":8080"])
)
PATHS = st.text("abc/?=&", max_size=8).map(lambda path: f"/{path}")


def _directives(policy):
    return {name: sources for name, *sources in (directive.split(" ") for directive in policy.split("; "))}


@given(HOSTS, PATHS)
def test_the_origin_is_what_comes_before_the_path(host, path):
    assert origin_of(f"https://{host}{path}") == f"https://{host}"
    assert origin_of(f"https://{host}") == f"https://{host}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://a;script-src *",
        "https://u@h",
        "https://*.x",
    ],
)
def test_what_could_break_out_of_the_header_is_refused(url):
    with pytest.raises(ValueError, match=f"^{re.escape(repr(url))} is not a URL such as https://api.example.com$"):
        origin_of(url)


@given(api=st.lists(HOSTS, max_size=2), storage=st.lists(HOSTS, max_size=3))
def test_the_default_policy_lets_in_the_api_and_the_storage_and_nothing_else(api, storage):
    urls = [f"https://{host}/v1" for host in api]
    policy = content_security_policy(api_urls=urls, storage_urls=[f"https://{host}" for host in storage])

    check_content_security_policy(policy)
    directives = _directives(policy)
    origins = [f"https://{host}" for host in api], [f"https://{host}" for host in storage]
    assert directives["default-src"] == ["'self'"]
    assert directives["script-src"] == ["'self'"]
    assert directives["object-src"] == directives["frame-ancestors"] == ["'none'"]
    assert directives["connect-src"] == list(dict.fromkeys(["'self'", *origins[0], *origins[1]]))
    assert directives["img-src"] == list(dict.fromkeys(["'self'", "blob:", "data:", *origins[1]]))
    assert "'unsafe-eval'" not in policy
    assert "*" not in policy


def test_the_default_policy_for_the_usual_site():
    policy = content_security_policy(
        api_urls=["https://api.example.com/"], storage_urls=["https://uploads.s3.us-east-1.amazonaws.com"]
    )

    assert policy == (
        "default-src 'self'; base-uri 'self'; "
        "connect-src 'self' https://api.example.com https://uploads.s3.us-east-1.amazonaws.com; "
        "font-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
        "frame-src 'self' blob: https://uploads.s3.us-east-1.amazonaws.com; "
        "img-src 'self' blob: data: https://uploads.s3.us-east-1.amazonaws.com; "
        "media-src 'self' blob: https://uploads.s3.us-east-1.amazonaws.com; "
        "object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        "upgrade-insecure-requests"
    )


def test_sources_are_added_to_their_directive():
    policy = content_security_policy(
        api_urls=[],
        storage_urls=[],
        sources={"img-src": ["https://images.example.com", "data:"], "frame-ancestors": ["https://portal.example.com"]},
    )
    directives = _directives(policy)
    assert directives["img-src"] == ["'self'", "blob:", "data:", "https://images.example.com"]
    assert directives["frame-ancestors"] == ["https://portal.example.com"]
    assert directives["script-src"] == ["'self'"]


def test_a_policy_that_cloudfront_does_not_take_is_refused():
    """A header's value may have 1783 characters ("Quotas on headers", Amazon CloudFront Developer Guide)."""
    sources = {"img-src": [f"https://images-{number:03}.example.com" for number in range(60)]}
    with pytest.raises(ValueError, match=r"^the Content-Security-Policy has \d+ characters; CloudFront takes 1783"):
        content_security_policy(api_urls=[], storage_urls=[], sources=sources)
    with pytest.raises(ValueError, match="CloudFront takes 1783"):
        check_content_security_policy("default-src 'self'" + " https://example.com" * 100)


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("https://images.example.com", True),
        ("https://*.example.com:8443/path/", True),
        ("wss://live.example.com", True),
        ("'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", True),
        ("'unsafe-eval'", False),
        ("'unsafe-inline'", False),
        ("*", False),
        ("https:", False),
        ("https://a.example.com; script-src *", False),
        ("http://a.example.com", False),
    ],
)
def test_a_source_is_an_address_and_lets_in_no_code_of_others(source, taken):
    assert is_source(source) is taken


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("", "content_security_policy='' has neither default-src nor script-src"),
        ("img-src 'self'", "content_security_policy=\"img-src 'self'\" has neither default-src nor script-src"),
        (
            "default-src 'self';\nimg-src *",
            "content_security_policy=\"default-src 'self';\\nimg-src *\" is not one line of printable characters",
        ),
    ],
)
def test_a_policy_that_is_none_is_refused(policy, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_content_security_policy(policy)
