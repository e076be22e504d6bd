"""The error messages of `python -m ops frontend`, and the state of the site after an error."""

import json
from functools import partial
from typing import Any

import pytest

from ops.frontend import commands as frontend
from ops.frontend.invalidation import Invalidations
from ops.frontend.plan import LOCK_KEY, STATE_KEY
from tests.ops.frontend.deployed import deployed
from tests.ops.site_world import SiteWorld, refusal, release_files, site

__all__ = ["site"]


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
