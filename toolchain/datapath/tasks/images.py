"""Finds a container's image from its manifest in Amazon ECR: a folder of this machine, or a container engine's image.

``ops release --build`` makes the manifest. Its annotations name the folder with the image's files, or the container
engine that has the image. They also hold the process's configuration from the Dockerfile's last stage (OCI Image
Configuration Specification, "config").
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from toolchain.datapath.control_plane import ControlPlane

FOLDER: Final = "org.spot-platform.folder"
"""Annotation: absolute path of the folder with the image's files."""
CONFIGURATION: Final = "org.spot-platform.config"
"""Annotation: the process's configuration from the Dockerfile's last stage, as JSON."""
CONTAINER: Final = "org.spot-platform.container"
"""Annotation: the container engine that has the image, and the image's name there, as JSON."""

_REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_ARCHITECTURES: Final = {"X86_64": "amd64", "ARM64": "arm64"}
"""Amazon ECS's name of a processor architecture -> the image's."""


class CannotPullContainerError(Exception):
    """A container's image is not available. The message is worded as Amazon ECS words a task's ``stoppedReason``."""


@dataclass(frozen=True)
class Reference:
    """The parsed name of an image in a task definition."""

    text: str
    registry: str
    """Host of the registry; empty for Docker Hub's."""
    repository: str
    tag: str | None
    digest: str | None
    """``sha256:`` and 64 digits."""

    @property
    def is_in_ecr(self) -> bool:
        """Whether its registry is a private registry of Amazon ECR."""
        return _REGISTRY.fullmatch(self.registry) is not None


@dataclass(frozen=True)
class ContainerImage:
    """An image that a container engine of this machine has."""

    engine: str
    """The program, such as ``podman``."""
    reference: str
    """The image's id in the engine."""


@dataclass(frozen=True)
class Image:
    """An image that can run on this machine."""

    folder: Path
    """Folder with the image's files; ``/`` if a container engine has the image."""
    digest: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    working_directory: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    container: ContainerImage | None = None
    """The engine's image; None if the container runs as a process of this machine."""


def parse_reference(text: str) -> Reference:
    """Parse an image's name: ``[registry/]repository[:tag][@digest]``.

    Args:
        text: The name; without tag and digest, the tag is ``latest``.
    """
    name, _, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first, rest) if is_host else ("", name)
    repository, _, tag = path.partition(":")
    return Reference(text, registry, repository, tag or (None if digest else "latest"), digest or None)


async def find_image(control_plane: ControlPlane, reference: str, architecture: str = "X86_64") -> Image:
    """Find the image that a container definition names.

    Args:
        control_plane: The emulator.
        reference: The container definition's ``image``.
        architecture: The task definition's ``runtimePlatform.cpuArchitecture``; Amazon ECS's default is X86_64.

    Raises:
        CannotPullContainerError: The image does not exist in Amazon ECR, it has another architecture, or its folder is
            not on this machine.
    """
    wanted = parse_reference(reference)
    if not wanted.is_in_ecr:
        raise CannotPullContainerError(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{reference}: the local stack plays images of its own Amazon ECR only, built by 'ops release --build'"
        )
    identifier = {"imageDigest": wanted.digest} if wanted.digest else {"imageTag": wanted.tag}
    try:
        answer = await control_plane.call(
            "ecr", "batch_get_image", repositoryName=wanted.repository, imageIds=[identifier]
        )
    except ClientError as error:
        raise _not_found(reference) from error
    if not answer["images"]:
        raise _not_found(reference)
    found = answer["images"][0]
    return image_of(reference, json.loads(found["imageManifest"]), found["imageId"]["imageDigest"], architecture)


def image_of(reference: str, manifest: Mapping[str, Any], digest: str, architecture: str) -> Image:
    """Make the image that a manifest describes.

    Args:
        reference: The container definition's ``image``, for messages.
        manifest: The image manifest.
        digest: The manifest's digest.
        architecture: As for `find_image`.

    Raises:
        CannotPullContainerError: As for `find_image`.
    """
    annotations: Mapping[str, str] = manifest.get("annotations") or {}
    container = _container(annotations.get(CONTAINER))
    folder = Path(annotations.get(FOLDER, "/"))
    if container is None and (not annotations.get(FOLDER) or not folder.is_dir()):
        raise CannotPullContainerError(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): {reference}: its files are not "
            f"on this machine; make it with 'ops release --build DIR'"
        )
    about: Mapping[str, Any] = json.loads(annotations.get(CONFIGURATION, "{}"))
    built_for = about.get("Architecture")
    wanted = _ARCHITECTURES.get(architecture, architecture)
    if built_for and _ARCHITECTURES.get(built_for, built_for) != wanted:
        raise CannotPullContainerError(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not "
            f"contain descriptor matching platform 'linux/{wanted}'"
        )
    return Image(
        folder=folder,
        digest=digest,
        entrypoint=_words(about.get("Entrypoint")),
        command=_words(about.get("Cmd")),
        user=str(about.get("User") or ""),
        working_directory=str(about.get("WorkingDir") or "/"),
        environment=_variables(about.get("Env")),
        container=container,
    )


def _container(annotation: str | None) -> ContainerImage | None:
    if annotation is None:
        return None
    given: Mapping[str, str] = json.loads(annotation)
    return ContainerImage(given["engine"], given["image"])


def _not_found(reference: str) -> CannotPullContainerError:
    return CannotPullContainerError(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: "
        f"{reference}: not found"
    )


def _words(given: Any) -> tuple[str, ...]:
    """Return a command as words: the exec form as it is, the shell form as an argument of a shell, as Docker does."""
    if isinstance(given, str):
        return ("/bin/sh", "-c", given)
    return tuple(str(word) for word in given or ())


def _variables(given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    pairs = (str(line).partition("=") for line in given or ())
    return {name: value for name, _, value in pairs}
