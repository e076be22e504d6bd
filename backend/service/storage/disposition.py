"""Makes the header ``Content-Disposition``, which contains the name under which a browser saves a file."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from service.storage.keys import safe_name

MAX_SHOWN_LENGTH: Final = 100
"""Maximum characters of a name; longer names are cut."""
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
"""Characters that Windows does not allow in file names (Microsoft, "Naming Files, Paths, and Namespaces")."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible characters that Persian and the languages of India need in writing."""
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that are removed: control, format (can reverse the order of letters), surrogates, line ends."""


def attachment(name: str) -> str:
    """Return the header for a file that a browser saves and does not show.

    The header has a name in plain letters. If the user's own name differs, it is in ``filename*`` (RFC 6266, section
    4.3 and appendix D); browsers prefer this one.

    Args:
        name: The file's name on the user's machine.

    Returns:
        The value of ``Content-Disposition``; ASCII.
    """
    plain = safe_name(name)
    shown = _shown(name)
    header = f'attachment; filename="{plain}"'
    # Only characters that both RFC 8187, section 3.2.1, and JavaScript's encodeURIComponent leave unchanged are not
    # percent-encoded.
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
