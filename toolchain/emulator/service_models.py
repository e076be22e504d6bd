"""Lets all sessions of botocore in a process share what they read of its package.

Each session reads and parses the models of its services again. While moto is imported, five sessions read the endpoints
of all services, and three read the model of Amazon EC2. The tests' processes use it, too.
"""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from botocore.loaders import Loader

_read: dict[tuple[type[Loader], tuple[str, ...]], dict[Any, Any]] = {}
"""Class of a loader, and its own folders -> what such loaders have read. Moto's loader adds to the models that it
reads, so it does not share them with botocore's."""


def share_service_models() -> None:
    """Make each loader begin with what loaders like it have read."""
    begin = Loader.__init__

    @wraps(begin)
    def share(self: Any, extra_search_paths: Iterable[str] | None = None, *arguments: Any, **options: Any) -> None:
        folders = list(extra_search_paths or ())
        kind = (self.__class__, tuple(folders))
        begin(self, folders, *arguments, **options)
        self._cache = _read.setdefault(kind, {})

    Loader.__init__ = share
