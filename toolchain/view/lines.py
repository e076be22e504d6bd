"""Filters the engine's output: drops lines that do not help the user."""

import re

from toolchain.modes import LOCAL_STACK

_NOISE = re.compile(
    r"using pulumi-\S+ from \$PATH at \S*/spot-platform-\S+"  # this toolchain's own launchers
    r"|^@ \w+( \w+)?\.+$"  # dots while it works
    r"|^Loading policy packs\.\.\."
    # `destroy` removes the local stack itself
    rf"|^If you want to remove the stack completely, run .pulumi stack rm {re.escape(LOCAL_STACK)}\W*$"
)
_UNCOUNTED = re.compile(
    r" *warning: Failed to calculate preview for element in \S+ Failed to calculate set hash: SetElementHash\(\) .*$"
)
"""A warning that needs no action: the provider cannot compare the elements of some sets, so it previews the whole set.
It warns for each element, in the row of the resource and again below ``Diagnostics`` (pulumi-aws issue 5438)."""
_NO_CHANGE = re.compile(r"^ {4}(\S+ \S+ *)?$")
"""A row that names a resource without a change."""
_DELETED = "The resources in the stack have been deleted, but the history"
_PASSED = re.compile(r"^ +✅ \S+@v\S+ \(local: ")
"""The engine's row for a pack without findings, and also for a pack that was not evaluated to the end. This project's
pack ends each run with its summary, so if nothing is listed below the row, the pack was not evaluated to the end."""
_FINDING = re.compile(r"^ +- \[")
_HEADING = re.compile(r"^(Diagnostics:|  \S+ \(.*\):)$")


class LineFilter:
    """Drops noise, and the headings and blank lines that nothing follows after that."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._pack = ""

    def passed(self, line: str) -> list[str]:
        """Take the engine's next line, and return the lines to print now."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        pack, self._pack = self._pack, line if _PASSED.match(plain) else ""
        if pack and not _FINDING.match(plain):
            pack = pack.replace("✅ ", "", 1)
        before = self._filtered(pack, pack) if pack else []
        return before if self._pack else [*before, *self._filtered(line, plain)]

    def _filtered(self, line: str, plain: str) -> list[str]:
        if _UNCOUNTED.search(plain):
            plain = line = _UNCOUNTED.sub("", plain)
            if _NO_CHANGE.match(plain) or not plain.strip():
                return []
        if _NOISE.search(plain):
            self._held = [held for held in self._held if not held.startswith(_DELETED)]
            return []
        if plain.startswith(_DELETED):
            self._held.append(plain)
            return []
        if not plain.strip():
            if self._held[-1:] != [""]:
                self._held.append("")
            return []
        if _HEADING.match(plain):
            # drop a held heading of the same or a lower level, because no line followed it
            self._held = [held for held in self._held if not held.strip() or _level(held) < _level(line)]
            self._held.append(line)
            return []
        lines, self._held = self._held, []
        if not line.startswith(" ") and plain.endswith(":"):
            lines = [held for held in lines if not held.strip()][:1]
        return [*lines, line]


def _level(line: str) -> int:
    return len(line) - len(line.lstrip())
