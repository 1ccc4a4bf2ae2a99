"""Days on which no marketing is said: weekdays by name, holidays by date, of one year or of every year."""

from collections.abc import Collection
from datetime import date
from typing import Literal, get_args

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
LEAP_DAY = "02-29"


def is_quiet(day: date, quiet: Collection[str]) -> bool:
    """`quiet`: names of weekdays, dates such as "2026-12-25", and "12-25" for every year."""
    if not quiet:
        return False
    written = day.isoformat()
    if WEEKDAYS[day.weekday()] in quiet or written in quiet or written[5:] in quiet:
        return True
    return LEAP_DAY in quiet and day == in_year(LEAP_DAY, day.year)


def in_year(month_and_day: str, year: int) -> date:
    """A day of every year in one of them. 29 February is 28 February in a common year."""
    month, day = map(int, month_and_day.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)
