"""Makes an image for the local stack from a folder with a Dockerfile, without a container engine.

The emulator's registry holds a manifest like Amazon ECR's. The image's files stay in a folder of this machine, and the
manifest names this folder. The local data path runs a task as a process in a copy of it.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.image.dockerfile import parse
from ops.image.files import BuiltStage, Context, SourceFile, build
from toolchain.system.files import private_folder

FOLDER: Final = "org.spot-platform.folder"
"""Annotation of the manifest: the folder with the image's files."""
CONTAINER: Final = "org.spot-platform.container"
"""Annotation of the manifest: the container engine that has the image, and its id there, as JSON."""
CONFIG: Final = "org.spot-platform.config"
"""Annotation of the manifest: the image's configuration, as JSON."""
MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
TAG_LENGTH: Final = 16
MOST_IMAGES: Final = 100
"""Number of images that are kept, the most recently used ones: many releases must not fill the disk."""
LEFT_SECONDS: Final = 3600.0
"""A temporary folder older than this was left behind by a killed run, and is removed."""


@dataclass(frozen=True)
class LocalImage:
    """An image whose files are on this machine.

    Attributes:
        content: SHA-256 of the files, the configuration and the folder of the images.
        config: The configuration, as JSON.
        folder: Folder with the image's files.
        size_bytes: Size of all files together.
        left_out: Destinations of COPY lines that are left out, because this machine has their content.
    """

    content: str
    config: str
    folder: Path
    size_bytes: int
    left_out: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The image's tag, which changes with the content."""
        return f"build-{self.content[:TAG_LENGTH]}"

    @property
    def manifest(self) -> str:
        """The manifest; equal images give equal texts."""
        return manifest_of(self.content, self.config, self.size_bytes, {FOLDER: str(self.folder)})


class PushedImage(Protocol):
    """An image that `ensure_pushed` takes."""

    @property
    def tag(self) -> str:
        """The image's tag, which changes with the content."""
        ...

    @property
    def manifest(self) -> str:
        """The image's manifest."""
        ...


def manifest_of(content: str, config: str, size_bytes: int, where: Mapping[str, str]) -> str:
    """Return an image's manifest; equal arguments give equal texts.

    Args:
        content: SHA-256 of the image's content, as 64 hexadecimal digits.
        config: The image's configuration, as JSON.
        size_bytes: Size of the image.
        where: The annotation with the image's folder or container engine.
    """
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": CONFIG_TYPE,
                "size": len(config.encode()),
                "digest": f"sha256:{hashlib.sha256(config.encode()).hexdigest()}",
            },
            "layers": [{"mediaType": LAYER_TYPE, "size": size_bytes, "digest": f"sha256:{content}"}],
            "annotations": {CONFIG: config, **where},
        },
        sort_keys=True,
    )


def make(
    folder: Path,
    images: Path,
    *,
    architecture: str,
    contexts: Mapping[str, Path] | None = None,
    arguments: Mapping[str, str] | None = None,
) -> LocalImage:
    """Make an image: copy its files into a folder, unless a folder with this content exists.

    Args:
        folder: Folder of the Dockerfile.
        images: Folder of all images; created if it does not exist.
        architecture: OCI's name of the architecture, such as ``arm64``.
        contexts: Further build contexts of ``--build-context``, name -> folder.
        arguments: Build arguments of ``--build-arg``, name -> value.

    Raises:
        ValueError: The Dockerfile is missing or invalid, needs a container engine, or names files that do not exist.
        OSError: A file cannot be read or written.
    """
    dockerfile = folder / "Dockerfile"
    if not dockerfile.is_file():
        raise ValueError(f"{folder} has no Dockerfile")
    given = arguments or {}
    places = {"": Context.of(folder), **{name: Context.of(place) for name, place in (contexts or {}).items()}}
    built = build(parse(dockerfile.read_text(encoding="utf-8"), given), places, given)
    config = built.config.described(architecture)
    content = _content_hash(built.files, config, images)
    target = images / content
    if not target.is_dir():
        _write(built, config, target)
    target.touch()
    _tidy(images)
    size = sum(file.size_bytes for file in built.files.values())
    return LocalImage(content, config, target, size, tuple(built.left_out))


def ensure_pushed(ecr: Any, repository: str, image: PushedImage) -> tuple[str, bool]:
    """Push an image to the emulator's registry, unless it is there.

    Args:
        ecr: A client of Amazon ECR.
        repository: Name of the repository.
        image: The image.

    Returns:
        The image's digest, and whether it was pushed now.

    Raises:
        ClientError: The registry refused.
    """
    there = _pushed_digest(ecr, repository, image)
    if there is not None:
        return there, False
    try:
        put = ecr.put_image(repositoryName=repository, imageManifest=image.manifest, imageTag=image.tag)
    except ClientError as error:
        there = _pushed_digest(ecr, repository, image) if code_of(error) == "ImageAlreadyExistsException" else None
        if there is None:
            raise
        return there, False  # another run has just pushed the same image
    return str(put["image"]["imageId"]["imageDigest"]), True


def _pushed_digest(ecr: Any, repository: str, image: PushedImage) -> str | None:
    found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": image.tag}])["images"]
    return str(found[0]["imageId"]["imageDigest"]) if found else None


def _content_hash(files: Mapping[str, SourceFile], config: str, images: Path) -> str:
    # The folder is part of the hash, because the manifest names it: after the checkout moves, the image is another one.
    total = hashlib.sha256(f"{images.resolve()}\0{config}\0".encode())
    for path, file in sorted(files.items()):
        with file.path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256")
        total.update(f"{path}\0{file.is_executable:d}\0{digest.hexdigest()}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def _tidy(images: Path) -> None:
    now = time.time()
    kept: list[tuple[float, Path]] = []
    for path in images.iterdir():
        try:
            used = path.stat().st_mtime
        except FileNotFoundError:  # another run has just renamed or removed it
            continue
        if not path.name.startswith("."):
            kept.append((used, path))
        elif now - used > LEFT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
    for _, path in sorted(kept, reverse=True)[MOST_IMAGES:]:
        shutil.rmtree(path, ignore_errors=True)


def _write(built: BuiltStage, config: str, target: Path) -> None:
    """Write the files into a temporary folder and rename it, so that nobody finds an incomplete image.

    The files are readable for all users, as in an image, so that the task's user can read a copy. The folder above is
    private.
    """
    private_folder(target.parent)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        temporary.chmod(0o755)
        for path in sorted(built.folders):
            _below(temporary, path).mkdir(mode=0o755, parents=True, exist_ok=True)
        for path, file in built.files.items():
            copy = _below(temporary, path)
            shutil.copyfile(file.path, copy)
            copy.chmod(0o755 if file.is_executable else 0o644)
        _check(built, config, temporary, target)
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            shutil.rmtree(temporary)  # another run has written this image first
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _check(built: BuiltStage, config: str, copies: Path, target: Path) -> None:
    copied = {path: replace(file, path=_below(copies, path)) for path, file in built.files.items()}
    if _content_hash(copied, config, target.parent) != target.name:
        raise ValueError("files of the image changed while they were copied: run it again")


def _below(folder: Path, path: str) -> Path:
    return folder / path.lstrip("/")
