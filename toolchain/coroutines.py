"""Keeps Python's warnings about coroutines for runs that came to their end."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

NEVER_AWAITED = "coroutine .* was never awaited"
"""How Python begins such a warning."""


@contextmanager
def warned_of_after_success() -> Generator[None]:
    """Hold back warnings that a coroutine was never awaited until the block has succeeded.

    The program runs in this process. When the engine breaks off, no one answers the program any more, and what it still
    had to await is dropped: the warnings name parts of the SDK and of the components, and nothing that can be mended.
    """
    shown = warnings.showwarning
    held: list[tuple[Any, ...]] = []

    def hold(message: Warning | str, category: type[Warning], *place: Any, **written: Any) -> None:
        if issubclass(category, RuntimeWarning) and str(message).endswith("was never awaited"):
            held.append((message, category, *place))
        else:
            shown(message, category, *place, **written)

    warnings.showwarning = hold
    try:
        yield
    except BaseException:
        ignore()  # more of them come while the process ends
        raise
    else:
        for warning in held:
            shown(*warning)
    finally:
        warnings.showwarning = shown


def ignore() -> None:
    """Drop such warnings from now on."""
    warnings.filterwarnings("ignore", NEVER_AWAITED, RuntimeWarning)
