"""A deployment or a rollback is killed at any of its requests: the site works, and the next run completes it."""

import pytest

from tests.ops.site_world import KilledError, SiteWorld, broken_references, release_files, site

__all__ = ["site"]
MOST_REQUESTS = 100


def killed(site: SiteWorld, number: int, *arguments: str) -> bool:
    """Run an operation and kill it at a request; return False if it ended before that request."""
    site.network.reset()
    site.network.kill_at(number)
    try:
        site.run(*arguments)
    except KilledError:
        return True
    finally:
        site.network.reset()
    return False


def is_whole(objects: dict[str, bytes], releases: list[int]) -> bool:
    """Check whether the first page is from one of the releases, and whether all files that pages refer to exist."""
    pages = [release_files(number)["index.html"] for number in releases]
    return broken_references(objects) == [] and objects["index.html"].decode() in pages


@pytest.mark.parametrize("scenario", ["first", "next", "back", "removing"])
def test_killed_at_every_request_the_site_works_and_a_second_run_converges(site: SiteWorld, scenario: str) -> None:
    """Kill the run after each request of AWS has been executed, but before its answer is read."""
    arguments = ("deploy", str(site.folder), "--yes", "--workers", "1")
    seen, wanted = [1, 2], 2
    if scenario != "first":
        site.write(release_files(1))
        site.deploy()
    site.write(release_files(2))
    if scenario == "back":
        site.deploy()
        first = site.run("releases")["releases"][-1]["id"]
        arguments, wanted = ("rollback", "--to", first, "--yes", "--workers", "1"), 1
    if scenario == "removing":
        site.deploy()
        site.write(release_files(3))
        arguments, seen, wanted = (*arguments, "--keep-days", "0"), [2, 3], 3
    before, tried = site.kept(), 0
    for number in range(1, MOST_REQUESTS):
        site.new_bucket_with(before)
        if not killed(site, number, *arguments):
            break
        tried += 1
        if scenario == "first":
            # either there is no site yet, or it works
            assert "index.html" not in site.all_keys() or is_whole(site.objects(), [2])
        else:
            assert is_whole(site.objects(), seen), f"broken at request {number}"
        with site.later(120):
            site.run(*arguments)
        files = release_files(wanted)
        objects = site.objects()
        got = {key: body.decode() for key, body in objects.items() if key in files}
        assert got == files, f"not finished after request {number}"
        assert is_whole(objects, [wanted])
        listed = site.run("releases")["releases"]
        assert [each["status"] for each in listed if each["live"]] == ["live"]
        assert all(each["status"] in {"live", "kept"} for each in listed)
        assert site.run(*arguments)["changed"] is False
    else:
        pytest.fail(f"more than {MOST_REQUESTS} requests")
    assert tried >= 9, "the run was hardly killed anywhere"
