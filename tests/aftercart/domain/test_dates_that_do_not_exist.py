"""The written rules of docs/journeys.md, one by one."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from aftercart.domain.quiet_days import in_year
from aftercart.domain.time_of_day import at_local, next_within, within
from aftercart.domain.wishes import Frequency, next_turn

KYIV = "Europe/Kyiv"


def shown(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M %z")


def test_29_february_of_every_year_is_28_february_in_a_common_one() -> None:
    assert [in_year("02-29", year).day for year in (2024, 2025, 2026, 2027, 2028)] == [29, 28, 28, 28, 29]
    assert in_year("12-31", 2026) == date(2026, 12, 31)


def test_a_month_is_a_calendar_month_whatever_its_length() -> None:
    turns = [next_turn(Frequency.MONTHLY, last) for last in (date(2027, 1, 1), date(2027, 1, 31))]
    assert turns == [date(2027, 2, 1), date(2027, 2, 1)]
    assert next_turn(Frequency.MONTHLY, date(2028, 2, 29)) == date(2028, 3, 1)


def test_an_hour_that_does_not_exist_is_the_moment_at_which_clocks_are_set_forward() -> None:
    """At three it is four in Kyiv."""
    assert shown(at_local(date(2027, 3, 28), time(3, 30), KYIV), KYIV) == "28 04:00 +0300"


def test_an_hour_that_comes_twice_is_its_first() -> None:
    """At four it is three again in Kyiv."""
    assert shown(at_local(date(2027, 10, 31), time(3, 30), KYIV), KYIV) == "31 03:30 +0300"


def test_a_day_may_have_23_or_25_hours() -> None:
    def hours(day: date, after: date) -> float:
        return (at_local(after, time(), KYIV) - at_local(day, time(), KYIV)).total_seconds() / 3600

    assert hours(date(2027, 3, 28), date(2027, 3, 29)) == 23
    assert hours(date(2027, 10, 31), date(2027, 11, 1)) == 25


def test_a_day_whose_midnight_is_skipped_begins_when_clocks_are_set() -> None:
    """In Cairo the last Friday of April begins at one; the Thursday before is quiet."""
    quiet = frozenset(("thursday",))
    begins = next_within(datetime(2027, 4, 29, 12, tzinfo=UTC), ("Africa/Cairo",), quiet=quiet)
    assert begins is not None
    assert shown(begins, "Africa/Cairo") == "30 01:00 +0300"


def test_a_date_that_a_country_skipped_is_no_day_of_theirs() -> None:
    """Samoa had no 30 December 2011: after the Thursday came Saturday."""
    quiet = frozenset(("2011-12-30",))
    moment = datetime(2011, 12, 30, 9, 59, tzinfo=UTC)
    assert within(moment, ("Pacific/Apia",), quiet=quiet)
    assert next_within(moment, ("Pacific/Apia",), quiet=quiet) == moment
