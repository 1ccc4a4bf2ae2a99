"""Days and times of day in every zone: the hour that does not exist, the one that comes twice, 29 February.

None of our rules counts months or years: a step comes so many days after an event, a trade-in so many days
after a purchase. So month ends and leap days are days like others, and that is what is shown.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from aftercart.domain.clockwork import FURTHEST, SOONEST, arm_time
from aftercart.domain.customer import Customer
from aftercart.domain.cycle import trade_in_at
from aftercart.domain.journey import After
from aftercart.domain.time_of_day import at_local, local_date, next_day
from aftercart.flows import enrol
from tests.builders import PHONE_CARE, a_brand, a_catalogue, a_line, a_step, an_order, with_steps
from tests.promises import clock_changes
from tests.promises.clock_changes import BEGINS, DAY, HOUR, MINUTE, Change, due_times, shard, walk_of

SHARDS = 4
QUARTERS = tuple(time(n // 4, n % 4 * 15) for n in range(96))
LOCAL_HOURS = (time(11), time(2, 30), time(0), time(23, 45))
shards = pytest.mark.parametrize("number", tuple(range(SHARDS)))
tables = pytest.fixture(autouse=True)(clock_changes.of_the_package)


@shards
def test_a_time_of_day_is_when_the_clock_first_comes_to_it(number: int) -> None:
    """Each quarter of an hour of the days round each change; where clocks skip it, the instant they do."""
    for turn, change in enumerate(shard(number, SHARDS)):
        walk, (day, _) = walk_of(change), walk_of(change).shows(change.at)
        for near in (day - DAY, day, day + DAY):
            for at in QUARTERS if change.first else QUARTERS[turn % 13 :: 13]:
                found = at_local(near, at, change.zone)
                assert found == walk.first_showing(near, at), (change, near, at)


@shards
def test_a_date_is_the_one_on_the_wall_and_the_next_day_is_a_later_one(number: int) -> None:
    """Also on a day of 25 hours: what the day's cap has put off is not met by the same day's cap again."""
    for change in shard(number, SHARDS):
        walk = walk_of(change)
        for now in due_times(change, 45 * MINUTE if change.first else 7 * HOUR):
            assert local_date(now, (change.zone,)) == walk.shows(now)[0], (change, now)
            later = next_day(now, (change.zone,))
            assert walk.shows(later)[0] > walk.shows(now)[0], (change, now)
            assert DAY <= later - now < DAY + 3 * HOUR, (change, now)


@shards
def test_a_step_is_due_once_on_the_day_so_many_days_later_at_its_hour(number: int) -> None:
    """Three days later, or at once: never before the event, never a day too late."""
    for turn, change in enumerate(shard(number, SHARDS)):
        at = LOCAL_HOURS[turn % len(LOCAL_HOURS)]
        for wait in (timedelta(days=3), timedelta()):
            for base in due_times(change, 2 * HOUR if change.first else 23 * HOUR, hours=24):
                event = base - wait
                _is_due_on_its_day(change, event, wait, at, _due(change.zone, event, wait, at))


def _due(zone: str, event: datetime, wait: timedelta, at: time) -> datetime:
    step = a_step("survey", after=After(event="delivered", wait=wait, at=at))
    order = an_order(zones=(zone,))
    rules = enrol.Rules(brand=a_brand(), catalogue=a_catalogue(), customer=Customer(id="a" * 14), order=order)
    begun = enrol.begin(with_steps(PHONE_CARE, step), rules, event, a_line())
    due_at = enrol.happened(begun, "delivered", event, rules, event).enrolment.steps[0].due_at
    assert due_at is not None
    return due_at


def _is_due_on_its_day(change: Change, event: datetime, wait: timedelta, at: time, due_at: datetime) -> None:
    walk = walk_of(change)
    day = walk.shows(event + wait)[0]
    first = walk.first_showing(day, at)
    assert due_at > event, (change, event)
    assert due_at == (first if first > event else walk.first_showing(day + DAY, at)), (change, event)


LEAP = tuple(date(2028, 2, 27) + n * DAY for n in range(4))
MONTH_ENDS = tuple(date(2027, month, 1) - DAY for month in range(1, 13))


@pytest.mark.parametrize("zone", ("Europe/Kyiv", "Pacific/Apia", "America/Anchorage", "Asia/Kathmandu"))
@pytest.mark.parametrize("days", (1, 28, 29, 30, 31, 365, 366, 900, 1461))
def test_a_trade_in_comes_so_many_days_later_over_leap_days_and_month_ends(zone: str, days: int) -> None:
    for day in (*LEAP, *MONTH_ENDS):
        bought = datetime.combine(day, time(15), ZoneInfo(zone)).astimezone(UTC)
        moment, facts = trade_in_at((), bought, float(days))
        assert facts["gap_days"] == days
        assert moment - bought == timedelta(days=days)
        due = at_local(moment.astimezone(ZoneInfo(zone)).date(), time(11), zone).astimezone(ZoneInfo(zone))
        assert due.date().toordinal() == day.toordinal() + days
        assert due.time() == time(11)


def test_the_29th_of_february_is_a_day_in_leap_years_alone() -> None:
    """From the 20th on, day by day: each has one 11:00, each a day after the other."""
    for year, days in ((2027, 28), (2028, 29)):
        noons = [at_local(date(year, 2, 20) + n * DAY, time(11), "Europe/Kyiv") for n in range(24)]
        assert sum(noon.month == 2 for noon in noons) == days - 19
        assert {later - earlier for earlier, later in pairwise(noons)} == {DAY}


@pytest.mark.parametrize("days", (0, 1, 359, 360, 361, 900, 1500))
def test_arms_reach_any_due_time_in_steps_that_a_schedule_can_take(days: int) -> None:
    """Each fires when it is due, and is armed again until the time has come: never early, never over."""
    due, now = BEGINS + timedelta(days=days, minutes=7), BEGINS
    armed = 0
    while now < due:
        at = arm_time(due, now)
        assert SOONEST <= at - now <= FURTHEST
        now, armed = at, armed + 1
    assert now == due
    assert armed == max(1, -(-(due - BEGINS) // FURTHEST))


def test_what_is_overdue_is_armed_for_the_next_minute() -> None:
    assert arm_time(BEGINS - DAY, BEGINS) == BEGINS + SOONEST


def test_a_step_with_no_hour_of_its_own_is_due_to_the_second_over_a_change() -> None:
    step = a_step("survey", after=After(event="delivered", wait=timedelta(days=1)))
    order = an_order(zones=("Europe/Kyiv",))
    rules = enrol.Rules(brand=a_brand(), catalogue=a_catalogue(), customer=Customer(id="a" * 14), order=order)
    event = datetime(2027, 3, 27, 12, 0, 5, tzinfo=UTC)
    begun = replace(enrol.begin(with_steps(PHONE_CARE, step), rules, event, a_line()))
    assert enrol.happened(begun, "delivered", event, rules, event).enrolment.steps[0].due_at == event + DAY
