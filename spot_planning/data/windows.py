"""Parses weekly maintenance windows and daily backup windows, which must not overlap."""

import re
from functools import partial

from spot_planning.declarations import Allowed, passing

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = len(DAYS) * MINUTES_PER_DAY

_TIME = r"(?:(?P<{0}_day>[a-z]{{3}}):)?(?P<{0}_hour>[01][0-9]|2[0-3]):(?P<{0}_minute>[0-5][0-9])"
_WINDOW = re.compile(f"{_TIME.format('start')}-{_TIME.format('end')}")


def window_minutes(key: str, window: str) -> frozenset[int]:
    """Return the minutes of the week, from Monday 00:00 UTC, that a window covers, without its last minute.

    Args:
        key: Name of the setting, for the error.
        window: ``03:00-04:00`` for every day, or ``sun:04:30-sun:05:30`` for one.

    Raises:
        ValueError: The window has neither of these forms.
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


_is_window = passing(partial(window_minutes, "window"))

DAILY_WINDOW = Allowed(
    "a window of the day in UTC, such as 03:00-04:00",
    lambda window: window[:1].isdigit() and _is_window(window),
)
WEEKLY_WINDOW = Allowed(
    "a window of the week in UTC, such as sun:04:30-sun:05:30",
    lambda window: window[:1].isalpha() and _is_window(window),
)
