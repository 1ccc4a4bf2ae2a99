from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftercart.domain.brand import Hours
from aftercart.domain.time_of_day import (
    at_local,
    local_date,
    next_day,
    next_within,
    open_until,
    spread,
    within,
)

# Clocks that are set twice a year (also in the south, at odd hours, by half an hour), never, or for Ramadan.
ZONES = (
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Tokyo",
)
KYIV = ("Europe/Kyiv",)
DAYTIME = Hours(start=time(9), end=time(20))
OVERNIGHT = Hours(start=time(22), end=time(7, 30))
WHOLE_DAY = Hours(start=time(0), end=time(0))
A_DAY = timedelta(days=1)

steady = settings(deadline=None)  # the first use of a zone reads its file

moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2025, 1, 1), date(2029, 1, 1))
times = st.times().map(lambda at: at.replace(microsecond=0))
hours = (
    st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map(lambda p: Hours(start=p[0], end=p[1]))
)
zones = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple)


def utc(year: int, month: int, day: int, hour: int = 0, *minutes_and_seconds: int) -> datetime:
    minute, second, *_ = (*minutes_and_seconds, 0, 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def shown(moment: datetime, zone: str) -> time:
    return moment.astimezone(ZoneInfo(zone)).time()


def is_shown_within(moment: datetime, zone: str, allowed: Hours) -> bool:
    at = shown(moment, zone)
    if allowed.start < allowed.end:
        return allowed.start <= at < allowed.end
    return at >= allowed.start or at < allowed.end


def is_calm(moment: datetime, zone: str) -> bool:
    """No clock is set for two days before and after."""
    offsets = {(moment + n * A_DAY).astimezone(ZoneInfo(zone)).utcoffset() for n in range(-2, 3)}
    return len(offsets) == 1


class TestWithin:
    @pytest.mark.parametrize(
        ("moment", "inside"),
        (
            (utc(2026, 11, 23, 6, 59, 59), False),  # 08:59:59 in winter
            (utc(2026, 11, 23, 7), True),
            (utc(2026, 11, 23, 17, 59, 59), True),
            (utc(2026, 11, 23, 18), False),
            (utc(2026, 7, 1, 6), True),  # 09:00 in summer
            (utc(2026, 7, 1, 17), False),
        ),
    )
    def test_from_start_until_end_on_the_clock_there(self, moment: datetime, inside: bool) -> None:
        assert within(moment, KYIV, DAYTIME) is inside

    @pytest.mark.parametrize(("hour", "inside"), ((19, False), (20, True), (23, True), (4, True), (6, False)))
    def test_hours_may_span_midnight(self, hour: int, inside: bool) -> None:
        assert within(utc(2026, 11, 23, hour), KYIV, OVERNIGHT) is inside  # 22:00 to 07:30, two hours ahead

    def test_it_must_be_so_in_every_plausible_zone(self) -> None:
        coasts = ("America/New_York", "America/Los_Angeles")
        assert not within(utc(2026, 11, 23, 14, 30), coasts, DAYTIME)  # 09:30 and 06:30
        assert within(utc(2026, 11, 23, 17), coasts, DAYTIME)  # 12:00 and 09:00
        assert not within(utc(2026, 11, 24, 1), coasts, DAYTIME)  # 20:00 and 17:00

    def test_where_no_zone_is_known_only_the_whole_day_is_within(self) -> None:
        nearly = Hours(start=time(0), end=time(23, 59))
        for hour in range(24):
            assert not within(utc(2026, 11, 23, hour), (), nearly)
            assert within(utc(2026, 11, 23, hour), (), WHOLE_DAY)

    @steady
    @given(moments, zones, hours)
    def test_what_is_within_shows_an_hour_within_on_every_clock(
        self, now: datetime, known: tuple[str, ...], allowed: Hours
    ) -> None:
        shows = all(is_shown_within(now, zone, allowed) for zone in known)
        if within(now, known, allowed):
            assert shows
        elif all(is_calm(now, zone) for zone in known):
            assert not shows

    @steady
    @given(moments, zones)
    def test_daytime_and_the_rest_share_out_the_day(self, now: datetime, known: tuple[str, ...]) -> None:
        night = Hours(start=DAYTIME.end, end=DAYTIME.start)  # neither edge is ever skipped or shown twice
        for zone in known:
            assert within(now, (zone,), DAYTIME) is not within(now, (zone,), night)

    def test_an_hour_shown_twice_is_within_only_once_it_is_sure(self) -> None:
        # Kyiv sets its clocks from 04:00 back to 03:00 on 25 October 2026, at 01:00 UTC.
        early = Hours(start=time(3, 30), end=time(6))
        assert not within(utc(2026, 10, 25, 0, 45), KYIV, early)  # 03:45 for the first time: 03:15 follows
        assert within(utc(2026, 10, 25, 1, 45), KYIV, early)
        late = Hours(start=time(1), end=time(3, 30))
        assert within(utc(2026, 10, 25, 0, 15), KYIV, late)
        assert not within(utc(2026, 10, 25, 1, 15), KYIV, late)  # 03:15 again, after 03:30 has been


class TestNextWithin:
    def test_now_where_it_is_within(self) -> None:
        now = utc(2026, 11, 23, 12)
        assert next_within(now, KYIV, DAYTIME) == now

    def test_this_morning_or_the_next(self) -> None:
        assert next_within(utc(2026, 11, 23, 1), KYIV, DAYTIME) == utc(2026, 11, 23, 7)
        assert next_within(utc(2026, 11, 23, 18), KYIV, DAYTIME) == utc(2026, 11, 24, 7)

    def test_by_tomorrows_clock_where_it_is_set_in_the_night(self) -> None:
        assert next_within(utc(2026, 3, 28, 20), KYIV, DAYTIME) == utc(2026, 3, 29, 6)
        assert next_within(utc(2026, 10, 24, 20), KYIV, DAYTIME) == utc(2026, 10, 25, 7)

    def test_when_the_skipped_hour_is_over(self) -> None:
        # On 29 March 2026 Kyiv's clocks go from 03:00 to 04:00, at 01:00 UTC.
        early = Hours(start=time(3, 30), end=time(6))
        assert next_within(utc(2026, 3, 29, 0), KYIV, early) == utc(2026, 3, 29, 1)

    def test_when_all_coasts_are_awake(self) -> None:
        known = ("America/New_York", "America/Chicago", "Pacific/Honolulu")
        assert next_within(utc(2026, 11, 23, 14), known, DAYTIME) == utc(2026, 11, 23, 19)

    def test_never_where_the_zones_share_no_hour(self) -> None:
        office = Hours(start=time(9), end=time(12))
        assert next_within(utc(2026, 11, 23), ("Europe/Kyiv", "America/Los_Angeles"), office) is None

    def test_never_where_no_zone_is_known_unless_any_hour_will_do(self) -> None:
        now = utc(2026, 11, 23)
        assert next_within(now, (), DAYTIME) is None
        assert next_within(now, (), WHOLE_DAY) == now

    def test_the_answer_is_in_utc(self) -> None:
        there = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Kyiv"))
        for allowed in (DAYTIME, WHOLE_DAY):
            answer = next_within(there, KYIV, allowed)
            assert answer == there
            assert answer is not None
            assert answer.tzinfo is UTC

    @steady
    @given(moments, zones, hours)
    def test_it_is_within_and_nothing_earlier_is(
        self, now: datetime, known: tuple[str, ...], allowed: Hours
    ) -> None:
        found = next_within(now, known, allowed)
        last = now + timedelta(days=2) if found is None else found
        if found is not None:
            assert found >= now
            assert within(found, known, allowed)
            assert found == now or not within(found - timedelta(microseconds=1), known, allowed)
        step = max((last - now) / 50, timedelta(microseconds=1))
        for n in range(50):
            earlier = now + n * step
            assert earlier >= last or not within(earlier, known, allowed)

    @steady
    @given(moments, st.sampled_from(ZONES), hours)
    def test_one_zone_never_waits_much_longer_than_a_day(
        self, now: datetime, zone: str, allowed: Hours
    ) -> None:
        found = next_within(now, (zone,), allowed)
        assert found is not None
        # Where a clock is set, the hours may be skipped altogether, or shown twice and be unsure.
        assert found - now <= (timedelta(hours=24) if is_calm(now, zone) else timedelta(hours=49))


class TestAtLocal:
    @pytest.mark.parametrize(
        ("day", "at", "zone", "expected"),
        (
            (date(2026, 11, 23), time(10), "Europe/Kyiv", utc(2026, 11, 23, 8)),
            (date(2026, 7, 1), time(10), "Europe/Kyiv", utc(2026, 7, 1, 7)),
            (date(2026, 3, 29), time(3), "Europe/Kyiv", utc(2026, 3, 29, 1)),  # skipped: 04:00
            (date(2026, 3, 29), time(3, 59, 59), "Europe/Kyiv", utc(2026, 3, 29, 1)),
            (date(2026, 3, 29), time(4), "Europe/Kyiv", utc(2026, 3, 29, 1)),
            (date(2026, 10, 25), time(3, 30), "Europe/Kyiv", utc(2026, 10, 25, 0, 30)),  # twice: the first
            (date(2026, 3, 8), time(2, 30), "America/New_York", utc(2026, 3, 8, 7)),
            (date(2026, 11, 1), time(1, 30), "America/New_York", utc(2026, 11, 1, 5, 30)),
            (date(2026, 1, 1), time(9), "Asia/Kathmandu", utc(2026, 1, 1, 3, 15)),
            (date(2026, 9, 27), time(3), "Pacific/Chatham", utc(2026, 9, 26, 14)),  # skipped: 03:45
            (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", utc(2026, 10, 3, 15, 30)),  # half an hour
            (date(2011, 12, 30), time(9), "Pacific/Apia", utc(2011, 12, 30, 10)),  # a day that never was
        ),
    )
    def test_is_that_time_there(self, day: date, at: time, zone: str, expected: datetime) -> None:
        assert at_local(day, at, zone) == expected

    @steady
    @given(days, times, st.sampled_from(ZONES))
    def test_shows_that_time_or_the_first_after_the_gap(self, day: date, at: time, zone: str) -> None:
        moment = at_local(day, at, zone)
        there = moment.astimezone(ZoneInfo(zone))
        if there.replace(tzinfo=None) == datetime.combine(day, at):
            assert there.fold == 0
        else:
            just_before = (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
            assert just_before.utcoffset() != there.utcoffset()
            assert just_before.replace(tzinfo=None) < datetime.combine(day, at) < there.replace(tzinfo=None)

    @steady
    @given(days, st.sampled_from(ZONES))
    def test_a_later_time_of_a_day_is_never_an_earlier_moment(self, day: date, zone: str) -> None:
        moments_of_day = [at_local(day, time(quarter // 4, quarter % 4 * 15), zone) for quarter in range(96)]
        assert all(one <= other for one, other in pairwise(moments_of_day))


class TestLocalDate:
    def test_is_the_date_where_they_live(self) -> None:
        late = utc(2026, 11, 23, 22, 30)
        assert local_date(late, KYIV) == date(2026, 11, 24)
        assert local_date(late, ("America/New_York", "Europe/Kyiv")) == date(2026, 11, 23)
        assert local_date(late, ()) == date(2026, 11, 23)


class TestSpread:
    BASE = utc(2026, 11, 23, 7, 5)

    @steady
    @given(st.text(), st.timedeltas(timedelta(0), timedelta(hours=5)))
    def test_stays_within_and_is_always_the_same(self, key: str, over: timedelta) -> None:
        moment = spread(self.BASE, key, over)
        assert self.BASE <= moment <= self.BASE + over
        assert moment == spread(self.BASE, key, over)

    def test_is_even(self) -> None:
        quarters = [0, 0, 0, 0]
        for number in range(2000):
            passed = spread(self.BASE, f"message-{number}", timedelta(hours=1)) - self.BASE
            quarters[int(passed / timedelta(minutes=15))] += 1
        assert all(400 < count < 600 for count in quarters)


class TestTheEndOfHours:
    KYIV = ("Europe/Kyiv",)

    def test_is_todays_where_they_run_and_the_next_where_they_have_just_ended(self) -> None:
        for hour, ends in ((12, utc(2026, 11, 23, 18)), (18, utc(2026, 11, 24, 18))):
            assert open_until(utc(2026, 11, 23, hour), self.KYIV, Hours(start=time(9), end=time(20))) == ends

    def test_is_the_first_zones_to_end_them_and_never_comes_for_the_whole_day(self) -> None:
        both = ("Europe/Kyiv", "Europe/Warsaw")
        assert open_until(utc(2026, 11, 23, 12), both, Hours(start=time(9), end=time(20))) == utc(
            2026, 11, 23, 18
        )
        assert open_until(utc(2026, 11, 23, 12), both, WHOLE_DAY) is None


class TestQuietDays:
    """25 December 2026 is a Friday."""

    KYIV = ("Europe/Kyiv",)
    HOURS = Hours(start=time(9), end=time(20))
    QUIET = frozenset(("12-25", "saturday"))

    def test_no_hour_of_theirs_is_within(self) -> None:
        for day, open_ in ((24, True), (25, False), (26, False), (27, True)):
            assert within(utc(2026, 12, day, 12), self.KYIV, self.HOURS, quiet=self.QUIET) is open_

    def test_are_passed_over_to_the_first_hour_of_the_next_open_day(self) -> None:
        opens = utc(2026, 12, 27, 7)
        for start in (utc(2026, 12, 24, 18), utc(2026, 12, 25, 3), utc(2026, 12, 26, 12)):
            assert next_within(start, self.KYIV, self.HOURS, quiet=self.QUIET) == opens

    def test_begin_and_end_where_the_customer_lives(self) -> None:
        there = ("Pacific/Auckland",)  # thirteen hours ahead
        assert not within(utc(2026, 12, 24, 22), there, self.HOURS, quiet=self.QUIET)
        assert within(utc(2026, 12, 26, 22), there, self.HOURS, quiet=self.QUIET)

    def test_of_one_plausible_zone_are_quiet_for_all(self) -> None:
        """At 11:00 in New York on Thursday it is Friday in Auckland, and there the day is over."""
        both, whole_day = ("America/New_York", "Pacific/Auckland"), Hours(start=time(), end=time())
        friday = frozenset(("friday",))
        assert not within(utc(2026, 12, 24, 16), both, whole_day, quiet=friday)
        assert next_within(utc(2026, 12, 24, 16), both, whole_day, quiet=friday) == utc(2026, 12, 26, 5)

    def test_where_no_zone_is_known_any_day_may_be_one(self) -> None:
        assert not within(utc(2026, 12, 24, 12), (), WHOLE_DAY, quiet=self.QUIET)
        assert next_within(utc(2026, 12, 24, 12), (), WHOLE_DAY, quiet=self.QUIET) is None

    def test_end_hours_that_run_into_them(self) -> None:
        night = Hours(start=time(18), end=time(3))
        at = utc(2026, 12, 24, 20)
        assert open_until(at, self.KYIV, night, quiet=self.QUIET) == utc(2026, 12, 24, 22)  # midnight in Kyiv
        assert open_until(at, self.KYIV, WHOLE_DAY, quiet=self.QUIET) == utc(2026, 12, 24, 22)

    def test_seven_of_them_leave_nothing(self) -> None:
        week = frozenset(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
        assert next_within(utc(2026, 12, 24, 12), self.KYIV, self.HOURS, quiet=week) is None

    @pytest.mark.parametrize("zone", ("Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Santiago"))
    def test_hold_to_the_minute_where_clocks_are_set_at_midnight(self, zone: str) -> None:
        """Every half hour of a year: open is what no quiet day is shown for, and the next comes in a day."""
        quiet, now = frozenset(("sunday", "thursday")), utc(2024, 1, 1)
        while now < utc(2025, 1, 1):
            shown = now.astimezone(ZoneInfo(zone)).strftime("%A").lower()
            then = next_within(now, (zone,), WHOLE_DAY, quiet=quiet)
            assert then is not None
            assert within(now, (zone,), WHOLE_DAY, quiet=quiet) is (shown not in quiet)
            assert then.astimezone(ZoneInfo(zone)).strftime("%A").lower() not in quiet
            assert then == now or (then - now) <= timedelta(hours=25)
            now += timedelta(minutes=30)


class TestTheNextDay:
    def test_is_a_day_later_and_a_later_date_there(self) -> None:
        assert next_day(utc(2026, 11, 23, 12), ("Europe/Kyiv",)) == utc(2026, 11, 24, 12)
        # On 25 October clocks are set back: a day after 00:30 it is 23:30 of the same date.
        assert next_day(utc(2026, 10, 24, 21, 30), ("Europe/Kyiv",)) == utc(2026, 10, 25, 22)

    def test_is_utcs_where_no_zone_is_known(self) -> None:
        assert next_day(utc(2026, 11, 23, 12), ()) == utc(2026, 11, 24, 12)
