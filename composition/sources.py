"""What the program reads from the project's folder: all of it before anything is made."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from composition.refusal import refusal
from configuration.settings import StackSettings
from spot_planning.api.openapi_import import OpenApiError, read_document
from spot_planning.api.private_api import PrivateApiPlan, plan_private_api

_DOCKERFILE = "Dockerfile"
_IGNORE_FILE = ".dockerignore"
_PATTERN_CHARACTERS = frozenset("*?[\\!#")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What stands in the project's folder."""

    api: PrivateApiPlan
    """What becomes of the OpenAPI document."""
    image_tag: str | None
    """What names the contents of the image's folder; None when no image is built."""


def read_sources(settings: StackSettings, root: Path) -> Sources:
    """Read and check what the settings point to.

    A program that fails half-way leaves half a stack: what it registered before is made all the same.

    Raises:
        pulumi.RunError: In one line, with the key; the engine shows it without a traceback.
    """
    image_tag = _image_tag(settings, root)
    return Sources(api=_api(settings, root), image_tag=image_tag)


def content_tag(folder: Path, architecture: str) -> str:
    """A tag for the image that a folder makes: another one whenever a file of it changes, as long as any.

    It goes by at least what the build goes by, and so leaves out only what .dockerignore names in a plain line. Of a
    mode it takes what git keeps: the rest depends on who checked the folder out, and would make the tag of one machine
    another than that of the next.

    Args:
        folder: Holds the Dockerfile.
        architecture: Which the image is built for.

    Raises:
        OSError: For what cannot be read, or is gone before it was.
        UnicodeDecodeError: For a .dockerignore that is not UTF-8.
    """
    made = hashlib.sha256(architecture.encode())
    for path in _files(folder):
        name = os.fsencode(path.relative_to(folder).as_posix())
        kind, content = _contents(path)
        made.update(b"\0%b\0%b\0%d\0%b" % (name, kind, len(content), content))
    return f"build-{made.hexdigest()[:32]}"


def _contents(path: Path) -> tuple[bytes, bytes]:
    """What kind of thing stands there, and what stands in it."""
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
        # As it is written in Python: a name may hold anything, also what no terminal can show.
        where = "" if error.filename is None else f"{os.path.relpath(os.fsdecode(error.filename), folder)!r}: "
        raise refusal("service.build", f"{build}: {where}{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refusal("service.build", f"{build}: {_IGNORE_FILE} is not UTF-8") from error


def _api(settings: StackSettings, root: Path) -> PrivateApiPlan:
    api = settings.api
    try:
        return plan_private_api(
            read_document((root / api.document).read_bytes()),
            replace(api, cors_allowed_origins=settings.api_origins),
            has_domain=settings.dns.api_domain is not None,
        )
    except OSError as error:
        raise refusal("api.document", f"{api.document}: {error.strerror}") from error
    except OpenApiError as error:
        raise refusal("api.document", f"{api.document}: {error}") from error


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
    """Files and folders that are no part of the build, as far as that is plain."""
    ignored = folder / _IGNORE_FILE
    if not ignored.is_file() or (folder / f"{_DOCKERFILE}{_IGNORE_FILE}").exists():
        return set()
    lines = [line.strip() for line in ignored.read_text(encoding="utf-8").splitlines()]
    if any(line.startswith("!") for line in lines):
        return set()
    plain = {line.strip("/") for line in lines if line and not _PATTERN_CHARACTERS & set(line)}
    # The build reads both, whether they are ignored or not.
    return plain - {_DOCKERFILE, _IGNORE_FILE}
