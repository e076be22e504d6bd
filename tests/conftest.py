"""What all tests share."""

import os
import signal

import pytest
from hypothesis import settings

# The same examples in every run, and no deadline: a loaded machine must not fail a test, nor luck pass one.
# `pytest --hypothesis-profile=default` looks for new examples.
settings.load_profile("ci")

# A shell starts what it runs in the background with SIGINT ignored, nohup with SIGHUP, and every process below inherits
# that: the tests of interruptions would then interrupt nothing.
for number, ordinary in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, ordinary)


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: the emulator's tests wait for minutes while others could run."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one at the end."""
    longest: dict[object, int] = {}
    for item in items:
        rank = 0 if item.get_closest_marker("emulator") else 1 if item.get_closest_marker("engine") else 2
        longest[item.path] = min(rank, longest.get(item.path, rank))
    items.sort(key=lambda item: longest[item.path])
