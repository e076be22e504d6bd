"""Makes the keys of objects, with safe versions of the names that users choose."""

import re
import unicodedata
from datetime import datetime
from typing import Final
from uuid import UUID

MAX_NAME_LENGTH: Final = 100
"""Maximum characters of a name; a key has at most 1,024 bytes (Amazon S3 User Guide, "Naming Amazon S3 objects")."""

_FALLBACK_NAME: Final = "file"
_CATEGORY: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS: Final = re.compile(r"\.{2,}")


def safe_name(name: str) -> str:
    """Turn a file's name into one that every system accepts: letters, digits, ``.``, ``_`` and ``-``.

    Only the part after the last slash or backslash is used. Accents are removed. A run of other characters becomes one
    ``_``. The result starts with a letter or a digit, so it is never a hidden file, a parent folder or an option of a
    command. All characters are "Safe characters" of the Amazon S3 User Guide, "Naming Amazon S3 objects".

    Args:
        name: The file's name on the user's machine.

    Returns:
        1 to `MAX_NAME_LENGTH` characters. A name that is safe already is returned unchanged.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode("ascii")
    safe = _DOTS.sub(".", _UNSAFE.sub("_", plain)).lstrip("._-").rstrip(".")
    if len(safe) > MAX_NAME_LENGTH:
        stem, dot, extension = safe.rpartition(".")
        end = f".{extension}" if dot and len(extension) <= 10 else ""  # noqa: PLR2004 (no known extension is longer)
        safe = (stem or safe)[: MAX_NAME_LENGTH - len(end)].rstrip(".") + end
    return safe or _FALLBACK_NAME


def company_key(company_id: UUID, category: str, at: datetime, name: str) -> str:
    """Return the key of a company's file: ``companies/{id}/{category}/{timestamp}-{name}``.

    Args:
        company_id: The company.
        category: Kind of the file, such as ``evidence``; one of the kinds in the API document, never free text.
        at: Time of the request, with a time zone. The key contains it as milliseconds since 1970.
        name: The file's name from the user.

    Raises:
        ValueError: The category has characters other than lower-case letters, digits and hyphens.
    """
    return _key(f"companies/{company_id}", category, at, name)


def user_key(user_id: UUID, category: str, at: datetime, name: str) -> str:
    """Return the key of a user's own file, such as a picture: ``users/{id}/{category}/{timestamp}-{name}``.

    Args:
        user_id: The user.
        category: As for `company_key`.
        at: As for `company_key`.
        name: As for `company_key`.

    Raises:
        ValueError: The category has characters other than lower-case letters, digits and hyphens.
    """
    return _key(f"users/{user_id}", category, at, name)


def _key(owner: str, category: str, at: datetime, name: str) -> str:
    if not _CATEGORY.fullmatch(category):
        raise ValueError(f"category={category!r} is not lower-case letters, digits and hyphens")
    return f"{owner}/{category}/{int(at.timestamp() * 1000)}-{safe_name(name)}"
