"""One run at a time changes a site: a second one waits, or takes over from one that has ended."""

import json
from functools import partial

import pytest

from ops.cli import main
from ops.frontend import commands as frontend
from ops.frontend import lock
from ops.frontend.plan import LOCK_KEY
from tests.ops.frontend.deployed import deployed
from tests.ops.site_world import SiteWorld, release_files, site

__all__ = ["site"]


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
