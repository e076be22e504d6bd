"""Warnings that a coroutine was never awaited: printed for a run that succeeds, but not for an aborted run."""

import gc
import warnings

import pytest

from toolchain.system.coroutines import warned_of_after_success


async def _never() -> None: ...


def _forget() -> None:
    _never()  # pyright: ignore[reportUnusedCoroutine]
    gc.collect(0)


def _break_off(error: type[BaseException]) -> None:
    with warned_of_after_success():
        _forget()
        warnings.warn("another", stacklevel=1)
        raise error


def _shown(run) -> list[str]:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # gc.collect() finds what other tests left open, too
        run()
        return [str(each.message) for each in shown]


def test_a_program_that_forgets_to_await_is_warned_of() -> None:
    def run() -> None:
        with warned_of_after_success():
            _forget()
            warnings.warn("another", stacklevel=1)

    assert _shown(run) == ["another", "coroutine '_never' was never awaited"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_a_broken_off_run_drops_is_not_warned_of_then_or_later(error) -> None:
    def run() -> None:
        with pytest.raises(error):
            _break_off(error)
        _forget()

    assert _shown(run) == ["another"]
