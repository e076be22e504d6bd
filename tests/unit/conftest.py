"""Gives every test the group by which ``make check`` distributes the tests to two workers."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one worker, and those of all files that run the whole program, too.

    A run of the whole program takes most of a second, and a worker keeps its recordings for the tests that come later.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
