"""The examples are previewed by the same fixture as the library's programs."""

from tests.library.conftest import preview

__all__ = ["preview"]
