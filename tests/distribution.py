"""Distributes the tests to workers: the tests of a file to one worker, or those of several files of a group.

Files whose tests run the engine come first, then those of a group.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_MINUTES = ("emulator", "engine", "xdist_group")
"""Marks of tests that take minutes in one worker, the longest first."""
_GROUP = re.compile(r"^(?:pytestmark = |    )pytest\.mark\.xdist_group\(\"([^\"]+)\"\),?$", re.MULTILINE)


class ByFileOrGroup(LoadScopeScheduling):
    """Keeps the tests of a file in one worker, and those of all files with the same ``xdist_group``, too.

    A worker keeps its recordings for the tests that come later, and a run of the whole program takes most of a second.
    ``--dist loadgroup`` does not do it: with pytest 9.2, pytest-xdist 3.8 distributes the tests of a group one by one
    (pytest-xdist, issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _group(self.config.rootpath / file) or file


@cache
def _group(file: Path) -> str | None:
    found = _GROUP.search(file.read_text(encoding="utf-8"))
    return found[1] if found else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the files to the front whose tests take minutes, so that they do not run on when all others have ended."""
    ranks: dict[Path, int] = {}
    for item in items:
        rank = next((n for n, mark in enumerate(_MINUTES) if item.get_closest_marker(mark)), len(_MINUTES))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileOrGroup | None:
    """Return the scheduler for ``--dist loadgroup``."""
    return ByFileOrGroup(config, log) if config.getvalue("dist") == "loadgroup" else None
