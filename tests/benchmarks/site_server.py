"""Stands in for Amazon S3, CloudFront and STS: a fast server that answers with a fixed latency, like AWS's.

It is for `tests.benchmarks.site_deploy` only. moto takes 4 ms of CPU time for each PUT, so that every client would wait
for the server. It knows only the requests of `ops frontend deploy`, `aws s3 sync` and `aws cloudfront
create-invalidation`.

    python -m tests.benchmarks.site_server --port 5055 --latency-ms 100 --way-ms 20
"""

import argparse
import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import uvicorn

Message = dict[str, object]
PAGE = 1000
DONE = (
    "<Invalidation><Id>I1</Id><Status>Completed</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime>"
    "<InvalidationBatch><Paths><Quantity>0</Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch>"
    "</Invalidation>"
)
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/bench</Arn>"
    "<UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@dataclass
class Stored:
    body: bytes
    size: int
    headers: dict[str, str]
    etag: str
    written: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))


@dataclass
class Answer:
    status: int = 200
    text: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>")


class Server:
    """The ASGI application for all three services."""

    def __init__(self, latency_seconds: float, way_seconds: float) -> None:
        self.latency_seconds, self.way_seconds = latency_seconds, way_seconds
        self.buckets: dict[str, dict[str, Stored]] = {}
        self.counts: dict[str, int] = {}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if "expect" in headers:  # the client waits for "100 Continue" before it sends the body
            await asyncio.sleep(self.way_seconds)
        parts: list[bytes] = []
        while True:
            message = await receive()
            parts.append(bytes(message.get("body", b"")))
            if not message.get("more_body"):
                break
        path, query = str(scope["path"]), parse_qs(bytes(scope["query_string"]).decode(), keep_blank_values=True)
        if path == "/counts":
            answer = Answer(text="\n".join(f"{name} {count}" for name, count in sorted(self.counts.items())))
            self.counts = {}
        else:
            await asyncio.sleep(self.latency_seconds)
            method = str(scope["method"])
            name = "COPY" if "x-amz-copy-source" in headers else method
            self.counts[name] = self.counts.get(name, 0) + 1
            answer = self.answer(method, path, query, headers, b"".join(parts))
        body = answer.text.encode() if isinstance(answer.text, str) else answer.text
        sent = {"content-length": str(len(body)), **answer.headers}
        raw = [(key.encode(), value.encode()) for key, value in sent.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> Answer:
        if "/invalidation" in path:
            return Answer(201 if method == "POST" else 200, DONE)
        if path == "/":
            return Answer(text=IDENTITY)
        bucket, _, key = path.lstrip("/").partition("/")
        objects = self.buckets.setdefault(bucket, {})
        if key:
            return self._object(method, objects, key, headers, body)
        if method == "POST" and "delete" in query:
            for each in ET.fromstring(body).iter():
                if each.tag.endswith("Key"):
                    objects.pop(str(each.text), None)
            return Answer(text="<DeleteResult/>")
        return _listed(objects, query) if method == "GET" else Answer()

    def _object(
        self, method: str, objects: dict[str, Stored], key: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        found = objects.get(key)
        wanted = headers.get("if-match")
        if wanted is not None and (found is None or found.etag != wanted):
            return refusal(412, "PreconditionFailed")
        if method == "PUT":
            if "if-none-match" in headers and found is not None:
                return refusal(412, "PreconditionFailed")
            return self._put(objects, key, headers, body)
        if method == "DELETE":
            objects.pop(key, None)
            return Answer(204)
        if found is None:
            return refusal(404, "NoSuchKey")
        written = format_datetime(found.written, usegmt=True)
        return Answer(200, found.body, {**found.headers, "etag": found.etag, "last-modified": written})

    def _put(self, objects: dict[str, Stored], key: str, headers: dict[str, str], body: bytes) -> Answer:
        kept = {name: headers[name] for name in ("content-type", "cache-control") if name in headers}
        source = headers.get("x-amz-copy-source")
        if source is not None:
            bucket, _, name = unquote(source).lstrip("/").partition("/")
            original = self.buckets[bucket][name]
            objects[key] = Stored(original.body, original.size, kept, original.etag)
            return Answer(text=f"<CopyObjectResult><ETag>{escape(original.etag)}</ETag></CopyObjectResult>")
        size = int(headers.get("x-amz-decoded-content-length", len(body)))
        objects[key] = Stored(body, size, kept, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')
        return Answer(headers={"etag": objects[key].etag})


def _listed(objects: dict[str, Stored], query: dict[str, list[str]]) -> Answer:
    after = query.get("continuation-token", [""])[0]
    keys = sorted(key for key in objects if key > after)
    page = keys[:PAGE]
    contents = "".join(
        f"<Contents><Key>{quote(key)}</Key><LastModified>{objects[key].written:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f"<ETag>{escape(objects[key].etag)}</ETag><Size>{objects[key].size}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for key in page
    )
    more = len(keys) > PAGE
    token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
    return Answer(
        text=f"<ListBucketResult><EncodingType>url</EncodingType><KeyCount>{len(page)}</KeyCount>"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=100, help="of an answer")
    parser.add_argument("--way-ms", type=float, default=20, help="there and back")
    options = parser.parse_args()
    server = Server(options.latency_ms / 1000, options.way_ms / 1000)
    uvicorn.run(server, host="127.0.0.1", port=options.port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
