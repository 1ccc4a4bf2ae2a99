"""Which days are quiet, and what a day of every year is in a year that lacks it."""

from datetime import date, timedelta

import pytest

from aftercart.domain.quiet_days import in_year, is_quiet

CHRISTMAS = date(2026, 12, 25)  # a Friday


def test_a_day_is_quiet_by_its_weekday_its_date_or_its_day_of_every_year() -> None:
    for quiet in ({"friday"}, {"2026-12-25"}, {"12-25"}):
        assert is_quiet(CHRISTMAS, quiet)
        assert not is_quiet(CHRISTMAS + timedelta(days=1), quiet)
    assert not is_quiet(CHRISTMAS, ())


def test_a_date_is_of_its_own_year_and_a_day_of_every_year_of_each() -> None:
    assert not is_quiet(date(2027, 12, 25), {"2026-12-25"})
    assert is_quiet(date(2027, 12, 25), {"12-25"})


@pytest.mark.parametrize(("year", "day"), ((2027, 28), (2028, 29), (2100, 28), (2000, 29)))
def test_the_29th_of_february_of_every_year_is_the_28th_in_a_common_one(year: int, day: int) -> None:
    assert in_year("02-29", year) == date(year, 2, day)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [each for each in days if is_quiet(each, {"02-29"})] == [date(year, 2, day)]
