"""Keys of objects: names that users choose, made harmless."""

import re
import unicodedata
from datetime import datetime
from typing import Final
from uuid import UUID

MAX_NAME_LENGTH: Final = 100
"""Characters kept of a name; a key has at most 1,024 bytes (Amazon S3 User Guide, "Naming Amazon S3 objects")."""

_FALLBACK_NAME: Final = "file"
_CATEGORY: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS: Final = re.compile(r"\.{2,}")


def safe_name(name: str) -> str:
    """Turn a file's name into one that every system takes: letters, digits, ``.``, ``_`` and ``-``.

    Only what follows the last slash or backslash counts. Accents are taken off; what is left outside the set becomes
    one ``_``. The result starts with a letter or a digit, so it is never hidden, a parent folder or an option of a
    command. The set is within the "Safe characters" of the Amazon S3 User Guide, "Naming Amazon S3 objects".

    Args:
        name: The name as the user's machine gave it.

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
    """Key of a file of a company: ``companies/{id}/{category}/{timestamp}-{name}``.

    Args:
        company_id: The company.
        category: What kind of file, such as ``evidence``; one of the document's kinds, never free text.
        at: When it was asked for; aware. Milliseconds since 1970 stand in the key.
        name: The file's name as the user gave it.

    Raises:
        ValueError: If the category is not lower-case letters, digits and hyphens.
    """
    return _key(f"companies/{company_id}", category, at, name)


def user_key(user_id: UUID, category: str, at: datetime, name: str) -> str:
    """Key of a file of a user without a company, such as a picture: ``users/{id}/{category}/{timestamp}-{name}``.

    Args:
        user_id: The user.
        category: As for `company_key`.
        at: As for `company_key`.
        name: As for `company_key`.

    Raises:
        ValueError: If the category is not lower-case letters, digits and hyphens.
    """
    return _key(f"users/{user_id}", category, at, name)


def _key(owner: str, category: str, at: datetime, name: str) -> str:
    if not _CATEGORY.fullmatch(category):
        raise ValueError(f"category={category!r} is not lower-case letters, digits and hyphens")
    return f"{owner}/{category}/{int(at.timestamp() * 1000)}-{safe_name(name)}"
