import pytest

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.edge.s3.cors import cross_origin_headers, preflight
from toolchain.datapath.edge.s3.errors import StorageError

EXACT = {
    "AllowedOrigins": ["https://a.test"],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["x-amz-*", "Content-Type"],
    "MaxAgeSeconds": 60,
}
PATTERN = {"AllowedOrigins": ["https://*.b.test"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag", "x-amz-id"]}
EVERYBODY = {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]}
RULES = (EXACT, PATTERN, EVERYBODY)


def ask(origin: str | None, method: str, headers: str = "") -> Request:
    given = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers or None,
    }
    return Request("OPTIONS", "h", "/b", headers=tuple((name, value) for name, value in given.items() if value))


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        (ask("https://a.test", "PUT", "X-Amz-Date, content-type"), "https://a.test"),
        (ask("https://a.test", "PUT", "authorization"), None),
        (ask("https://a.test", "DELETE"), None),
        (ask("http://a.test", "GET"), None),
        (ask("https://x.b.test", "GET"), "https://x.b.test"),
        (ask("https://b.test", "GET"), None),
        (ask("https://any.test", "HEAD"), "*"),
    ],
)
def test_preflight(request_: Request, allowed: str | None) -> None:
    if allowed is None:
        with pytest.raises(StorageError, match="AccessForbidden"):
            preflight(request_, RULES)
        return
    headers = dict(preflight(request_, RULES))
    assert headers["Access-Control-Allow-Origin"] == allowed
    assert ("Access-Control-Allow-Credentials" in headers) == (allowed != "*")


def test_what_is_no_preflight() -> None:
    for request, code in (
        (ask(None, "GET"), "BadRequest"),
        (Request("OPTIONS", "h", "/b", headers=(("origin", "a"),)), "BadRequest"),
    ):
        with pytest.raises(StorageError, match=code):
            preflight(request, RULES)
    with pytest.raises(StorageError, match="CORS is not enabled"):
        preflight(ask("https://a.test", "GET"), ())


def test_actual_requests() -> None:
    def headers(origin: str) -> dict[str, str]:
        return dict(cross_origin_headers(Request("GET", "h", "/b", headers=(("origin", origin),)), RULES))

    assert headers("https://x.b.test")["Access-Control-Expose-Headers"] == "ETag, x-amz-id"
    assert headers("https://other.test") == {}
    assert cross_origin_headers(Request("GET", "h", "/b"), RULES) == ()
