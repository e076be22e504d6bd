"""The image that the service runs: built where `up` runs and pushed to the stack's own registry, or awaited."""

from pathlib import Path

import pulumi
import pulumi_awsx as awsx

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


def built_image(
    name: str,
    folder: Path,
    repository_url: pulumi.Input[str],
    architecture: str,
    opts: pulumi.ResourceOptions | None = None,
) -> pulumi.Output[str]:
    """Build and push a folder's Dockerfile with ``awsx.ecr.Image``; needs Docker where `up` runs.

    Args:
        name: The resource's name.
        folder: Holds the Dockerfile.
        repository_url: The repository.
        architecture: ``ARM64`` or ``X86_64``.
        opts: Options of the resource.

    Returns:
        The image by digest, as a task definition wants it.

    Raises:
        KeyError: For another architecture.
    """
    image = awsx.ecr.Image(
        name, context=str(folder), repository_url=repository_url, platform=PLATFORMS[architecture], opts=opts
    )
    return image.image_uri


def next_step(image: pulumi.Input[str] | None, repository_url: pulumi.Input[str]) -> pulumi.Output[str]:
    """What is left to do after an update, for whoever reads the stack's outputs.

    Args:
        image: What the service runs; None while it waits for its first image.
        repository_url: Where images are pushed to.
    """
    if image is not None:
        return pulumi.Output.from_input("nothing")
    return pulumi.Output.format(
        "the service waits with zero tasks: push an image to {0}, set service.image to {0}@sha256:<its digest> in the "
        "stack's file, and run up again",
        repository_url,
    )
