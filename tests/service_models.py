"""Lets all sessions of boto3 in a process share botocore's service models.

Each session reads and parses the models of its services again. For Amazon S3 that takes longer than most tests.
"""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from botocore.loaders import Loader

_read: dict[tuple[type[Loader], tuple[str, ...]], dict[Any, Any]] = {}
"""Class of a loader, and its own folders -> what such loaders have read. Moto's loader adds to the models that it reads,
so it does not share them with botocore's."""


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
