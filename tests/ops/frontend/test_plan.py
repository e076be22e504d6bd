"""The plan of a deployment: what is uploaded, switched, removed and invalidated. All functions are pure."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.frontend.files import IMMUTABLE, NO_CACHE, Entry
from ops.frontend.plan import (
    MOST_PATHS,
    content_key,
    invalidation_paths,
    plan_removal,
    plan_switch,
    plan_uploads,
    stored_key,
    without_reused_names,
)


def entry(key: str, content: str = "1", cache_control: str = NO_CACHE, content_type: str = "text/css") -> Entry:
    return Entry(key=key, sha256=content * 64, size_bytes=3, content_type=content_type, cache_control=cache_control)


def manifest(*entries: Entry) -> dict[str, Entry]:
    return {each.key: each for each in entries}


def present(*manifests: dict[str, Entry]) -> dict[str, int]:
    return {
        key: each.size_bytes for files in manifests for each in files.values() for key in (each.key, stored_key(each))
    }


ASSET = entry("assets/a.js", cache_control=IMMUTABLE)
PAGE = entry("index.html", "2", content_type="text/html; charset=utf-8")
ABOUT = entry("about.html", "3", content_type="text/html; charset=utf-8")
STYLE = entry("style.css", "4")


def test_assets_go_to_their_keys_and_the_rest_to_the_keys_of_their_contents() -> None:
    files = manifest(ASSET, PAGE, STYLE)
    assert {upload.key for upload in plan_uploads(files, [], {})} == {
        "assets/a.js",
        content_key(PAGE),
        content_key(STYLE),
    }
    assert plan_uploads(files, [files], present(files)) == []


def test_an_asset_is_trusted_when_every_manifest_says_the_same_of_it() -> None:
    files = manifest(ASSET)
    there = {ASSET.key: 3}
    assert [upload.key for upload in plan_uploads(files, [], there)] == [ASSET.key]  # not from a release of ours
    other = manifest(replace(ASSET, sha256="f" * 64))
    assert [upload.key for upload in plan_uploads(files, [files, other], there)] == [ASSET.key]
    assert [upload.key for upload in plan_uploads(files, [files], {ASSET.key: 2})] == [ASSET.key]
    headers = manifest(replace(ASSET, content_type="text/plain"))
    assert [upload.key for upload in plan_uploads(files, [headers], there)] == [ASSET.key]


def test_the_same_content_is_sent_once_and_the_largest_first() -> None:
    large = replace(entry("large.bin", "9"), size_bytes=99)
    uploads = plan_uploads(manifest(PAGE, replace(PAGE, key="copy.html"), large), [], {})
    assert [upload.key for upload in uploads] == [content_key(large), content_key(PAGE)]


def test_reused_names_lose_their_immutability() -> None:
    changed = replace(ASSET, sha256="f" * 64)
    files, reused = without_reused_names(manifest(changed, PAGE), [manifest(ASSET)], NO_CACHE)
    assert reused == [ASSET.key]
    assert files[ASSET.key] == replace(changed, cache_control=NO_CACHE)
    # the file that replaced it counts too
    assert without_reused_names(manifest(ASSET), [files], NO_CACHE)[1] == [ASSET.key]
    assert without_reused_names(manifest(ASSET), [manifest(ASSET)], NO_CACHE) == (manifest(ASSET), [])


def test_pages_are_switched_last_and_the_first_page_at_the_end() -> None:
    files = manifest(PAGE, ABOUT, STYLE, ASSET)
    switch = plan_switch(files, {}, None, {})
    assert switch.copies == ((STYLE,), (ABOUT,), (PAGE,))
    assert (switch.removed_pages, switch.invalidation) == ((), ())


def test_only_what_differs_is_switched() -> None:
    live = manifest(PAGE, ABOUT, STYLE)
    target = manifest(PAGE, replace(STYLE, sha256="5" * 64))
    switch = plan_switch(target, live, None, present(live))
    assert switch.copies == ((target["style.css"],),)
    assert switch.removed_pages == ("about.html",)
    assert switch.invalidation == ("/about.html", "/style.css")


def test_after_a_run_that_was_killed_everything_that_it_may_have_switched_is_switched() -> None:
    live, begun = manifest(PAGE, STYLE), manifest(replace(PAGE, sha256="5" * 64), STYLE, ABOUT)
    switch = plan_switch(live, live, begun, present(live, begun))
    assert switch.copies == ((PAGE,),)
    assert switch.removed_pages == ("about.html",)
    assert switch.invalidation == ("/", "/about.html", "/index.html")


def test_what_is_missing_in_the_bucket_is_switched_again() -> None:
    live = manifest(PAGE, STYLE)
    switch = plan_switch(live, live, None, {content_key(PAGE): 3, content_key(STYLE): 3, STYLE.key: 4})
    assert switch.copies == ((STYLE,), (PAGE,))
    assert plan_switch(live, live, None, present(live)).copies == ()
    assert plan_switch(live, live, None, present(live), again=True).copies == ((STYLE,), (PAGE,))


def test_what_a_kept_release_needs_is_not_removed() -> None:
    old = manifest(ASSET, replace(PAGE, sha256="5" * 64), entry("old.js", cache_control=IMMUTABLE))
    new = manifest(ASSET, PAGE)
    there = [*present(old, new), "by-hand.txt", ".releases/files/nobody-knows"]
    assert plan_removal([new], [old], there) == [
        f".releases/files/{'5' * 64}",
        ".releases/files/nobody-knows",
        "old.js",
    ]
    assert plan_removal([new, old], [], [*present(old, new), "by-hand.txt"]) == []


def test_single_paths_while_there_are_few() -> None:
    assert invalidation_paths([], ["a"]) == ()
    assert invalidation_paths(["index.html"], ["assets/a.js"]) == ("/", "/index.html")
    assert invalidation_paths(["docs/a.html", "docs/b.html"], ["docs/c.html"]) == ("/docs/a.html", "/docs/b.html")


def test_a_folder_that_changed_as_a_whole_is_one_path() -> None:
    changed = ["docs/a.html", "docs/deep/b.html", "docs/deep/c.html"]
    assert invalidation_paths(changed, ["index.html"]) == ("/docs/*",)
    assert invalidation_paths(changed, ["docs/same.css"]) == ("/docs/a.html", "/docs/deep/*")
    assert invalidation_paths(["docs/a.html"], []) == ("/docs/a.html",)


def test_too_many_paths_become_one() -> None:
    keys = [f"page-{number}.html" for number in range(MOST_PATHS + 1)]
    assert invalidation_paths(keys[:-1], []) == tuple(sorted(f"/{key}" for key in keys[:-1]))
    assert invalidation_paths(keys, []) == ("/*",)


def test_paths_are_encoded_as_cloudfront_wants_them() -> None:
    assert invalidation_paths(["caf\u00e9 [1].html", "100%~a.html"], ["x"]) == (
        "/100%25~a.html",
        "/caf%C3%A9%20%5B1%5D.html",
    )


KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(st.sets(KEYS, max_size=12), st.sets(KEYS, max_size=12))
def test_every_change_is_invalidated_and_nothing_else(changed: set[str], untouched: set[str]) -> None:
    untouched = untouched - changed
    paths = invalidation_paths(changed, untouched)

    def is_forgotten(key: str) -> bool:
        return any(f"/{key}" == path or (path.endswith("*") and f"/{key}".startswith(path[:-1])) for path in paths)

    assert all(is_forgotten(key) for key in changed)
    assert len(paths) <= len(changed)
    if paths != ("/*",):
        assert not any(is_forgotten(key) for key in untouched)


def test_a_manifest_is_any_mapping() -> None:
    empty: Any = {}
    assert plan_uploads(empty, [], {}) == []
