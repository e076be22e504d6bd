"""Takes the data path's reports about CloudFront invalidations, and returns the status of an invalidation."""

import time
from typing import Any

WATCH_SECONDS = 30.0
"""If the edge has not reported for this long, it counts as ended, and its cache with it."""


class _Edge:
    """The last reports of the data path's edge."""

    reported_at: float | None = None
    completed: set[str] = set()


def take_invalidations(report: dict[str, Any]) -> dict[str, str]:
    """Record that the edge runs, and the invalidations that it has completed.

    Args:
        report: ``{"completed": [ids]}``.

    Raises:
        KeyError: The report has no ``completed``.
    """
    _Edge.completed |= {str(identifier) for identifier in report["completed"]}
    _Edge.reported_at = time.monotonic()
    return {}


def invalidation_status(identifier: str) -> str:
    """Return the status of an invalidation; ``Completed`` if no edge runs, because then there is no cache.

    Args:
        identifier: The invalidation's id.
    """
    watched = _Edge.reported_at is not None and time.monotonic() - _Edge.reported_at < WATCH_SECONDS
    return "InProgress" if watched and identifier not in _Edge.completed else "Completed"
