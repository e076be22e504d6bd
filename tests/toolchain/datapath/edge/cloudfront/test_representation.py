import gzip

import pytest

from toolchain.datapath.edge.cloudfront.representation import compressed, for_viewer, is_compressed
from toolchain.datapath.edge.messages import Request, Response

OBJECT = Response(
    200,
    (("Content-Type", "text/plain"), ("ETag", '"a"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")),
    b"0123456789",
)


def ask(method: str = "GET", **headers: str) -> Request:
    return Request(method, "h", "/", headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()))


@pytest.mark.parametrize(
    ("status", "media_type", "size", "expected"),
    [
        (200, "text/html; charset=utf-8", 1000, True),
        (404, "application/javascript", 10_000_000, True),
        (200, "text/html", 999, False),
        (200, "text/html", 10_000_001, False),
        (200, "image/png", 5000, False),
        (500, "text/html", 5000, False),
    ],
)
def test_what_is_compressed(status: int, media_type: str, size: int, expected: bool) -> None:
    assert is_compressed(Response(status, (("Content-Type", media_type),), bytes(size))) == expected
    assert not is_compressed(Response(status, (("Content-Type", media_type), ("Content-Encoding", "br")), bytes(size)))


def test_a_compressed_object_has_a_weak_etag() -> None:
    made = compressed(OBJECT)
    assert gzip.decompress(made.body) == OBJECT.body
    assert (made.header("etag"), made.header("content-encoding"), made.header("vary")) == (
        'W/"a"',
        "gzip",
        "Accept-Encoding",
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": '"a"'}, 304),
        ({"if_none_match": '"b", W/"a"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"b"', "if_modified_since": "Fri, 02 Jan 2026 00:00:00 GMT"}, 200),
        ({"if_modified_since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 304),
        ({"if_modified_since": "Thu, 01 Jan 2026 00:00:00 -0000"}, 304),
        ({"if_modified_since": "Wed, 31 Dec 2025 00:00:00 GMT"}, 200),
        ({"if_modified_since": "nonsense"}, 200),
    ],
)
def test_conditions(headers: dict[str, str], status: int) -> None:
    answer = for_viewer(OBJECT, ask(**headers))
    assert answer.status == status
    assert bool(answer.body) == (status == 200)
    assert answer.header("etag") == '"a"'


@pytest.mark.parametrize(
    ("range_header", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=5-100", 206, b"56789", "bytes 5-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-", 200, OBJECT.body, None),
        ("bytes=0-1,3-4", 200, OBJECT.body, None),
        ("items=0-1", 200, OBJECT.body, None),
    ],
)
def test_ranges(range_header: str, status: int, body: bytes, content_range: str | None) -> None:
    answer = for_viewer(OBJECT, ask(range=range_header))
    assert (answer.status, answer.body, answer.header("content-range")) == (status, body, content_range)


def test_a_range_of_another_version_gets_everything() -> None:
    assert for_viewer(OBJECT, ask(range="bytes=0-1", if_range='"b"')).status == 200
    assert for_viewer(OBJECT, ask(range="bytes=0-1", if_range='"a"')).status == 206


def test_head_says_the_length_and_sends_nothing() -> None:
    answer = for_viewer(OBJECT, ask("HEAD"))
    assert (answer.body, answer.header("content-length")) == (b"", "10")
