"""What CloudFront keeps of the site: how long, until which invalidation, and while the emulator is away."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import EndpointConnectionError

from tests.toolchain.datapath.edge.conftest import until
from tests.toolchain.datapath.edge.site.conftest import BUCKET, SCRIPT, Browser, Made, browse


def test_the_cache_and_what_is_sent_of_it(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        first = await browser.get("/assets/a.js")
        assert (first.headers["x-cache"], "age" in first.headers) == ("Miss from cloudfront", False)
        second = await browser.get("/assets/a.js?any")
        assert (second.headers["x-cache"], second.headers["age"], second.content) == (
            "Hit from cloudfront",
            "0",
            SCRIPT,
        )

        zipped = await browser.get("/assets/a.js", accept_encoding="br, gzip")
        assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", SCRIPT)
        assert int(zipped.headers["content-length"]) < len(SCRIPT)
        assert zipped.headers["etag"] == f"W/{first.headers['etag']}"
        assert "content-encoding" not in (await browser.get("/", accept_encoding="gzip")).headers

        for etag in (first.headers["etag"], zipped.headers["etag"]):
            unchanged = await browser.get("/assets/a.js", if_none_match=etag)
            assert (unchanged.status_code, unchanged.content, unchanged.headers["x-frame-options"]) == (
                304,
                b"",
                "DENY",
            )
        part = await browser.get("/assets/a.js", range="bytes=0-2", accept_encoding="gzip")
        assert (part.status_code, part.content, part.headers["content-range"]) == (
            206,
            b"let",
            f"bytes 0-2/{len(SCRIPT)}",
        )

    browse(emulator, tmp_path, test)


def test_a_release_is_seen_after_its_invalidation(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    cloudfront, s3 = aws("cloudfront"), aws("s3")
    s3.put_object(Bucket=BUCKET, Key="assets/v.js", Body=b"one", CacheControl="max-age=600")

    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/v.js")).text == "one"
        await asyncio.to_thread(
            s3.put_object, Bucket=BUCKET, Key="assets/v.js", Body=b"two", CacheControl="max-age=600"
        )
        assert (await browser.get("/assets/v.js")).text == "one"
        batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/assets/v*"]}}
        asked = await asyncio.to_thread(
            cloudfront.create_invalidation, DistributionId=made.distribution, InvalidationBatch=batch
        )
        identifier = asked["Invalidation"]["Id"]
        assert asked["Invalidation"]["Status"] == "InProgress"

        async def is_invalidated() -> bool:
            await browser.cloudfront.converge()
            return (await browser.get("/assets/v.js")).text == "two"

        await until(is_invalidated)
        told = await asyncio.to_thread(cloudfront.get_invalidation, DistributionId=made.distribution, Id=identifier)
        assert told["Invalidation"]["Status"] == "Completed"
        waiter = cloudfront.get_waiter("invalidation_completed")
        await asyncio.to_thread(
            waiter.wait, DistributionId=made.distribution, Id=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 1}
        )

    browse(emulator, tmp_path, test)


def test_a_stale_object_is_confirmed_or_replaced(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    s3 = aws("s3")

    async def put_first_page(body: bytes) -> None:
        await asyncio.to_thread(
            s3.put_object,
            Bucket=BUCKET,
            Key="index.html",
            Body=body,
            ContentType="text/html",
            CacheControl="no-cache",
        )

    async def test(browser: Browser) -> None:
        now = [0.0]
        browser.cloudfront._cache.clock = lambda: now[0]
        assert (await browser.get("/")).headers["x-cache"] == "Miss from cloudfront"
        now[0] = 1.5
        assert (await browser.get("/")).headers["x-cache"] == "RefreshHit from cloudfront"
        now[0] = 3.0
        await put_first_page(b"<html>new</html>")
        assert (await browser.get("/")).text == "<html>new</html>"
        await put_first_page(b"<html>app</html>")

    browse(emulator, tmp_path, test)


def test_while_the_emulator_is_away_what_is_kept_is_served(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/a.js")).status_code == 200
        storage = f"http://127.0.0.1:{browser.edge.names.storage_port}/{BUCKET}/index.html"

        async def away(*_arguments: Any, **_named: Any) -> Any:
            raise EndpointConnectionError(endpoint_url=emulator)

        browser.surroundings.control_plane.call = away
        assert (await browser.get("/assets/a.js")).headers["x-cache"] == "Hit from cloudfront"
        assert (await browser.get("/assets/missing.js")).status_code == 502
        assert (await browser._client.get(storage)).status_code == 503
        assert not [line for line in browser.said if "EndpointConnectionError" in line]

    browse(emulator, tmp_path, test)
