"""Finds an image in the stack's repository, and reads its architecture and the findings of its scan."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx
from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.errors import OperationError
from ops.image.local_images import CONFIG

ARCHITECTURES: Final = {"ARM64": "arm64", "X86_64": "amd64"}
"""Amazon ECS's name of a processor architecture -> OCI's."""
MEDIA_TYPES: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
SCAN_SECONDS: Final = 180.0
"""How long to wait until a scan that has begun completes."""
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
UNSUPPORTED: Final = "UnsupportedImageTypeException"
_NO_SCAN: Final = {"ScanNotFoundException", UNSUPPORTED}


@dataclass(frozen=True)
class Image:
    """An image in the stack's repository.

    Attributes:
        digest: ``sha256:`` and 64 hexadecimal digits.
        manifest: The image's manifest; for an image index, the index's manifest.
        media_type: The manifest's media type.
    """

    digest: str
    manifest: str
    media_type: str


@dataclass(frozen=True)
class Scan:
    """The result of the registry's scan of an image.

    Attributes:
        status: Amazon ECR's status of the scan, such as ``COMPLETE``; ``none`` without a scan.
        counts: Severity -> number of findings.
        critical: Names of the critical findings, such as CVE numbers.
    """

    status: str
    counts: Mapping[str, int]
    critical: tuple[str, ...] = ()


def reference(text: str, repository_url: str) -> dict[str, str]:
    """Parse the name that the user gave for an image.

    Args:
        text: A tag, a digest, or the whole name of an image in the stack's repository.
        repository_url: The stack's repository.

    Returns:
        An image identifier for Amazon ECR's API: ``imageDigest`` or ``imageTag``.

    Raises:
        ValueError: The name is of another repository, or has no valid tag or digest.
    """
    name, at, digest = text.partition("@")
    if name.startswith(f"{repository_url}:"):
        name = name.removeprefix(f"{repository_url}:")
    elif name == repository_url:
        name = ""
    elif "/" in name:
        raise ValueError(f"{text} is not in the stack's repository {repository_url}: push it there first")
    if _DIGEST.fullmatch(name):
        name, at, digest = "", "@", name
    if at and _DIGEST.fullmatch(digest):
        return {"imageDigest": digest}
    if at or not _TAG.fullmatch(name):
        raise ValueError(f"{text!r} is no image: give a tag, or sha256: and the 64 digits of a digest")
    return {"imageTag": name}


def find(ecr: Any, repository: str, named: Mapping[str, str]) -> Image:
    """Read an image from the repository.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.
        named: The image identifier, as `reference` returns it.

    Raises:
        ValueError: The repository has no such image.
        ClientError: AWS refused.
    """
    answer = ecr.batch_get_image(
        repositoryName=repository, imageIds=[dict(named)], acceptedMediaTypes=list(MEDIA_TYPES)
    )
    if not answer["images"]:
        given = next(iter(named.values()))
        raise ValueError(f"{given} is not in the repository {repository}: push it first, or give --build DIR")
    image = answer["images"][0]
    manifest = str(image["imageManifest"])
    media_type = image.get("imageManifestMediaType") or json.loads(manifest).get("mediaType") or MEDIA_TYPES[2]
    return Image(str(image["imageId"]["imageDigest"]), manifest, str(media_type))


def architectures(ecr: Any, repository: str, image: Image, fetch: Callable[[str], bytes] | None = None) -> set[str]:
    """Read which processor architectures an image is for.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.
        image: The image.
        fetch: Downloads a URL; replaced in tests.

    Returns:
        OCI's names of the architectures, such as ``arm64``; empty when the image names none.

    Raises:
        ClientError: AWS refused.
        OperationError: The image's configuration cannot be fetched.
    """
    manifest = cast("dict[str, Any]", json.loads(image.manifest))
    if "manifests" in manifest:
        platforms = (each.get("platform", {}) for each in manifest["manifests"])
        return {str(each["architecture"]) for each in platforms if each.get("architecture", "unknown") != "unknown"}
    described = manifest.get("annotations", {}).get(CONFIG)
    if described is not None:
        return {str(json.loads(described)["Architecture"])}
    layer = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=manifest["config"]["digest"])
    try:
        config = json.loads((fetch or _fetched)(layer["downloadUrl"]))
    except (httpx.HTTPError, ValueError) as error:
        # The error's text may contain the URL, which has a signature: print the error's type only.
        raise OperationError(f"the configuration of {image.digest} cannot be read: {type(error).__name__}") from None
    return {str(config["architecture"])} if config.get("architecture") else set()


def wrong_architecture(found: set[str], wanted: str) -> str | None:
    """Return why an image cannot run in a task; None when it can, or when its architecture is not known.

    Args:
        found: The image's architectures, as `architectures` returns them.
        wanted: The task definition's architecture, such as ``ARM64``.
    """
    needed = ARCHITECTURES.get(wanted, wanted.lower())
    if not found or needed in found:
        return None
    return (
        f"the image is for {', '.join(sorted(found))}, and the task definition asks for {needed} ({wanted}): build it "
        f"with --platform linux/{needed}, or set service.architecture"
    )


def scan(
    ecr: Any, repository: str, digest: str, *, begins_seconds: float, pause: Callable[[float], None] = time.sleep
) -> Scan:
    """Read the result of the registry's scan; waits while the scan runs.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.
        digest: The image's digest.
        begins_seconds: How long to wait for a scan that does not exist yet: it begins a little after the push.
        pause: Sleeps for a number of seconds; replaced in tests.

    Raises:
        ClientError: AWS refused.
    """
    waited = 0.0
    while True:
        try:
            answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageDigest": digest})
        except ClientError as error:
            if code_of(error) not in _NO_SCAN:
                raise
            if code_of(error) == UNSUPPORTED or waited >= begins_seconds:
                return Scan("none", {})
            answer = {"imageScanStatus": {"status": "PENDING"}}
        status = str(answer.get("imageScanStatus", {}).get("status", "none"))
        if status not in {"IN_PROGRESS", "PENDING"} or waited >= SCAN_SECONDS:
            return _scan(status, answer.get("imageScanFindings", {}))
        pause(5.0)
        waited += 5.0


def _scan(status: str, findings: Mapping[str, Any]) -> Scan:
    basic = [each.get("name") for each in findings.get("findings", []) if each.get("severity") == "CRITICAL"]
    enhanced = [
        each.get("title") for each in findings.get("enhancedFindings", []) if each.get("severity") == "CRITICAL"
    ]
    critical = tuple(str(each) for each in (*basic, *enhanced) if each)
    return Scan(status, dict(findings.get("findingSeverityCounts", {})), critical)


def described(scanned: Scan) -> str:
    """Return a line that summarizes a scan."""
    if scanned.status == "none":
        return "no scan of this image: nothing is known of its packages"
    counts = ", ".join(f"{count} {severity.lower()}" for severity, count in sorted(scanned.counts.items()))
    return f"scan {scanned.status.lower()}: {counts or 'no findings'}"


def _fetched(address: str) -> bytes:
    answer = httpx.get(address, timeout=30.0, follow_redirects=True)
    answer.raise_for_status()
    return answer.content
