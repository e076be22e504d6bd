"""Builds the service's image on the machine where `up` runs, and pushes it to the stack's registry."""

import pulumi
import pulumi_awsx as awsx

from composition.refusal import refusal
from spot_planning.service.image import repository_of_arn, repository_of_image

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


def pulled_from(image: pulumi.Input[str] | None, repository_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the ARN of the repository that tasks pull from, if the image is in it.

    A stack that was destroyed and made again has a new repository, whose name differs in its last seven digits.

    Args:
        image: The image that the service runs; checked only if it is text.
        repository_arn: ARN of the stack's repository.

    Raises:
        pulumi.RunError: The image is of another private repository. The output raises it, so the update fails before
            the service is changed.
    """
    wanted = repository_of_image(image) if isinstance(image, str) else None

    def checked(arn: str) -> str:
        own = repository_of_arn(arn)
        # The configuration has compared the account and the Region.
        if wanted is not None and own is not None and wanted.name != own.name:
            raise refusal(
                "service.image",
                f"{image} is not allowed, because {wanted.name} is another repository than the stack's own; allowed: "
                f"a public image, or one of {own.name}",
            )
        return arn

    return repository_arn.apply(checked)


def next_step(
    image: pulumi.Input[str] | None, repository_url: pulumi.Input[str], *, is_emulated: bool
) -> pulumi.Output[str]:
    """Return the text of the output `next_step`: what the user has to do after an update.

    Args:
        image: The image that the service runs; None while it waits for its first image.
        repository_url: URL of the repository for images.
        is_emulated: Whether an emulator stands for AWS; then `make up` goes on with the reference service.
    """
    if image is not None:
        return pulumi.Output.from_input("nothing")
    if is_emulated:
        return pulumi.Output.from_input(
            "the service waits with zero tasks until 'make up' has released the reference service; "
            "'python -m ops release --build FOLDER' releases another"
        )
    return pulumi.Output.format(
        "the service waits with zero tasks: push an image to {0}, set service.image to {0}@sha256:<its digest> in the "
        "stack's file, and run up again",
        repository_url,
    )
