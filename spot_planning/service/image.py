"""Parses references to container images and ARNs of Amazon ECR repositories."""

import re
from dataclasses import dataclass

from spot_planning.declarations import matching

IMAGE = matching(
    r"(?=[^@]{1,255}(?:@|$))(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*"
    r"(?=[:@])(?::(?!latest(?:@|$))[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    "an image with a digest or a tag other than latest, such as repository@sha256:<64 hexadecimal digits>, of at most "
    "255 characters before the digest",
)
"""A container image. Source of its length: Amazon ECS API Reference, "ContainerDefinition", image."""

_PRIVATE_IMAGE = re.compile(
    r"(?P<account_id>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+/(?P<name>[^:@]+)[:@].*"
)
_REPOSITORY_ARN = re.compile(
    r"arn:[a-z-]+:ecr:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12}):repository/(?P<name>.+)"
)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A private repository of Amazon ECR."""

    account_id: str
    """The AWS account, 12 digits."""
    region: str
    """The Region, such as ``us-east-1``."""
    name: str
    """The repository's name in the registry, such as ``team/api``."""


def repository_of_image(image: str) -> Repository | None:
    """Return the private repository from which an image is pulled.

    Args:
        image: The image, with tag or digest.

    Returns:
        The repository; None for an image from a public registry or from a registry outside AWS.

    Source: Amazon ECR User Guide, "Amazon ECR private registry", Registry concepts: the URL of a registry, also in its
    FIPS and dual-stack forms.
    """
    found = _PRIVATE_IMAGE.fullmatch(image)
    return Repository(**found.groupdict()) if found else None


def repository_of_arn(arn: str) -> Repository | None:
    """Return the private repository with this ARN; None if it is not the ARN of a repository.

    Args:
        arn: ``arn:aws:ecr:REGION:ACCOUNT:repository/NAME``.
    """
    found = _REPOSITORY_ARN.fullmatch(arn)
    return Repository(**found.groupdict()) if found else None


def is_repository_of_stack(repository: str, name: str) -> bool:
    """Return whether a repository can be the one that a stack made.

    Args:
        repository: The repository's name in the registry.
        name: The name of the stack's resources, such as ``shop-prod``.

    Source: Pulumi documentation, "Auto-naming": a resource's name, a hyphen and seven random hexadecimal digits.
    """
    return re.fullmatch(rf"{re.escape(name)}-[0-9a-f]{{7}}", repository) is not None
