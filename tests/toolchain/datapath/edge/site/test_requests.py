"""Requests to the site through the real listener: pages, headers, the API, names, functions and limits."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spot_planning.site.spa_frontend import viewer_request_function
from tests.toolchain.datapath.edge.conftest import until
from tests.toolchain.datapath.edge.site.conftest import API, API_TARGET, SITE, WWW, Browser, Made, browse, record


def test_pages_deep_links_and_missing_files(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        for path in ("/", "/index.html", "/companies/7?tab=2"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.text, answer.headers["content-type"]) == (
                200,
                "<html>app</html>",
                "text/html",
            )
            assert answer.headers["cache-control"] == "no-cache"
        for path in ("/assets/missing.js", "/missing.pdf"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.text, answer.headers["x-cache"]) == (
                404,
                "<html>none</html>",
                "Error from cloudfront",
            )
        head = await browser.send("HEAD", SITE)
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "16")
        refused = await browser.send("POST", SITE, content=b"x")
        assert refused.status_code == 403
        assert "not configured to allow the HTTP request method" in refused.text

    browse(emulator, tmp_path, test)


def test_headers_speak_of_names_that_the_browser_reaches(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        answer = await browser.get("/")
        storage = f"http://127.0.0.1:{browser.edge.names.storage_port}/uploads"
        assert (
            answer.headers["content-security-policy"]
            == f"default-src 'self'; connect-src 'self' http://{API}.localhost:{browser.port} {storage} {storage}/"
        )
        assert "strict-transport-security" not in answer.headers
        assert (answer.headers["x-frame-options"], answer.headers["permissions-policy"]) == ("DENY", "camera=()")
        assert not [name for name in answer.headers if name.startswith("x-amz-") and not name.startswith("x-amz-cf-")]
        assert answer.headers["via"].endswith("(CloudFront)")
        # The bucket has no CORS configuration.
        for asking in (answer, await browser.get("/assets/a.js", origin=f"http://{WWW}.localhost:{browser.port}")):
            assert not [name for name in asking.headers if name.startswith("access-control-")]

        redirect = await browser.get("/a/b?c=d", name=WWW)
        assert (redirect.status_code, redirect.headers["location"]) == (
            301,
            f"http://{SITE}.localhost:{browser.port}/a/b?c=d",
        )

    browse(emulator, tmp_path, test)


def test_the_api_by_its_name_and_under_the_sites_path(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        page = f"http://{SITE}.localhost:{browser.port}"
        answer = await browser.send(
            "POST", API, "/v1/a%2Fb?c=%20", content=b"body", headers={"Origin": page, "Referer": f"{page}/x"}
        )
        assert (answer.status_code, answer.content) == (201, b"body")
        assert (answer.headers["access-control-allow-origin"], answer.headers["location"]) == (page, f"{page}/after")
        assert answer.headers["set-cookie"] == f"s=1; Domain={SITE}.localhost"
        (seen,) = browser.api.asked
        assert (seen.host, seen.path, seen.query, seen.scheme) == (API, "/v1/a%2Fb", "c=%20", "https")
        assert (seen.header("host"), seen.header("origin"), seen.header("referer")) == (
            API,
            f"https://{SITE}",
            f"https://{SITE}/x",
        )

        answer = await browser.send(
            "PUT", SITE, "/api/x?d=e", content=b"more", headers={"Authorization": "Bearer t", "Cookie": "a=b"}
        )
        assert (answer.status_code, answer.content, answer.headers["x-cache"]) == (201, b"more", "Miss from cloudfront")
        assert answer.headers["x-frame-options"] == "DENY"
        seen = browser.api.asked[-1]
        assert (seen.host, seen.path, seen.query, seen.body) == (API_TARGET, "/api/x", "d=e", b"more")
        assert (
            seen.header("authorization"),
            seen.header("cookie"),
            seen.header("x-origin-secret"),
            seen.header("x-forwarded-for"),
        ) == ("Bearer t", "a=b", "s", "127.0.0.1")

    browse(emulator, tmp_path, test)


def test_names_that_lead_nowhere(emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        for name in ("nothing.test", f"wrong.{SITE}", "<b>.test"):
            answer = await browser.get("/", name=name)
            assert answer.status_code == 404
            assert f'<a href="http://{SITE}.localhost:{browser.port}/">{SITE}</a>' in answer.text
            assert "<b>" not in answer.text
        listed = await browser._client.get(f"http://127.0.0.1:{browser.port}/")
        assert listed.status_code == 200
        assert API in listed.text
        # The DNS record leads to the distribution, but the name is not among its aliases.
        assert (await browser.get("/", name=f"other.{SITE}")).status_code == 403
        assert (await browser.get("/", name=made.domain_name)).status_code == 200

        record(aws, made, f"wrong.{SITE}", made.domain_name)

        async def seen() -> bool:
            await browser.edge.converge()
            return (await browser.get("/", name=f"wrong.{SITE}")).status_code == 403

        await until(seen)

    browse(emulator, tmp_path, test)


def test_a_function_that_fails_and_one_that_is_published_again(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    cloudfront = aws("cloudfront")
    good = viewer_request_function([SITE, WWW])

    def change(code: str, *, publish: bool) -> None:
        etag = cloudfront.describe_function(Name="route")["ETag"]
        cloudfront.update_function(
            Name="route",
            IfMatch=etag,
            FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=code.encode(),
        )
        if publish:
            cloudfront.publish_function(Name="route", IfMatch=etag)

    async def test(browser: Browser) -> None:
        async def read() -> None:
            browser.cloudfront._read_at = float("-inf")
            await browser.cloudfront.converge()

        await asyncio.to_thread(change, "function handler(event) { return nothing; }", publish=False)
        await read()
        assert (await browser.get("/a")).status_code == 200
        await asyncio.to_thread(change, "function handler(event) { return nothing; }", publish=True)
        await read()
        failed = await browser.get("/a")
        assert (failed.status_code, failed.headers["x-cache"]) == (503, "FunctionExecutionError from cloudfront")
        assert (await browser.get("/assets/a.js")).status_code == 200
        await asyncio.to_thread(change, good, publish=True)
        await read()
        assert (await browser.get("/a")).status_code == 200

    browse(emulator, tmp_path, test)


def test_limits(emulator: str, made: Made, tmp_path: Path) -> None:
    async def test(browser: Browser) -> None:
        assert (await browser.get(f"/{'a' * 9000}")).status_code == 413
        assert (await browser.get("/", x_large="a" * 21_000)).status_code == 413
        assert (await browser.get("/", x_large="a" * 70_000)).status_code == 400
        answer = await browser.send("POST", API, "/", content=bytes(21 * 1024 * 1024))
        assert answer.status_code == 413
        assert not browser.api.asked

    browse(emulator, tmp_path, test)
