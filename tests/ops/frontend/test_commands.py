"""`python -m ops frontend deploy`: what visitors get, and which AWS requests it sends."""

import hashlib
import json
import os
import sys

import pytest

from ops.cli import main
from ops.frontend import bucket, files
from ops.frontend import commands as frontend
from ops.frontend.plan import LOCK_KEY, STATE_KEY
from tests.ops.frontend.deployed import asset, deployed
from tests.ops.site_world import SiteWorld, refusal, release_files, site

__all__ = ["site"]

CHANGES = {"PutObject", "CopyObject", "DeleteObject", "DeleteObjects", "CreateInvalidation"}


def test_every_file_arrives_as_visitors_need_it(site: SiteWorld) -> None:
    site.write({**release_files(1), "sw.js": "self", "assets/photo-1a2b3c4d.webp": b"\xff", "latin.txt": b"caf\xe9"})
    result = site.deploy()
    assert (result["changed"], result["files"], result["uploads"]) == (True, 9, 8)  # the two pages are one content
    assert site.objects() == site.local_files()
    served = {key: (site.head(key)["ContentType"], site.head(key)["CacheControl"]) for key in site.objects()}
    assert served == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "about/team-1.html": ("text/html; charset=utf-8", "no-cache"),
        asset(1): ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        "assets/app-00000001b1.css": ("text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        "assets/photo-1a2b3c4d.webp": ("image/webp", "public, max-age=31536000, immutable"),
        "logo.svg": ("image/svg+xml", "public, max-age=3600"),
        "robots.txt": ("text/plain; charset=utf-8", "no-cache"),
        "sw.js": ("text/javascript; charset=utf-8", "no-cache"),
        "latin.txt": ("text/plain", "no-cache"),
    }
    assert result["warnings"] == ["'latin.txt' is not UTF-8, so its charset is left to the browser"]
    # The bucket was empty, so no cache can have old content
    assert (result["invalidation"], site.invalidated()) == ([], [])
    assert LOCK_KEY not in site.all_keys()


def test_what_is_unchanged_is_found_without_a_single_write(site: SiteWorld) -> None:
    (identifier,) = deployed(site, 1)
    result = site.deploy()
    assert (result["changed"], result["release"]) == (False, identifier)
    assert site.network.places == [("GetObject", STATE_KEY)]


def test_what_an_older_version_of_this_program_deployed_is_compared_with_its_list_of_files(site: SiteWorld) -> None:
    (identifier,) = deployed(site, 1)
    state = json.loads(site.body(STATE_KEY))
    assert state.pop("digests").keys() == {identifier}
    assert "digest" not in state["releases"][0], "an older version would refuse it"
    site.s3.put_object(Bucket=site.bucket, Key=STATE_KEY, Body=json.dumps(state).encode())
    assert site.deploy()["changed"] is False
    assert [key for _, key in site.network.places] == [STATE_KEY, f".releases/manifests/{identifier}.json"]
    site.write({**release_files(1), "robots.txt": "User-agent: all\n"})
    assert site.deploy()["changed"] is True


@pytest.mark.parametrize("name", ["robots.txt", "later.txt"])
def test_one_byte_more_or_one_file_less_is_another_release(site: SiteWorld, name: str) -> None:
    site.write({**release_files(1), "later.txt": "1"})
    first = site.deploy()["release"]
    path = site.folder / name
    before = path.stat()
    path.write_text("2" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = site.deploy()
    assert (second["changed"], second["former"]) == (True, first)
    path.unlink()
    assert site.deploy()["former"] == second["release"]


def test_credentials_of_another_account_are_told_before_what_its_bucket_says(site: SiteWorld) -> None:
    deployed(site, 1)
    site.write(release_files(2))
    site.identity.account_id = "111122223333"
    asked = site.network.answer("GetObject", lambda: refusal(403, "AccessDenied", "Access Denied"))
    site.deploy(status=2)
    assert "the credentials are of account 111122223333, and the stack is in 123456789012" in site.said.err
    assert set(site.network.operations) <= {"GetObject"}
    assert len(asked) <= 1


def test_only_what_changed_is_sent_and_pages_come_last(site: SiteWorld) -> None:
    deployed(site, 1)
    site.write({**release_files(2), "logo.svg": release_files(1)["logo.svg"]})
    result = site.deploy("--workers", "4")
    assert (result["uploads"], result["files"]) == (3, 6)  # two assets, and one content for both pages
    assert result["switched"] == ["about/team-0.html", "index.html"]
    places = [f"{operation} {key.removeprefix(f'{site.bucket}/')}" for operation, key in site.network.places]
    order = [place for place in places if place.split()[0] in CHANGES]
    sent = [place for place in order if place.startswith(("PutObject assets/", "PutObject .releases/files/"))]
    states = [index for index, place in enumerate(order) if place == f"PutObject {STATE_KEY}"]
    shown = [index for index, place in enumerate(order) if place.startswith("CopyObject")]
    assert order[0] == f"PutObject {LOCK_KEY}"
    assert max(order.index(place) for place in sent) < states[0] < min(shown)
    assert order[max(shown)] == "CopyObject index.html"
    assert (
        max(shown) < order.index(next(place for place in order if place.startswith("CreateInvalidation"))) < states[1]
    )
    assert order[-1] == f"DeleteObject {LOCK_KEY}"


def test_cloudfront_forgets_what_changed_and_nothing_else(site: SiteWorld) -> None:
    deployed(site, 1, 2)
    # about/ has only the removed page and the new page, and no cache has the new page
    assert site.invalidated() == [["/", "/about/team-1.html", "/index.html", "/logo.svg"]]


def test_a_dry_run_changes_nothing(site: SiteWorld) -> None:
    deployed(site, 1)
    site.write(release_files(2))
    before = site.all_keys()
    result = site.run("deploy", str(site.folder), "--dry-run")
    assert (result["dryRun"], result["uploads"], result["invalidation"][0]) == (True, 4, "/")
    site.run("rollback", "--dry-run", status=2)
    assert set(site.network.operations) <= {"GetObject", "ListObjectsV2"}
    assert site.all_keys() == before


def test_a_site_in_aws_is_changed_by_those_who_agree_only(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(release_files(1))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    site.run("deploy", str(site.folder), status=1)
    assert "there is no terminal to ask at: add --yes" in site.said.err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(frontend.typer, "confirm", lambda *_, **__: False)
    site.run("deploy", str(site.folder), status=1)
    assert site.said.err == "error: not agreed to; nothing has changed\n"
    assert site.all_keys() == []
    monkeypatch.setattr(frontend.typer, "confirm", lambda *_, **__: True)
    assert site.run("deploy", str(site.folder))["changed"] is True


def test_lines_tell_a_pipeline_how_far_it_is(site: SiteWorld, capsys: pytest.CaptureFixture[str]) -> None:
    site.write(release_files(1))
    assert main(["frontend", "deploy", str(site.folder), "--stack", "dev", "--yes"]) == 0
    said = capsys.readouterr()
    assert "sending: 5\nswitching: 4\n" in said.err
    assert "is live at https://app.example.com: 5 of 6 files" in said.out
    assert main(["frontend", "deploy", str(site.folder), "--stack", "dev", "--yes"]) == 0
    assert capsys.readouterr().out.startswith("nothing to do: release ")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main.js": "1"}, "the folder has no index.html"),
        ({**release_files(1), "assets/app.js.map": "{}"}, "'assets/app.js.map' is a source map"),
        ({**release_files(1), ".env": "SECRET=1"}, "'.env' is hidden"),
    ],
)
def test_a_folder_that_is_no_release_is_refused_before_anything_is_asked(
    site: SiteWorld, files: dict[str, str | bytes], message: str
) -> None:
    site.write(files)
    site.deploy(status=2)
    assert site.said.err.startswith(f"error: {message}")
    assert site.said.err.count("\n") == 1
    assert site.network.operations == []


