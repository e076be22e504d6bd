"""Hides Python's warnings about coroutines that were never awaited, after a run that was interrupted or failed."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

NEVER_AWAITED = "coroutine .* was never awaited"
"""Regular expression for the text of the warning."""


@contextmanager
def warned_of_after_success() -> Generator[None]:
    """Hold back warnings that a coroutine was never awaited, and show them only if the block succeeds.

    The program runs in this process. When the engine stops early, nothing answers the program any more, and its
    coroutines are dropped. The warnings then name code of the SDK and of the components, and no mistake to correct.
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
        ignore()  # Python prints more of these warnings while the process ends
        raise
    else:
        for warning in held:
            shown(*warning)
    finally:
        warnings.showwarning = shown


def ignore() -> None:
    """Ignore warnings that a coroutine was never awaited, from now on."""
    warnings.filterwarnings("ignore", NEVER_AWAITED, RuntimeWarning)
