"""The image of a release: its digest, its architecture and its scan findings; and the record of releases."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ops.errors import OperationError
from ops.release import image as release_image
from ops.release.history import Release, before, read, record, releases_of, standing
from ops.release.image import Image, architectures, find, reference, scan, wrong_architecture
from tests.ops.fake_ecs import REPOSITORY, manifest

DIGEST = "sha256:" + "a" * 64


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v1.2", {"imageTag": "v1.2"}),
        (DIGEST, {"imageDigest": DIGEST}),
        (f"{REPOSITORY}:v1", {"imageTag": "v1"}),
        (f"{REPOSITORY}@{DIGEST}", {"imageDigest": DIGEST}),
        (f"{REPOSITORY}:v1@{DIGEST}", {"imageDigest": DIGEST}),
    ],
)
def test_an_image_is_named_in_many_ways(text: str, expected: dict[str, str]) -> None:
    assert reference(text, REPOSITORY) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nginx/nginx:1", "is not in the stack's repository"),
        ("", "is no image"),
        ("@", "is no image"),
        ("a b", "is no image"),
        (f"{REPOSITORY}@sha256:1", "is no image"),
        ("--x", "is no image"),
    ],
)
def test_what_names_no_image_of_the_stack_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reference(text, REPOSITORY)


def test_an_image_that_is_not_there_is_named() -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="api")
    with pytest.raises(ValueError, match="v9 is not in the repository api: push it first, or give --build DIR"):
        find(ecr, "api", {"imageTag": "v9"})


def test_the_architecture_is_read_from_index_annotation_or_configuration() -> None:
    index = {"manifests": [{"platform": {"architecture": "arm64"}}, {"platform": {"architecture": "unknown"}}]}
    assert architectures(None, "api", Image(DIGEST, json.dumps(index), "")) == {"arm64"}
    assert architectures(None, "api", Image(DIGEST, manifest("a"), "")) == {"arm64"}
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response(
            "get_download_url_for_layer",
            {"downloadUrl": "https://example.com/?signature=secret"},
            {"repositoryName": "api", "layerDigest": DIGEST},
        )
        plain = Image(DIGEST, json.dumps({"config": {"digest": DIGEST}}), "")
        fetched: list[str] = []

        def fetch(address: str) -> bytes:
            fetched.append(address)
            return b'{"architecture": "amd64"}'

        assert architectures(ecr, "api", plain, fetch) == {"amd64"}


def test_a_configuration_that_cannot_be_read_does_not_show_its_signed_address() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response("get_download_url_for_layer", {"downloadUrl": "https://example.com/?signature=secret"})
        plain = Image(DIGEST, json.dumps({"config": {"digest": DIGEST}}), "")
        with pytest.raises(OperationError) as raised:
            architectures(ecr, "api", plain, lambda _: b"<html>")
    assert "secret" not in str(raised.value)


def test_an_image_for_another_processor_is_refused_with_what_to_do() -> None:
    assert wrong_architecture({"arm64"}, "ARM64") is None
    assert wrong_architecture(set(), "ARM64") is None
    assert "--platform linux/arm64" in str(wrong_architecture({"amd64"}, "ARM64"))


def test_a_scan_that_runs_is_waited_for() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_response("describe_image_scan_findings", {"imageScanStatus": {"status": "IN_PROGRESS"}})
        stubber.add_response(
            "describe_image_scan_findings",
            {
                "imageScanStatus": {"status": "COMPLETE"},
                "imageScanFindings": {
                    "findingSeverityCounts": {"CRITICAL": 1, "LOW": 2},
                    "findings": [{"name": "CVE-1", "severity": "CRITICAL"}, {"name": "CVE-2", "severity": "LOW"}],
                },
            },
        )
        waited: list[float] = []
        found = scan(ecr, "api", DIGEST, begins_seconds=0, pause=waited.append)
    assert (found.status, found.critical, waited) == ("COMPLETE", ("CVE-1",), [5.0])
    assert release_image.described(found) == "scan complete: 1 critical, 2 low"


def test_no_scan_is_said_after_it_could_have_begun() -> None:
    ecr = client("ecr")
    waited: list[float] = []
    with Stubber(ecr) as stubber:
        for _ in range(3):
            stubber.add_client_error("describe_image_scan_findings", "ScanNotFoundException")
        found = scan(ecr, "api", DIGEST, begins_seconds=10, pause=waited.append)
        assert waited == [5.0, 5.0]
        stubber.add_client_error("describe_image_scan_findings", "UnsupportedImageTypeException")
        assert scan(ecr, "api", DIGEST, begins_seconds=10, pause=waited.append) == found
    assert "no scan of this image" in release_image.described(found)
    assert len(waited) == 2


def test_a_scan_that_may_not_be_read_is_an_error() -> None:
    ecr = client("ecr")
    with Stubber(ecr) as stubber:
        stubber.add_client_error("describe_image_scan_findings", "AccessDeniedException")
        with pytest.raises(ClientError):
            scan(ecr, "api", DIGEST, begins_seconds=10)


AT = datetime(2026, 11, 29, 7, tzinfo=UTC)


def released(*digests: str) -> list[Release]:
    return [Release(AT + timedelta(hours=number), digest) for number, digest in enumerate(digests)]


@pytest.mark.parametrize(
    ("digests", "live", "expected"),
    [
        ("AB", "B", "A"),
        ("ABC", "C", "B"),
        ("ABCB", "B", "A"),
        ("ABAC", "C", "A"),
        ("AB", "X", "B"),
        ("AB", None, "B"),
    ],
)
def test_a_rollback_goes_on_backwards(digests: str, live: str | None, expected: str) -> None:
    assert before(released(*digests), live) == expected


@pytest.mark.parametrize(("digests", "live"), [("", None), ("A", "A"), ("ABA", "A")])
def test_before_the_first_release_there_is_none(digests: str, live: str | None) -> None:
    with pytest.raises(ValueError, match="no release before this one"):
        before(released(*digests), live)


@given(st.lists(st.sampled_from("ABCD"), min_size=1))
def test_the_way_back_ends_and_names_each_image_once(digests: list[str]) -> None:
    stack = standing(released(*digests))
    assert stack[-1] == digests[-1]
    assert len(stack) == len(set(stack))


def test_releases_are_tags_of_images() -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="api", imageTagMutability="IMMUTABLE")
    images = []
    for seed in "ab":
        ecr.put_image(repositoryName="api", imageManifest=manifest(seed), imageTag=f"build-{seed}")
        images.append(find(ecr, "api", {"imageTag": f"build-{seed}"}))
    for hours, image in enumerate((*images, images[0])):
        record(ecr, "api", image, AT + timedelta(hours=hours))
    record(ecr, "api", images[0], AT + timedelta(hours=2))  # a second record in the same second
    assert [each.digest for each in read(ecr, "api")] == [images[0].digest, images[1].digest, images[0].digest]
    assert releases_of([{"imageDigest": DIGEST, "imageTags": ["v1", "release-yesterday"]}]) == []
