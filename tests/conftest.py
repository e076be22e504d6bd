"""Hypothesis's profile, service models, compiled modules, garbage, signal handlers and workers, for all tests."""

import gc
import os
import signal
import sys
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.distribution import (  # noqa: F401 - pytest finds the hooks here
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from toolchain.emulator.service_models import share_service_models

share_service_models()

# The profile "ci" uses the same examples in every run and has no deadline, so that the result depends neither on chance
# nor on the machine's load. `pytest --hypothesis-profile=default` looks for new examples. `make check` sets the profile
# "check", which is "ci" with a fifth of the examples; `make test` tries all of them.
settings.register_profile("check", settings.get_profile("ci"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Images for containers and CI often set this variable. With it, each of the hundreds of processes that the tests start
# would compile this project's modules again: half a second of processor time for the toolchain alone.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell ignores SIGINT in its background jobs, and nohup ignores SIGHUP. Child processes inherit that, and the tests
# that send these signals would have no effect.
for number, ordinary in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, ordinary)


def pytest_sessionfinish() -> None:
    """Let the last collections also leave out what the tests have kept, such as recordings of whole programs."""
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Return the number of processors plus two: many tests of the backend and of the data path mostly wait."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without collecting garbage: modules and tests live until the end.

    Each worker makes all of the tests, about nine thousand. With garbage collections that takes half as long again,
    and each later one would look through all of them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
