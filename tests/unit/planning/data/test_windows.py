"""Windows: read as AWS reads them, and never two at the same time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.data.windows import DAYS, MINUTES_PER_WEEK, check_windows, window_minutes

TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAILY = st.builds("{}-{}".format, TIMES, TIMES)
WEEKLY = st.builds("{}:{}-{}:{}".format, st.sampled_from(DAYS), TIMES, st.sampled_from(DAYS), TIMES)

# Two weeks of a clock, so that a window over the end of the week is seen whole; made once, for every example reads it.
CLOCK = [
    (f"{minute % 1440 // 60:02}:{minute % 60:02}", DAYS[minute // 1440 % 7], minute % MINUTES_PER_WEEK)
    for minute in range(2 * MINUTES_PER_WEEK)
]
CLOCK_BY_DAY = [(f"{day}:{time}", minute) for time, day, minute in CLOCK]
CLOCK_EACH_DAY = [(time, minute) for time, _day, minute in CLOCK]


def minute_by_minute(window: str) -> set[int]:
    """The same windows, walked through on a clock."""
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
    try:
        check_windows({"backup_window": daily, "maintenance_window": weekly}, minimum_minutes=30)
    except ValueError:
        assert not right
    else:
        assert right


NO_WINDOW = "is not a window such as 03:00-04:00 or sun:04:30-sun:05:30 (UTC)"


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ({"a": "3:00-4:00"}, "a='3:00-4:00' " + NO_WINDOW),
        ({"a": "sun:03:00-04:00"}, "a='sun:03:00-04:00' " + NO_WINDOW),
        ({"a": "xyz:03:00-xyz:04:00"}, "a='xyz:03:00-xyz:04:00' " + NO_WINDOW),
        ({"a": "24:00-25:00"}, "a='24:00-25:00' " + NO_WINDOW),
        ({"a": ""}, "a='' " + NO_WINDOW),
        ({"a": "03:00-03:20"}, "a=03:00-03:20 lasts 20 minutes; 30 are needed"),
        ({"a": "03:00-03:00"}, "a=03:00-03:00 lasts 0 minutes; 30 are needed"),
        ({"a": "sun:03:00-sun:03:20"}, "a=sun:03:00-sun:03:20 lasts 20 minutes; 30 are needed"),
        ({"a": "03:00-04:00", "b": "sun:03:59-sun:05:00"}, "a=03:00-04:00 overlaps b=sun:03:59-sun:05:00"),
        ({"a": "23:30-00:30", "b": "mon:00:00-mon:01:00"}, "a=23:30-00:30 overlaps b=mon:00:00-mon:01:00"),
    ],
)
def test_wrong_windows_are_refused(windows: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_windows(windows, minimum_minutes=30)


def test_windows_may_touch() -> None:
    check_windows({"a": "03:00-04:00", "b": "sun:04:00-sun:05:00"}, minimum_minutes=60)
