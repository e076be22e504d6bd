"""Gaps of moto that the real provider plugin falls into, each closed by a patch of its own, with the reason."""

from collections.abc import Callable

PATCHES: tuple[Callable[[], None], ...] = ()


def apply() -> None:
    """Apply every patch to the moto of this process."""
    for patch in PATCHES:
        patch()
