"""Under which name a browser saves a file: the header ``Content-Disposition``."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from service.storage.keys import safe_name

MAX_SHOWN_LENGTH: Final = 100
"""Characters kept of a name."""
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
"""Characters that Windows takes in no file's name (Microsoft, "Naming Files, Paths, and Namespaces")."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible, and part of how Persian and the languages of India are written."""
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: control, format (which may turn the order of letters), surrogates, line ends."""


def attachment(name: str) -> str:
    """The header of a file that is saved, not shown.

    It has a name in plain letters, and in ``filename*`` the user's own where that is another (RFC 6266, section 4.3 and
    appendix D): browsers take the second one.

    Args:
        name: The name as the user's machine gave it.

    Returns:
        The value of ``Content-Disposition``; ASCII.
    """
    plain = safe_name(name)
    shown = _shown(name)
    header = f'attachment; filename="{plain}"'
    # Percent-encoded is all but what RFC 8187, section 3.2.1, and JavaScript's encodeURIComponent leave as it is.
    return header if shown in {"", plain} else f"{header}; filename*=UTF-8''{quote(shown, safe='!')}"


def _shown(name: str) -> str:
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    seen = "".join(each for each in last if each in _JOINERS or unicodedata.category(each) not in _INVISIBLE)
    shown = _FORBIDDEN.sub("_", seen).lstrip(" .-").rstrip(" .")
    if len(shown) > MAX_SHOWN_LENGTH:
        stem, dot, extension = shown.rpartition(".")
        end = f".{extension}" if dot and len(extension) <= 10 else ""  # noqa: PLR2004 (as in `safe_name`)
        shown = (stem or shown)[: MAX_SHOWN_LENGTH - len(end)].rstrip(" .") + end
    return shown
