"""The examples run as the library's programs do."""

from tests.library.conftest import preview

__all__ = ["preview"]
