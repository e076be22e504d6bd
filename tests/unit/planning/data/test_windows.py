"""Maintenance and backup windows: parsed as AWS does, and never overlapping."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.rules import window_is_long, windows_are_apart
from spot_planning.data.windows import DAYS, MINUTES_PER_WEEK, window_minutes
from tests.unit.planning.saying import lines

TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAILY = st.builds("{}-{}".format, TIMES, TIMES)
WEEKLY = st.builds("{}:{}-{}:{}".format, st.sampled_from(DAYS), TIMES, st.sampled_from(DAYS), TIMES)

# Two weeks of minutes, so that a window over the end of the week is complete. Made once, as every example reads it.
CLOCK = [
    (f"{minute % 1440 // 60:02}:{minute % 60:02}", DAYS[minute // 1440 % 7], minute % MINUTES_PER_WEEK)
    for minute in range(2 * MINUTES_PER_WEEK)
]
CLOCK_BY_DAY = [(f"{day}:{time}", minute) for time, day, minute in CLOCK]
CLOCK_EACH_DAY = [(time, minute) for time, _day, minute in CLOCK]


def check(minutes: int, **windows: str) -> list[str]:
    settings = SimpleNamespace(**windows)
    rules = [*(window_is_long(key, minutes) for key in windows), windows_are_apart(*windows)]
    return lines(problem for rule in rules for problem in rule(settings))


def minute_by_minute(window: str) -> set[int]:
    """Return the minutes of a window, found minute by minute on a clock."""
    start, end = window.rsplit("-", 1)
    covered = set()
    running = False
    for now, minute in CLOCK_BY_DAY if start[0].isalpha() else CLOCK_EACH_DAY:
        running = now != end and (running or now == start)
        if running:
            covered.add(minute)
    return covered


@given(DAILY | WEEKLY)
def test_minutes_are_those_of_the_clock(window: str) -> None:
    assert window_minutes("window", window) == minute_by_minute(window)


@given(DAILY, WEEKLY)
def test_windows_are_let_through_when_they_are_long_enough_and_never_meet(daily: str, weekly: str) -> None:
    every_day, once = minute_by_minute(daily), minute_by_minute(weekly)
    right = len(every_day) >= 7 * 30 and len(once) >= 30 and not every_day & once
    assert (check(30, backup_window=daily, maintenance_window=weekly) == []) == right


NO_WINDOW = "is not a window such as 03:00-04:00 or sun:04:30-sun:05:30 (UTC)"


@pytest.mark.parametrize("window", ["3:00-4:00", "sun:03:00-04:00", "xyz:03:00-xyz:04:00", "24:00-25:00", ""])
def test_what_is_no_window_is_refused(window: str) -> None:
    with pytest.raises(ValueError, match=f"^a='{window}' {re.escape(NO_WINDOW)}$"):
        window_minutes("a", window)


@pytest.mark.parametrize(
    ("windows", "line"),
    [
        ({"a": "03:00-03:20"}, "a lasts 20 minutes; 30 are needed"),
        ({"a": "03:00-03:00"}, "a lasts 0 minutes; 30 are needed"),
        ({"a": "sun:03:00-sun:03:20"}, "a lasts 20 minutes; 30 are needed"),
        ({"a": "03:00-04:00", "b": "sun:03:59-sun:05:00"}, "a overlaps b=sun:03:59-sun:05:00"),
        ({"a": "23:30-00:30", "b": "mon:00:00-mon:01:00"}, "a overlaps b=mon:00:00-mon:01:00"),
    ],
)
def test_wrong_windows_are_refused(windows: dict[str, str], line: str) -> None:
    assert check(30, **windows) == [line]


def test_windows_may_touch() -> None:
    assert check(60, a="03:00-04:00", b="sun:04:00-sun:05:00") == []
