"""Weekly maintenance and daily backup windows, which must not meet."""

import re
from collections.abc import Mapping
from itertools import combinations

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = len(DAYS) * MINUTES_PER_DAY

_TIME = r"(?:(?P<{0}_day>[a-z]{{3}}):)?(?P<{0}_hour>[01]\d|2[0-3]):(?P<{0}_minute>[0-5]\d)"
_WINDOW = re.compile(f"{_TIME.format('start')}-{_TIME.format('end')}")


def window_minutes(key: str, window: str) -> frozenset[int]:
    """The minutes of the week, from Monday 00:00 UTC, that a window covers; its last minute is not among them.

    Args:
        key: The name of the value, for the error.
        window: ``03:00-04:00`` for every day, or ``sun:04:30-sun:05:30`` for one.

    Raises:
        ValueError: If it is neither.
    """
    found = _WINDOW.fullmatch(window)
    days = [found["start_day"], found["end_day"]] if found else []
    if not found or days.count(None) == 1 or not all(day is None or day in DAYS for day in days):
        raise ValueError(f"{key}={window!r} is not a window such as 03:00-04:00 or sun:04:30-sun:05:30 (UTC)")
    start, end = (
        (DAYS.index(found[f"{edge}_day"]) * MINUTES_PER_DAY if found[f"{edge}_day"] else 0)
        + int(found[f"{edge}_hour"]) * 60
        + int(found[f"{edge}_minute"])
        for edge in ("start", "end")
    )
    period = MINUTES_PER_DAY if days[0] is None else MINUTES_PER_WEEK
    covered = range(start, start + (end - start) % period)
    repeats = range(0, MINUTES_PER_WEEK, period)
    return frozenset((minute + shift) % MINUTES_PER_WEEK for minute in covered for shift in repeats)


def check_windows(windows: Mapping[str, str], *, minimum_minutes: int) -> None:
    """Refuse windows that AWS would refuse.

    Args:
        windows: Name of the value -> window.
        minimum_minutes: How long each must be at least; 30 for Amazon RDS, 60 for Amazon ElastiCache.

    Raises:
        ValueError: If one is malformed or too short, or two overlap.
    """
    minutes = {key: window_minutes(key, window) for key, window in windows.items()}
    for key, window in windows.items():
        repeats = 1 if window[0].isalpha() else len(DAYS)
        length = len(minutes[key]) // repeats
        if length < minimum_minutes:
            raise ValueError(f"{key}={window} lasts {length} minutes; {minimum_minutes} are needed")
    for one, other in combinations(windows, 2):
        if minutes[one] & minutes[other]:
            raise ValueError(f"{one}={windows[one]} overlaps {other}={windows[other]}")
