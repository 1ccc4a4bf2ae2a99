"""What was chosen last holds, at the same time the stricter; and it narrows what the country allows."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.brand import Hours
from aftercart.domain.consent import Channel
from aftercart.domain.quiet_days import WEEKDAYS
from aftercart.domain.time_of_day import next_within, within
from aftercart.domain.wishes import Frequency, Wishes, first_of_next_month, fold, marketing_open, next_turn
from tests.builders import KYIV, a_country

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
TIMES = st.sampled_from((time(), time(8), time(10, 30), time(17), time(21)))
WISHES = st.builds(
    Wishes,
    at=st.sampled_from((NOON, NOON + timedelta(seconds=1))),
    frequency=st.sampled_from(Frequency),
    not_before=TIMES,
    not_after=TIMES,
    channel=st.none() | st.sampled_from(Channel),
    quiet_days=st.sets(st.sampled_from(WEEKDAYS)).map(lambda days: tuple(d for d in WEEKDAYS if d in days)),
)


def folded(*several: Wishes) -> Wishes:
    known = None
    for each in several:
        known = fold(known, each)
    assert known is not None
    return known


@given(st.lists(WISHES, min_size=1, max_size=4))
def test_in_whatever_order_and_however_often_they_come_the_same_holds(several: list[Wishes]) -> None:
    assert {folded(*each) for each in permutations(several)} == {folded(*several, *several)}


def test_what_was_said_later_holds_also_where_it_is_looser() -> None:
    strict = Wishes(at=NOON, frequency=Frequency.ONLY_ORDERS)
    loose = Wishes(at=NOON + timedelta(seconds=1))
    assert folded(strict, loose) == folded(loose, strict) == loose


def test_of_what_was_said_at_the_same_time_the_stricter_of_each_holds() -> None:
    one = Wishes(at=NOON, frequency=Frequency.WEEKLY, not_before=time(10), quiet_days=("sunday",))
    other = Wishes(at=NOON, frequency=Frequency.MONTHLY, not_after=time(18), quiet_days=("monday",))
    both = folded(one, other)
    assert both.content == (Frequency.MONTHLY, time(10), time(18), ("monday", "sunday"), None)


@given(WISHES, st.integers(0, 24 * 7 * 4))
def test_own_hours_and_days_never_widen_the_countrys(wishes: Wishes, quarters: int) -> None:
    country = a_country(quiet_days=("sunday",), holidays=("11-26",))
    now, own = NOON + timedelta(minutes=15) * quarters, marketing_open(country, wishes)
    if within(now, KYIV, *own.hours, quiet=own.quiet):
        assert within(now, KYIV, *country.open.hours, quiet=country.open.quiet)


def test_they_are_the_hours_between_both_bounds() -> None:
    own = marketing_open(a_country(), Wishes(at=NOON, not_before=time(10), not_after=time(18)))
    inside = [hour for hour in range(24) if within(NOON.replace(hour=hour), KYIV, *own.hours)]
    assert inside == list(range(8, 16))  # two hours behind Kyiv


def test_hours_that_end_before_they_begin_and_seven_quiet_days_are_never_open() -> None:
    for wishes in (
        Wishes(at=NOON, not_before=time(18), not_after=time(10)),
        Wishes(at=NOON, not_before=time(21)),  # the country's end at eight
        Wishes(at=NOON, quiet_days=WEEKDAYS),
    ):
        own = marketing_open(a_country(), wishes)
        assert next_within(NOON, KYIV, *own.hours, quiet=own.quiet) is None


def test_who_has_chosen_nothing_has_the_countrys_hours() -> None:
    hours = Hours(start=time(9, 5), end=time(20))
    assert marketing_open(a_country(), None).hours == (hours,)


@pytest.mark.parametrize(
    ("frequency", "last", "turn"),
    (
        (Frequency.ANY, date(2026, 11, 23), None),
        (Frequency.WEEKLY, None, None),
        (Frequency.WEEKLY, date(2026, 11, 23), date(2026, 11, 30)),
        (Frequency.MONTHLY, date(2026, 11, 30), date(2026, 12, 1)),
        (Frequency.MONTHLY, date(2026, 12, 31), date(2027, 1, 1)),
        (Frequency.MONTHLY, date(2027, 1, 31), date(2027, 2, 1)),
    ),
)
def test_the_next_turn(frequency: Frequency, last: date | None, turn: date | None) -> None:
    assert next_turn(frequency, last) == turn


def test_every_month_has_a_next_one() -> None:
    months = [first_of_next_month(date(2026, month, 28)) for month in range(1, 13)]
    assert months == [*(date(2026, month, 1) for month in range(2, 13)), date(2027, 1, 1)]
