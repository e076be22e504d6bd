"""Reads the files of the project that the settings name, before any resource is created."""

import hashlib
import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from composition.refusal import refusal
from configuration.named_files import read_named
from configuration.settings import StackSettings
from spot_planning.api.openapi_import import MAX_BYTES, OpenApiError, read_document
from spot_planning.api.private_api import PrivateApiPlan, plan_private_api
from spot_planning.service.rules import deregistration_fits, drain_fits

_DOCKERFILE = "Dockerfile"
_IGNORE_FILE = ".dockerignore"
_PATTERN_CHARACTERS = frozenset("*?[\\!#")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What was read from the project's files."""

    api: PrivateApiPlan
    """The plan of the API from its OpenAPI document."""
    image_tag: str | None
    """Tag of the image, from the content of its folder; None when no image is built."""
    request_seconds: int
    """Seconds that the longest request takes whose response is not streamed, by the settings and the document."""


def read_sources(settings: StackSettings, root: Path) -> Sources:
    """Read and check the files that the settings name.

    This happens first, because a program that fails half-way leaves half a stack: the engine still creates the
    resources that were registered before.

    Raises:
        pulumi.RunError: A file is missing or invalid. The message has one line with the key, and the engine prints it
            without a traceback.
    """
    image_tag = _image_tag(settings, root)
    api = _api(settings, root)
    return Sources(api=api, image_tag=image_tag, request_seconds=_request_seconds(settings, api))


def content_tag(folder: Path, architecture: str) -> str:
    """Return a tag for the image of a folder, which changes when a file of the folder changes.

    The tag must depend on at least every file that the build uses, so it leaves out only files that .dockerignore names
    in a line without patterns. Of a file's mode it uses only what git stores, whether the file is executable: the other
    bits depend on who checked the folder out, so tags would differ between machines.

    Args:
        folder: Folder of the Dockerfile.
        architecture: The image's architecture.

    Raises:
        OSError: A file cannot be read, or was deleted in the meantime.
        UnicodeDecodeError: The .dockerignore is not UTF-8.
    """
    made = hashlib.sha256(architecture.encode())
    for path in _files(folder):
        name = os.fsencode(path.relative_to(folder).as_posix())
        kind, content = _contents(path)
        made.update(b"\0%b\0%b\0%d\0%b" % (name, kind, len(content), content))
    return f"build-{made.hexdigest()[:32]}"


def _contents(path: Path) -> tuple[bytes, bytes]:
    """Return the kind of a file, and the hash of its content or the target of a link."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return b"link", os.fsencode(path.readlink())
    if not stat.S_ISREG(mode):
        return b"%o" % stat.S_IFMT(mode), b""
    with path.open("rb") as file:
        return b"program" if mode & stat.S_IXUSR else b"file", hashlib.file_digest(file, "sha256").digest()


def _image_tag(settings: StackSettings, root: Path) -> str | None:
    build = settings.service.build
    if build is None:
        return None
    if settings.aws.endpoint_url is not None:
        text = "the emulator has no registry to push an image to; set service.image, or begin with --no-emulator"
        raise refusal("service.build", text)
    folder = root / build
    try:
        if not (folder / _DOCKERFILE).is_file():
            raise refusal("service.build", f"{build} has no {_DOCKERFILE}")
        return content_tag(folder, settings.service.architecture)
    except OSError as error:
        # The name is written as a Python literal, because it may contain characters that no terminal can show.
        where = "" if error.filename is None else f"{os.path.relpath(os.fsdecode(error.filename), folder)!r}: "
        raise refusal("service.build", f"{build}: {where}{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refusal("service.build", f"{build}: {_IGNORE_FILE} is not UTF-8") from error


def _api(settings: StackSettings, root: Path) -> PrivateApiPlan:
    api = settings.api
    try:
        return plan_private_api(
            read_document(read_named(root / api.document, MAX_BYTES)),
            replace(api, cors_allowed_origins=settings.api_origins),
            has_domain=settings.dns.api_domain is not None,
        )
    except OSError as error:
        raise refusal("api.document", f"{api.document}: {error.strerror}") from error
    except OpenApiError as error:
        raise refusal("api.document", f"{api.document}: {error}") from error


def _request_seconds(settings: StackSettings, api: PrivateApiPlan) -> int:
    milliseconds, operation = api.imported.longest_request
    of_document, of_settings = math.ceil(milliseconds / 1000), settings.api.integration_timeout_seconds
    if of_document <= of_settings:
        return of_settings  # `configuration.rules.service` has checked it
    for rule in (drain_fits, deregistration_fits):
        for problem in rule(settings.service, of_document):
            (key,) = problem.path
            raise refusal(
                f"service.{key}",
                f"{getattr(settings.service, str(key))} {problem.text}; the longest request is {operation} of "
                f"{settings.api.document}, whose response is not streamed",
            )
    return of_document


def _files(folder: Path) -> Iterator[Path]:
    left_out = _left_out(folder)
    for here, folders, files in os.walk(folder, onerror=_fail):
        kept = [name for name in folders if Path(here, name).relative_to(folder).as_posix() not in left_out]
        folders[:] = sorted(kept, key=os.fsencode)
        for name in sorted([*files, *(name for name in folders if Path(here, name).is_symlink())], key=os.fsencode):
            path = Path(here, name)
            if path.relative_to(folder).as_posix() not in left_out:
                yield path


def _fail(error: OSError) -> None:
    raise error


def _left_out(folder: Path) -> set[str]:
    """Return the files and folders that .dockerignore names in lines without patterns; empty if it has exceptions."""
    ignored = folder / _IGNORE_FILE
    if not ignored.is_file() or (folder / f"{_DOCKERFILE}{_IGNORE_FILE}").exists():
        return set()
    lines = [line.strip() for line in read_named(ignored).decode("utf-8").splitlines()]
    if any(line.startswith("!") for line in lines):
        return set()
    plain = {line.strip("/") for line in lines if line and not _PATTERN_CHARACTERS & set(line)}
    # The build reads these two files even if they are excluded.
    return plain - {_DOCKERFILE, _IGNORE_FILE}
