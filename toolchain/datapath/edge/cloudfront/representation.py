"""Makes the response for a viewer from a whole object: compressed, a range, or 304."""

import gzip
import re
from http import HTTPStatus

from toolchain.datapath.edge.fields import moment
from toolchain.datapath.edge.messages import Request, Response

COMPRESSED_FROM_BYTES = 1_000
COMPRESSED_TO_BYTES = 10_000_000
"""Amazon CloudFront Developer Guide, "Serve compressed files"."""
_COMPRESSED_STATUSES = frozenset({200, 403, 404})
_TEXT_TYPES = "css csv html javascript js plain richtext tab-separated-values xml x-component x-java-source x-script"
_FONT_TYPES = "eot opentype otf ttf"
_APPLICATION_TYPES = (
    "dash+xml eot font font-sfnt javascript json opentype otf pdf pkcs7-mime protobuf rss+xml truetype ttf "
    "vnd.apple.mpegurl vnd.mapbox-vector-tile vnd.ms-fontobject wasm xhtml+xml xml x-font-opentype x-font-truetype "
    "x-font-ttf x-httpd-cgi x-javascript x-mpegurl x-opentype x-otf x-perl x-ttf"
)
COMPRESSED_TYPES = frozenset(
    [
        *(f"application/{name}" for name in _APPLICATION_TYPES.split()),
        *(f"font/{name}" for name in _FONT_TYPES.split()),
        *(f"text/{name}" for name in _TEXT_TYPES.split()),
        "image/svg+xml",
        "text/vnd.apple.mpegurl",
    ]
)
"""Amazon CloudFront Developer Guide, "File types that CloudFront compresses"."""
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
_NOT_WITH_304 = ("content-length", "content-encoding", "content-range")


def is_compressed(response: Response) -> bool:
    """Check whether CloudFront compresses a response for a viewer that accepts gzip; Brotli is not supported here."""
    media_type = (response.header("content-type") or "").partition(";")[0].strip().lower()
    return (
        response.status in _COMPRESSED_STATUSES
        and response.header("content-encoding") is None
        and media_type in COMPRESSED_TYPES
        and COMPRESSED_FROM_BYTES <= len(response.body) <= COMPRESSED_TO_BYTES
    )


def compressed(response: Response) -> Response:
    """Return a response with its body in gzip; its ETag becomes weak."""
    etag = response.header("etag")
    weak = () if etag is None else (("ETag", etag if etag.startswith("W/") else f"W/{etag}"),)
    changed = response.with_headers(
        ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"), *weak,
        without=("content-length", "etag", "vary"),
    )  # fmt: skip
    return Response(changed.status, changed.headers, gzip.compress(response.body, 6, mtime=0), changed.details)


def for_viewer(response: Response, request: Request) -> Response:
    """Make the response for a viewer's request: the whole object, 304, a range, or only the headers.

    Args:
        response: Response with the whole object.
        request: The viewer's request.
    """
    if response.status == HTTPStatus.OK and request.method in {"GET", "HEAD"}:
        if _has_not_changed(response, request):
            return Response(304, response.with_headers(without=_NOT_WITH_304).headers, b"", response.details)
        response = _part(response, request)
    if request.method != "HEAD":
        return response
    length = response.header("content-length") or str(len(response.body))
    headers = response.with_headers(("Content-Length", length), without=("content-length",)).headers
    return Response(response.status, headers, b"", response.details)


def _has_not_changed(response: Response, request: Request) -> bool:
    wanted = request.header("if-none-match")
    etag = response.header("etag")
    if wanted is not None:
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return "*" in tags or (etag is not None and etag.removeprefix("W/") in tags)
    since, modified = moment(request.header("if-modified-since")), moment(response.header("last-modified"))
    return since is not None and modified is not None and modified <= since


def _part(response: Response, request: Request) -> Response:
    found = _RANGE.fullmatch((request.header("range") or "").strip())
    if found is None or (not found["first"] and not found["last"]) or not _range_is_of(response, request):
        return response
    size = len(response.body)
    first = int(found["first"]) if found["first"] else max(0, size - int(found["last"]))
    last = min(int(found["last"]), size - 1) if found["first"] and found["last"] else size - 1
    if first > last or first >= size:
        headers = (("Content-Range", f"bytes */{size}"),)
        return Response(416, headers, b"", response.details)
    ranged = response.with_headers(("Content-Range", f"bytes {first}-{last}/{size}"), without=("content-length",))
    return Response(206, ranged.headers, response.body[first : last + 1], response.details)


def _range_is_of(response: Response, request: Request) -> bool:
    condition = request.header("if-range")
    return condition is None or condition in {response.header("etag"), response.header("last-modified")}
