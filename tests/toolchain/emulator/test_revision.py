"""Which requests make the data path read again."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from toolchain.emulator import revision
from toolchain.emulator.agreement import OWN_PREFIX, REVISION_PATH
from toolchain.emulator.revision import CountsChanges

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def request(method: str, path: str = "/", body: bytes = b"", **headers: str) -> dict[str, Any]:
    about = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body))}
    return about | headers | {"wsgi.input": io.BytesIO(body)}


def json_request(operation: str) -> dict[str, Any]:
    return request("POST", HTTP_X_AMZ_TARGET=f"Service_20250101.{operation}")


def query_request(operation: str) -> dict[str, Any]:
    return request("POST", body=f"Action={operation}&Version=2016-11-15".encode(), CONTENT_TYPE=FORM)


def counted(environ: dict[str, Any]) -> int:
    """Return by how much a request raises the revision; the application must get its body."""
    bodies: list[bytes] = []

    def application(passed: dict[str, Any], start_response: Any) -> list[bytes]:
        bodies.append(passed["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    counts = CountsChanges(application)
    sent = environ["wsgi.input"].getvalue()
    list(counts(environ, lambda *_: None))
    assert bodies == [sent]
    return revision_of(counts)


def revision_of(counts: CountsChanges, query: str = "") -> int:
    (body,) = counts(request("GET", REVISION_PATH, QUERY_STRING=query), lambda *_: None)
    return json.loads(body)["revision"]


@pytest.mark.parametrize(
    "environ",
    [
        request("GET", "/restapis"),
        request("HEAD", "/bucket/key"),
        json_request("DescribeServices"),
        json_request("ListTasks"),
        json_request("GetSecretValue"),
        json_request("PutLogEvents"),
        json_request("CreateLogStream"),
        query_request("DescribeSubnets"),
        request("POST", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"),
        request("POST", f"{OWN_PREFIX}usage", HTTP_X_DATA_PATH_READS="1"),
    ],
)
def test_a_request_that_changes_nothing_is_not_counted(environ: dict[str, Any]):
    assert counted(environ) == 0


@pytest.mark.parametrize(
    "environ",
    [
        request("PUT", "/bucket/key", b"content"),
        request("PATCH", "/restapis/a"),
        request("POST", "/2020-05-31/distribution", b"<DistributionConfig/>"),
        request("DELETE", "/2013-04-01/hostedzone/Z1"),
        json_request("UpdateService"),
        json_request("PutSecretValue"),
        json_request("CreateLogGroup"),
        query_request("CreateSubnet"),
        request("POST", body=b"no operation", CONTENT_TYPE=FORM),
        request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm"),
        request("POST", f"{OWN_PREFIX}spot-reclaim", b"{}"),
    ],
)
def test_a_request_that_may_change_something_is_counted(environ: dict[str, Any]):
    assert counted(environ) == 1


def test_who_waits_for_another_revision_is_answered_by_the_change():
    counts = CountsChanges(lambda *_: [b""])
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(revision_of, counts, "after=0") for _ in range(2)]
        assert revision_of(counts) == 0
        counts(json_request("UpdateService"), lambda *_: None)
        assert [each.result() for each in waiting] == [1, 1]
    assert revision_of(counts, "after=0") == 1


def test_without_a_change_the_wait_ends_with_the_same_revision(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(revision, "REVISION_SECONDS", 0.01)
    assert revision_of(CountsChanges(lambda *_: [b""]), "after=0") == 0
