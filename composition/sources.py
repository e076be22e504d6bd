"""What the program reads from the project's folder: all of it before anything is made."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from components.planning.openapi_import import ImportOptions, OpenApiError, build_import_document, read_document
from components.planning.private_api import UNKNOWN_INTEGRATION_TARGET
from settings import StackSettings

_DOCKERFILE = "Dockerfile"
_IGNORE_FILE = ".dockerignore"
_PATTERN_CHARACTERS = frozenset("*?[\\!#")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What stands in the project's folder."""

    document: dict[str, Any]
    """The OpenAPI document."""
    image_tag: str | None
    """What names the contents of the image's folder; None when no image is built."""


def read_sources(settings: StackSettings, root: Path) -> Sources:
    """Read and check what the settings point to.

    A program that fails half-way leaves half a stack: what it registered before is made all the same.

    Raises:
        pulumi.RunError: In one line, with the key; the engine shows it without a traceback.
    """
    image_tag = None
    if settings.service.build is not None:
        if not (root / settings.service.build / _DOCKERFILE).is_file():
            raise pulumi.RunError(f"spot-platform:service.build: {settings.service.build} has no {_DOCKERFILE}")
        image_tag = content_tag(root / settings.service.build, settings.service.architecture)
    return Sources(document=_document(settings, root), image_tag=image_tag)


def content_tag(folder: Path, architecture: str) -> str:
    """A tag for the image that a folder makes: another one whenever a file of it changes, as long as any.

    It goes by at least what the build goes by, modes included, and so leaves out only what .dockerignore names in a
    plain line.

    Args:
        folder: Holds the Dockerfile.
        architecture: Which the image is built for.
    """
    made = hashlib.sha256(architecture.encode())
    for path in _files(folder):
        content = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(folder).as_posix()
        made.update(f"\0{name}\0{path.lstat().st_mode:o}\0{len(content)}\0".encode())
        made.update(content)
    return f"build-{made.hexdigest()[:32]}"


def _document(settings: StackSettings, root: Path) -> dict[str, Any]:
    api = settings.api
    try:
        document = read_document((root / api.document).read_bytes())
        build_import_document(
            document,
            ImportOptions(
                connection=api.load_balancer,
                integration_target=UNKNOWN_INTEGRATION_TARGET if api.load_balancer == "application" else None,
                integration_timeout_milliseconds=api.integration_timeout_milliseconds,
                cors_allowed_origins=tuple(settings.api_origins),
                cors_allow_credentials=api.cors_allow_credentials,
                api_key_required=api.api_key_required,
                base_path=api.base_path,
                proxy=api.proxy,
            ),
        )
    except OSError as error:
        raise pulumi.RunError(f"spot-platform:api.document: {api.document}: {error.strerror}") from error
    except OpenApiError as error:
        raise pulumi.RunError(f"spot-platform:api.document: {api.document}: {error}") from error
    return document


def _files(folder: Path) -> Iterator[Path]:
    left_out = _left_out(folder)
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if Path(here, name).relative_to(folder).as_posix() not in left_out)
        for name in sorted([*files, *(name for name in folders if Path(here, name).is_symlink())]):
            path = Path(here, name)
            if path.relative_to(folder).as_posix() not in left_out:
                yield path


def _left_out(folder: Path) -> set[str]:
    """Files and folders that are no part of the build, as far as that is plain."""
    ignored = folder / _IGNORE_FILE
    if not ignored.is_file() or (folder / f"{_DOCKERFILE}{_IGNORE_FILE}").exists():
        return set()
    lines = [line.strip() for line in ignored.read_text(encoding="utf-8").splitlines()]
    if any(line.startswith("!") for line in lines):
        return set()
    plain = {line.strip("/") for line in lines if line and not _PATTERN_CHARACTERS & set(line)}
    return plain - {_DOCKERFILE}
