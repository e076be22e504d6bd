"""`python -m ops frontend`: what visitors get, which AWS requests it sends, and its error messages."""

import hashlib
import json
import os
import sys
from functools import partial
from typing import Any

import pytest

from ops.cli import main
from ops.frontend import bucket, files, lock
from ops.frontend import commands as frontend
from ops.frontend.invalidation import Invalidations
from ops.frontend.plan import LOCK_KEY, STATE_KEY
from tests.ops.site_world import SiteWorld, refusal, release_files, site

__all__ = ["site"]
CHANGES = {"PutObject", "CopyObject", "DeleteObject", "DeleteObjects", "CreateInvalidation"}


def deployed(site: SiteWorld, *numbers: int) -> list[str]:
    """Deploy small sites one after the other, and return their release identifiers."""
    identifiers: list[str] = []
    for number in numbers:
        site.write(release_files(number))
        identifiers.append(site.deploy()["release"])
    return identifiers


def asset(number: int) -> str:
    return next(key for key in release_files(number) if key.endswith(".js"))


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


def test_a_page_that_is_gone_is_gone_at_once_and_assets_live_on_for_open_tabs(site: SiteWorld) -> None:
    deployed(site, 1, 2)
    assert "about/team-1.html" not in site.objects()
    assert site.body(asset(1)).decode() == release_files(1)[asset(1)]
    assert site.broken_references() == []


def test_releases_that_are_kept_no_longer_are_removed_but_nothing_that_others_put_there(site: SiteWorld) -> None:
    deployed(site, 1, 2)
    site.s3.put_object(Bucket=site.bucket, Key="by-hand.txt", Body=b"keep me")
    site.write(release_files(3))
    result = site.deploy("--keep-days", "0")
    assert result["removed"] > 0
    assert asset(1) not in site.objects()
    assert asset(2) in site.objects(), "the former release is kept in any case"
    assert site.body("by-hand.txt") == b"keep me"
    assert [each["status"] for each in site.run("releases")["releases"]] == ["live", "kept"]
    contents = {key.rpartition("/")[2] for key in site.all_keys() if key.startswith(".releases/files/")}
    wanted = {hashlib.sha256(site.body(key)).hexdigest() for key in ("index.html", "logo.svg", "robots.txt")}
    assert wanted < contents
    assert site.run("rollback", "--yes")["changed"] is True
    assert site.body("index.html").decode() == release_files(2)["index.html"]


def test_rollback_goes_back_one_release_at_a_time_and_sends_nothing(site: SiteWorld) -> None:
    first, second, third = deployed(site, 1, 2, 3)
    result = site.run("rollback", "--yes")
    assert (result["release"], result["former"], result["uploads"]) == (second, third, 0)
    files = release_files(2)
    assert {key: body.decode() for key, body in site.objects().items() if key in files} == files
    assert site.head("index.html")["ContentType"] == "text/html; charset=utf-8"
    assert site.head("index.html")["CacheControl"] == "no-cache"
    assert site.invalidated()[-1][-2:] == ["/index.html", "/logo.svg"]
    assert site.run("rollback", "--yes")["release"] == first
    site.run("rollback", "--yes", status=2)
    assert site.said.err.startswith("error: no release from before the live one is kept; kept are: ")
    assert site.run("rollback", "--to", third, "--yes")["release"] == third
    assert site.body("index.html").decode() == release_files(3)["index.html"]
    assert site.run("rollback", "--to", third, "--yes")["changed"] is False
    site.run("rollback", "--to", "last-week", "--yes", status=2)
    assert site.said.err == f"error: --to=last-week is no release that is kept; kept are: {third}, {second}, {first}\n"


def test_a_deployment_after_a_rollback_goes_back_to_what_visitors_saw(site: SiteWorld) -> None:
    first, _ = deployed(site, 1, 2)
    site.run("rollback", "--yes")
    deployed(site, 3)
    assert site.run("rollback", "--yes")["release"] == first


