"""What the local data path reports of Amazon CloudFront."""

import time
from typing import Any

WATCH_SECONDS = 30.0
"""An edge that has not reported for so long is taken for gone; with it went its cache."""


class _Edge:
    """What is known of the edge of the data path."""

    reported_at: float | None = None
    completed: set[str] = set()


def take_invalidations(report: dict[str, Any]) -> dict[str, str]:
    """Take that the edge runs, and which invalidations it has done.

    Args:
        report: ``{"completed": [ids]}``.

    Raises:
        KeyError: The report lacks the ids.
    """
    _Edge.completed |= {str(identifier) for identifier in report["completed"]}
    _Edge.reported_at = time.monotonic()
    return {}


def invalidation_status(identifier: str) -> str:
    """The status of an invalidation: without an edge there is nothing to wait for.

    Args:
        identifier: The invalidation's id.
    """
    watched = _Edge.reported_at is not None and time.monotonic() - _Edge.reported_at < WATCH_SECONDS
    return "InProgress" if watched and identifier not in _Edge.completed else "Completed"
