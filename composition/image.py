"""The image that the service runs: built where `up` runs and pushed to the stack's own registry, or awaited."""

import pulumi
import pulumi_awsx as awsx

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}


def built_image(
    name: str,
    *,
    folder: str,
    tag: str,
    repository_url: pulumi.Input[str],
    architecture: str,
    opts: pulumi.ResourceOptions | None = None,
) -> pulumi.Output[str]:
    """Build and push a folder's Dockerfile with ``awsx.ecr.Image``; needs Docker where `up` runs.

    awsx names an image after the folder's path, and pushes whatever is in it under that one tag: a repository with
    immutable tags would refuse the second build. With a tag of its own every build is another resource, and deleting
    the one before would delete its image too, which may be the same image, or what a rollback needs; so images are left
    to the repository's lifecycle policy. Contents that were built before are there under their tag already: go back to
    them with ``service.image``.

    Args:
        name: The resource's name.
        folder: Holds the Dockerfile, relative to the project: an absolute path would be another one on every machine.
        tag: Another one whenever the folder's contents change.
        repository_url: The repository.
        architecture: ``ARM64`` or ``X86_64``.
        opts: Options of the resource.

    Returns:
        The image by digest, as a task definition wants it.

    Raises:
        KeyError: For another architecture.
    """
    image = awsx.ecr.Image(
        name,
        context=f"./{folder}",
        image_tag=tag,
        repository_url=repository_url,
        platform=PLATFORMS[architecture],
        # Inherited by the image itself, which awsx makes below this resource.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
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
