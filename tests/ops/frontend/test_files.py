"""A file's headers follow from its name, in the same way on every machine."""

import pytest

from ops.frontend import files
from ops.frontend.files import AN_HOUR, IMMUTABLE, NO_CACHE


@pytest.mark.parametrize(
    "key",
    [
        "assets/index-DiwrgTda.js",  # Vite
        "assets/index-B_3k-x9Q.css",
        "assets/logo-Ck2aJ8d0.svg",
        "main.3f2a1b9c.js",  # Parcel, Create React App
        "static/js/787.d41d8cd98f00b204e980.chunk-3f2a1b9c.js",
        "styles.0f1e2d3c4b5a69788796a5b4c3d2e1f0.css",  # webpack
        "chunk-XCJ4R2QN.js",  # esbuild
        "main-RZ5XAFK2.js",  # Angular
        "assets/index-DiwrgTda.js.map",
    ],
)
def test_names_of_bundlers_have_a_hash(key: str) -> None:
    assert files.has_hash(key)


@pytest.mark.parametrize(
    "key",
    [
        "index.html",
        "favicon.ico",
        "assets/logo-landscape.svg",
        "assets/Footnotes.js",
        "img-20240101.png",
        "robots.txt",
        "sw.js",
        "service-worker.js",
        "apple-touch-icon-precomposed.png",
        "fonts/inter-semibold.woff2",
        "locales/de.json",
        "manifest.webmanifest",
        "12345678.js",
    ],
)
def test_names_that_people_give_have_none(key: str) -> None:
    assert not files.has_hash(key)


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ("index.html", NO_CACHE),
        ("page-DiwrgTda.html", NO_CACHE),
        ("sw.js", NO_CACHE),
        ("config.json", NO_CACHE),
        ("app.css", NO_CACHE),
        ("manifest.webmanifest", NO_CACHE),
        ("assets/app-DiwrgTda.js", IMMUTABLE),
        ("logo.svg", AN_HOUR),
        ("fonts/inter.woff2", AN_HOUR),
    ],
)
def test_what_must_not_be_mixed_is_asked_for_each_time(key: str, header: str) -> None:
    assert files.cache_control(key, files.media_type(key)) == header


def test_patterns_of_the_user_have_the_last_word() -> None:
    assert files.cache_control("static/v7/app.js", "text/javascript", fixed=["static/*"]) == IMMUTABLE
    assert files.cache_control("a-1a2b3c4d.js", "text/javascript", changing=["a-*"]) == NO_CACHE
    assert files.cache_control("index.html", "text/html", fixed=["*"]) == NO_CACHE


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        ("a.js", "text/javascript"),
        ("a.MJS", "text/javascript"),
        ("a.css", "text/css"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.avif", "image/avif"),
        ("a.pdf", "application/pdf"),
        ("a.nobody-knows", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
        (".well-known/apple-app-site-association", "application/json"),
        (".well-known/acme-challenge/token", "text/plain"),
    ],
)
def test_types(key: str, content_type: str) -> None:
    assert files.media_type(key) == content_type


def test_only_text_that_cloudfront_leaves_alone_is_compressed() -> None:
    limit = files.COMPRESSED_UP_TO_BYTES
    assert files.encoding("text/javascript", limit) == ""
    assert files.encoding("text/javascript", limit + 1) == "gzip"
    assert files.encoding("application/geo+json", limit + 1) == "gzip"
    assert files.encoding("video/webm", limit + 1) == ""
