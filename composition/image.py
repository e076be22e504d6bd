"""Builds the service's image on the machine where `up` runs, and pushes it to the stack's registry."""

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
    """Build the image of a folder's Dockerfile and push it, with ``awsx.ecr.Image``; needs Docker where `up` runs.

    By default awsx makes the tag from the folder's path, so every build would have the same tag, and a repository with
    immutable tags would refuse the second build. With another tag for each content, a new build replaces the resource.
    Deleting the replaced resource would delete its image too, which may be the same image, or one that a rollback
    needs. So images are never deleted here: the repository's lifecycle policy does it. To go back to a content that was
    built before, set ``service.image``, because its tag exists already.

    Args:
        name: The resource's name.
        folder: Folder of the Dockerfile, relative to the project: an absolute path would differ between machines.
        tag: The image's tag, which changes with the folder's content.
        repository_url: URL of the repository.
        architecture: ``ARM64`` or ``X86_64``.
        opts: Options of the resource.

    Returns:
        The image's name with its digest, for a task definition.

    Raises:
        KeyError: The architecture is another one.
    """
    image = awsx.ecr.Image(
        name,
        context=f"./{folder}",
        image_tag=tag,
        repository_url=repository_url,
        platform=PLATFORMS[architecture],
        # The image itself, a child resource that awsx creates, inherits this option.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
    )
    return image.image_uri


def next_step(image: pulumi.Input[str] | None, repository_url: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the text of the output `next_step`: what the user has to do after an update.

    Args:
        image: The image that the service runs; None while it waits for its first image.
        repository_url: URL of the repository for images.
    """
    if image is not None:
        return pulumi.Output.from_input("nothing")
    return pulumi.Output.format(
        "the service waits with zero tasks: push an image to {0}, set service.image to {0}@sha256:<its digest> in the "
        "stack's file, and run up again",
        repository_url,
    )
