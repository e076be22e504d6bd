"""Reads and writes the history of releases. It is kept in tags of the images: the registry is the only record.

A release that became live tags its image ``release-<time>``. The repository's tags are immutable, so nothing rewrites
the history. The lifecycle policy keeps the newest images with tags, so a rollback can reach every release that is
listed. An image that never became live has no release tag.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.release.image import Image

_TAG: Final = re.compile(r"release-(\d{8}T\d{6}Z)")
_FORMAT: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, order=True)
class Release:
    """A release that became live.

    Attributes:
        at: When the image became live.
        digest: The image's digest.
    """

    at: datetime
    digest: str


def releases_of(images: Iterable[Mapping[str, Any]]) -> list[Release]:
    """Read the releases from a repository's images, the oldest first.

    Args:
        images: ``imageDetails`` of `describe_images`.
    """
    return sorted(
        Release(datetime.strptime(found[1], _FORMAT).replace(tzinfo=UTC), str(image["imageDigest"]))
        for image in images
        for tag in image.get("imageTags", [])
        if (found := _TAG.fullmatch(tag)) is not None
    )


def standing(releases: Sequence[Release]) -> list[str]:
    """Return the digests of the images that rollbacks can go through; the last one is live.

    A release of an image that was live before goes back to that image, and the images in between are dropped. So a
    second rollback goes one further back, instead of forward again.

    Args:
        releases: All releases, the oldest first.
    """
    stack: list[str] = []
    for release in releases:
        stack = stack[: stack.index(release.digest)] if release.digest in stack else stack
        stack.append(release.digest)
    return stack


def before(releases: Sequence[Release], live: str | None) -> str:
    """Return the digest of the image that a rollback goes back to.

    Args:
        releases: All releases, the oldest first.
        live: Digest of the image that runs; None when no image runs.

    Raises:
        ValueError: There is no earlier release.
    """
    stack = standing(releases)
    earlier = stack[: stack.index(live)] if live in stack else stack
    if not earlier:
        raise ValueError("there is no release before this one in the repository: `ops release list` shows them")
    return earlier[-1]


def read(ecr: Any, repository: str) -> list[Release]:
    """Read the releases of a stack.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.

    Raises:
        ClientError: AWS refused.
    """
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=repository, filter={"tagStatus": "TAGGED"})
    return releases_of(image for page in pages for image in page["imageDetails"])


def record(ecr: Any, repository: str, image: Image, at: datetime) -> Release:
    """Tag an image as a release that became live.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.
        image: The image.
        at: When it became live.

    Raises:
        ClientError: AWS refused.
    """
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=image.manifest,
            imageManifestMediaType=image.media_type,
            imageTag=f"release-{at.astimezone(UTC):{_FORMAT}}",
        )
    except ClientError as error:
        # A release in the same second has set this tag already.
        if code_of(error) not in {"ImageAlreadyExistsException", "ImageTagAlreadyExistsException"}:
            raise
    return Release(at.astimezone(UTC).replace(microsecond=0), image.digest)