def test_what_was_changed_by_hand_is_mended(site: SiteWorld) -> None:
    deployed(site, 1)
    site.s3.delete_object(Bucket=site.bucket, Key=asset(1))
    site.s3.put_object(Bucket=site.bucket, Key="robots.txt", Body=b"User-agent: nobody")
    assert site.deploy()["changed"] is False  # decided without a request for every object
    assert site.deploy("--again")["uploads"] == 5
    assert site.objects() == site.local_files()
    # the next release repairs objects that are missing or have another size
    site.s3.delete_object(Bucket=site.bucket, Key=asset(1))
    site.s3.put_object(Bucket=site.bucket, Key="robots.txt", Body=b"User-agent: nobody")
    site.write({**release_files(1), "index.html": "<!doctype html>another"})
    site.deploy()
    assert site.objects() == site.local_files()


def test_a_hashed_name_with_another_content_is_no_longer_immutable(site: SiteWorld) -> None:
    (first,) = deployed(site, 1)
    site.write({**release_files(1), asset(1): "console.log('other')"})
    result = site.deploy()
    assert site.head(asset(1))["CacheControl"] == "no-cache"
    assert f"/{asset(1)}" in result["invalidation"]
    (warning,) = result["warnings"]
    assert warning.startswith(f"'{asset(1)}' had another content before: it is served with no-cache from now on")
    assert site.deploy()["changed"] is False
    site.run("rollback", "--to", first, "--yes", status=1)
    assert f"1 of its files are gone or overwritten, such as {asset(1)}; deploy its folder again" in site.said.err
    site.write(release_files(1))
    site.deploy()
    assert site.objects() == site.local_files()


def test_large_text_is_stored_compressed(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "COMPRESSED_UP_TO_BYTES", 1000)
    site.write({**release_files(1), "data.json": "[]" + " " * 5000, "assets/geo-1a2b3c4d.json": "{}" + " " * 5000})
    site.deploy()
    for key in ("data.json", "assets/geo-1a2b3c4d.json"):
        assert site.head(key)["ContentEncoding"] == "gzip"
        assert len(site.body(key)) < 1000
    assert site.deploy()["changed"] is False


def test_a_file_that_changes_while_it_is_sent_is_refused(site: SiteWorld) -> None:
    site.write(release_files(1))

    def change(_count: int, operation: str) -> None:
        if operation == "PutObject":  # the first one is the lock's, after the files were read
            (site.folder / asset(1)).write_text("another build")

    site.network.disturb = change
    site.deploy(status=1)
    assert f"{asset(1)} was changed while it was sent" in site.said.err
    assert "index.html" not in site.all_keys()
    site.network.reset()
    site.deploy()
    assert site.objects() == site.local_files()


def test_amazon_s3_refuses_a_large_file_that_has_changed(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "SMALL_BYTES", 10)
    site.write(release_files(1))
    site.network.answer("PutObject", lambda: refusal(400, "BadDigest", "The SHA256 did not match."), after=2)
    site.deploy(status=1)
    assert "was changed while it was sent: wait for the build to end and run it again" in site.said.err
    site.network.reset()
    site.deploy()
    assert site.objects() == site.local_files()
    checksum = hashlib.sha256((site.folder / "logo.svg").read_bytes()).hexdigest()
    assert f".releases/files/{checksum}" in site.all_keys()