def test_releases_lists_who_when_and_which_is_live(site: SiteWorld, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("releases")["releases"] == []
    first, second = deployed(site, 1, 2)
    rows = site.run("releases")["releases"]
    assert [(row["id"], row["live"], row["files"], row["by"], row["former"]) for row in rows] == [
        (second, True, 6, "user/anna", first),
        (first, False, 6, "user/anna", None),
    ]
    assert main(["frontend", "releases", "--stack", "dev"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert second in table[1]
    assert "user/anna" in table[1]
    assert table[1].rstrip().endswith("live")


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


# Two runs at once


def test_a_second_deployment_is_told_who_is_deploying(site: SiteWorld) -> None:
    deployed(site, 1)
    site.write(release_files(2))
    told: list[tuple[int, str]] = []

    def second(count: int, operation: str) -> None:
        if operation == "CopyObject" and not told:
            told.append((0, ""))
            told.append((main(["frontend", "rollback", "--stack", "dev", "--yes", "--wait", "0"]), ""))

    site.network.disturb = second
    site.deploy()
    assert told[1][0] == 4
    assert "error: user/anna has been deploying to this site since " in site.said.err
    assert "wait for its end and run it again, or give it longer with --wait" in site.said.err
    assert site.body("index.html").decode() == release_files(2)["index.html"]


def held(site: SiteWorld) -> None:
    text = json.dumps({"who": "user/bob", "since": "10:00:00 UTC", "run": "r"})
    site.s3.put_object(Bucket=site.bucket, Key=LOCK_KEY, Body=text.encode())


def test_a_second_deployment_waits_for_the_first(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(release_files(1))
    held(site)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            site.s3.delete_object(Bucket=site.bucket, Key=LOCK_KEY)

    monkeypatch.setattr(frontend, "locked", partial(lock.locked, sleep=sleep))
    assert site.deploy()["changed"] is True
    assert len(waited) == 3


def test_the_lock_of_a_run_that_was_killed_is_taken_over(site: SiteWorld) -> None:
    site.write(release_files(1))
    held(site)
    site.deploy("--wait", "0", status=4)
    with site.later(lock.LEASE_SECONDS):
        assert site.deploy("--wait", "0")["changed"] is True


def test_a_run_that_was_suspended_changes_nothing_after_another_took_over(
    site: SiteWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(site, 1)
    now = [1000.0]
    monkeypatch.setattr(frontend, "locked", partial(lock.locked, clock=lambda: now[0]))
    site.write(release_files(2))
    slept: list[int] = []

    def suspend(count: int, operation: str) -> None:
        if operation == "CopyObject" and not slept:
            slept.append(count)
            site.write(release_files(3))
            now[0] += 3600
            with site.later(3600):
                assert main(["frontend", "deploy", str(site.folder), "--stack", "dev", "--yes"]) == 0

    site.network.disturb = suspend
    site.deploy(status=1)
    assert "this run lost its lock to another one" in site.said.err
    site.network.reset()
    assert site.broken_references() == []
    files = release_files(3)
    # At most the one request that was in progress when the machine fell asleep can arrive late
    wrong = [key for key, body in site.objects().items() if key in files and body.decode() != files[key]]
    assert len(wrong) <= 1
    site.write(files)
    site.deploy("--again")
    assert {key: site.body(key).decode() for key in files} == files


# Errors of AWS


@pytest.mark.parametrize("operation", ["GetObject", "ListObjectsV2", "PutObject", "CopyObject", "CreateInvalidation"])
def test_expired_credentials_are_told_in_one_line_and_the_site_works(site: SiteWorld, operation: str) -> None:
    deployed(site, 1)
    site.write(release_files(2))
    site.network.answer(operation, lambda: refusal(400, "ExpiredToken", "The provided token has expired."))
    site.deploy(status=3)
    assert site.said.err == (
        "error: the AWS credentials have expired (ExpiredToken): log in (`aws sso login`, or what your team uses) and"
        " run it again\n"
    )
    site.network.reset()
    assert site.broken_references() == []
    with site.later(120):
        site.deploy()
    files = release_files(2)
    assert {key: site.body(key).decode() for key in files} == files
    assert {"/", "/index.html", "/logo.svg"} <= set(site.invalidated()[-1])


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListObjectsV2", "s3:ListBucket"),
        ("PutObject", "s3:PutObject"),
        ("CopyObject", "s3:PutObject and s3:GetObject"),
        ("CreateInvalidation", "cloudfront:CreateInvalidation"),
        ("GetInvalidation", "cloudfront:GetInvalidation"),
    ],
)
def test_a_denial_names_the_action(site: SiteWorld, operation: str, action: str) -> None:
    deployed(site, 1)
    site.write(release_files(2))
    site.network.answer(operation, lambda: refusal(403, "AccessDenied", "Access Denied"))
    site.deploy(status=3)
    assert site.said.err == f"error: the credentials may not do {action}: let them, or use others (AccessDenied)\n"


def test_throttling_is_waited_out(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    site.write(release_files(1))
    asked = site.network.answer(
        "PutObject", lambda: refusal(503, "SlowDown", "Please reduce your request rate."), times=3
    )
    site.deploy()
    assert len(asked) == len(slept) == 3
    assert site.objects() == site.local_files()


def test_throttling_without_an_end_is_told(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    site.write(release_files(1))
    site.network.answer("PutObject", lambda: refusal(503, "SlowDown", "Please reduce your request rate."))
    site.deploy(status=3)
    assert site.said.err == "error: AWS throttled s3:PutObject 6 times (SlowDown): wait a minute and run it again\n"
    assert len(slept) == 5


def test_too_many_invalidations_are_waited_for(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(frontend, "Invalidations", partial(Invalidations, sleep=slept.append))
    deployed(site, 1)
    site.write(release_files(2))
    asked = site.network.answer("CreateInvalidation", lambda: refusal(400, "TooManyInvalidationsInProgress"), times=2)
    site.deploy()
    assert len(asked) == 2
    assert slept[1] > slept[0]
    site.network.answer("CreateInvalidation", lambda: refusal(400, "TooManyInvalidationsInProgress"))
    site.write(release_files(3))
    site.deploy(status=1)
    assert "CloudFront has too many invalidations under way" in site.said.err


def test_ctrl_c_is_told_in_one_line_and_leaves_no_lock(site: SiteWorld) -> None:
    deployed(site, 1)
    site.write(release_files(2))

    def interrupt(_: int, operation: str) -> None:
        if operation == "CopyObject":
            raise KeyboardInterrupt

    site.network.disturb = interrupt
    site.deploy(status=130)
    assert site.said.err.startswith("error: interrupted; the site works; run the same command again to finish")
    assert site.said.err.count("\n") == 1
    site.network.reset()
    assert LOCK_KEY not in site.all_keys()
    assert site.broken_references() == []
    listed = site.run("releases")["releases"]
    assert [each["status"] for each in listed] == ["begun: run its deployment again", "live, being replaced"]
    # and a rollback, without the folder of the old release
    assert site.run("rollback", "--yes")["changed"] is True
    files = release_files(1)
    assert {key: site.body(key).decode() for key in files} == files


def test_a_stack_without_a_site_is_told_what_to_do(site: SiteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    access_to = frontend.aws.access_to
    monkeypatch.setattr(frontend.aws, "access_to", lambda stack: _without(access_to(stack), "site_bucket_name"))
    site.run("releases", status=2)
    assert site.said.err == (
        "error: stack=dev exports no site_bucket_name: run `make up STACK=dev`, or wait until a first one has ended\n"
    )


def _without(session: Any, name: str) -> Any:
    del session.outputs[name]
    return session


def test_the_state_of_a_newer_program_is_left_alone(site: SiteWorld) -> None:
    deployed(site, 1)
    state = json.loads(site.body(STATE_KEY))
    site.s3.put_object(Bucket=site.bucket, Key=STATE_KEY, Body=json.dumps({**state, "version": 2}).encode())
    site.deploy(status=2)
    assert "written by a newer version of this program" in site.said.err
