"""The engine's own lines without what only its machinery is interested in."""

import re

_NOISE = re.compile(
    r"using pulumi-\S+ from \$PATH at \S*/spot-platform-\S+"  # this toolchain's own launchers
    r"|^@ \w+( \w+)?\.+$"  # dots while it works
    r"|^Loading policy packs\.\.\."
)
_HEADING = re.compile(r"^(Diagnostics:|  \S+ \(.*\):)$")


class LineFilter:
    """Leaves out noise, and headings and blank lines that nothing follows any more."""

    def __init__(self) -> None:
        self._held: list[str] = []

    def passed(self, line: str) -> list[str]:
        """The lines to print now that the engine has printed another one."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        if _NOISE.search(plain):
            return []
        if not plain.strip():
            if self._held[-1:] != [""]:
                self._held.append("")
            return []
        if _HEADING.match(plain):
            # a heading of the same level, or above it, ends one that nothing followed
            self._held = [held for held in self._held if not held.strip() or _level(held) < _level(line)]
            self._held.append(line)
            return []
        lines, self._held = self._held, []
        if not line.startswith(" ") and plain.endswith(":"):
            lines = [held for held in lines if not held.strip()][:1]
        return [*lines, line]


def _level(line: str) -> int:
    return len(line) - len(line.lstrip())
