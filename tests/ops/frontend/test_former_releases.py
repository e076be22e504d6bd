"""Releases that a deployment replaced: how long they are kept, the list of them, and the way back to one."""

import hashlib

import pytest

from ops.cli import main
from tests.ops.frontend.deployed import asset, deployed
from tests.ops.site_world import SiteWorld, release_files, site

__all__ = ["site"]


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
