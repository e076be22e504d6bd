"""Validates AWS schedule expressions.

Source: "Cron and rate expressions", Application Auto Scaling User Guide and Amazon EventBridge User Guide.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

CRON: Final = (
    "cron(minutes hours day month weekday year) with ? for the day or the weekday, such as cron(0 8 ? * MON-FRI *)"
)
"""Text of the cron expressions that AWS accepts."""
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_RATE: Final = re.compile(r"(?P<value>[1-9][0-9]*) (?P<unit>minute|hour|day)(?P<plural>s?)")
_DAY_OF_MONTH_SPECIAL: Final = re.compile(r"L|LW|(?:[1-9]|[12][0-9]|3[01])W")
_DAY_OF_WEEK_SPECIAL: Final = re.compile(r"L|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])")


@dataclass(frozen=True)
class _Field:
    """One field of a cron expression: its range, names for its numbers, and special forms such as ``L``."""

    low: int
    high: int
    names: tuple[str, ...] = ()
    special: re.Pattern[str] | None = None

    def accepts(self, text: str) -> bool:
        """Check for ``*``, a special form, or a list of numbers, ranges and steps within the field's range."""
        if self.special is not None and self.special.fullmatch(text):
            return True
        return all(self._accepts_part(part) for part in text.split(","))

    def _accepts_part(self, part: str) -> bool:
        span, slash, step = part.partition("/")
        if slash and not (re.fullmatch(r"0*[1-9][0-9]{0,3}", step) and int(step) <= self.high):
            return False
        if span == "*":
            return True
        first, dash, last = span.partition("-")
        low = self._number(first)
        if not dash:
            return low is not None
        high = self._number(last)
        return low is not None and high is not None and low <= high

    def _number(self, text: str) -> int | None:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.low
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(self.high)) else -1
        return number if self.low <= number <= self.high else None


_DAY_OF_MONTH: Final = _Field(1, 31, special=_DAY_OF_MONTH_SPECIAL)
_DAY_OF_WEEK: Final = _Field(1, 7, _WEEKDAYS, _DAY_OF_WEEK_SPECIAL)


def is_schedule(expression: str) -> bool:
    """Check whether AWS accepts this schedule expression.

    Args:
        expression: ``cron(0 8 ? * MON-FRI *)``, ``rate(1 hour)`` or ``at(2027-01-31T08:00:00)``.
    """
    match = re.fullmatch(r"(at|rate|cron)\((.*)\)", expression)
    if match is None:
        return False
    return {"at": _is_time, "rate": _is_rate, "cron": _is_cron}[match[1]](match[2])


def is_cron(expression: str) -> bool:
    """Check whether AWS accepts this cron expression, for services that accept no other kind of schedule.

    Args:
        expression: ``cron(0 5 * * ? *)``.
    """
    return expression.startswith("cron(") and is_schedule(expression)


def _is_time(text: str) -> bool:
    if re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}", text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_rate(text: str) -> bool:
    match = _RATE.fullmatch(text)
    return match is not None and (match["value"] == "1") == (match["plural"] == "")


def _is_cron(text: str) -> bool:
    fields = text.split(" ")
    if len(fields) != len(("minutes", "hours", "day", "month", "weekday", "year")):
        return False
    minutes, hours, day, month, weekday, year = fields
    # AWS requires "?" in exactly one of the two day fields; the other field decides.
    if (day == "?") == (weekday == "?"):
        return False
    return (
        _Field(0, 59).accepts(minutes)
        and _Field(0, 23).accepts(hours)
        and (day == "?" or _DAY_OF_MONTH.accepts(day))
        and _Field(1, 12, _MONTHS).accepts(month)
        and (weekday == "?" or _DAY_OF_WEEK.accepts(weekday))
        and _Field(1970, 2199).accepts(year)
    )
