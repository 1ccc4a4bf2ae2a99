"""Hours in every time zone, at every change of its clocks in three years: none missed, nothing in quiet ones.

The sizes are the gate's; CLOSE_MINUTES, LOOSE_MINUTES, COARSE_HOURS and EACH in the environment make it long.
"""

import os
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercart.domain.brand import Hours
from aftercart.domain.time_of_day import next_within, open_until, within
from aftercart.domain.zone_table import COUNTRIES, PROVINCES
from aftercart.domain.zones import plausible_zones
from tests.promises import clock_changes
from tests.promises.clock_changes import (
    BEGINS,
    DAY,
    ENDS,
    HOUR,
    MINUTE,
    Change,
    Walk,
    all_changes,
    all_zones,
    due_times,
    shard,
    twins_of_zones,
    walk_of,
)

CLOSE = timedelta(
    minutes=int(os.environ.get("CLOSE_MINUTES", "15"))
)  # between due times, for each kind of change
LOOSE = timedelta(minutes=int(os.environ.get("LOOSE_MINUTES", "330")))  # for each other zone that changes so
COARSE = timedelta(
    hours=int(os.environ.get("COARSE_HOURS", "211"))
)  # over three years: each hour of the day comes
EACH = int(os.environ.get("EACH", "3"))  # of the hours below, at each due time
SHARDS = 8
HOURS = (
    Hours(start=time(9, 5), end=time(20)),
    Hours(start=time(22), end=time(6, 30)),  # across midnight
    Hours(start=time(2, 15), end=time(2, 45)),  # within the hour that clocks skip or show twice
    Hours(start=time(9), end=time(0)),  # until midnight
    Hours(start=time(0), end=time(23, 59)),
    Hours(start=time(1, 30), end=time(1, 0)),  # all but half an hour
    Hours(start=time(0), end=time(0)),  # the whole day
)
shards = pytest.mark.parametrize("number", tuple(range(SHARDS)))
tables = pytest.fixture(autouse=True)(clock_changes.of_the_package)


@shards
def test_hours_agree_with_the_clock_on_the_wall_round_every_change(number: int) -> None:
    open_at: dict[tuple[int, Hours], list[bool]] = {}
    for turn, change in enumerate(shard(number, SHARDS)):
        walk = walk_of(change)
        for hours in _turn(turn, EACH if change.first else 1):
            key = id(walk), hours
            if key not in open_at:
                open_at[key] = walk.open_minutes(hours.start, hours.end)
            _agree(change, walk, open_at[key], hours)


def _turn(turn: int, number: int) -> list[Hours]:
    return [HOURS[(turn + 2 * n) % len(HOURS)] for n in range(number)]


def _agree(change: Change, walk: Walk, is_open: list[bool], hours: Hours) -> None:
    shown, zones = walk.shown_within(hours.start, hours.end), (change.zone,)
    for now in due_times(change, CLOSE if change.first else LOOSE):
        minute = walk.minute(now)
        held = within(now, zones, hours)
        assert held is is_open[minute], (change, hours, now)
        assert shown[minute] or not held, (change, hours, now)
        then = next_within(now, zones, hours)
        expected = now if is_open[minute] else walk.instant(is_open.index(True, minute))
        assert then == expected, (change, hours, now)
        if hours.start != hours.end:
            closes = open_until(expected, zones, hours)
            assert closes is not None
            assert closes > expected
            assert all(is_open[walk.minute(expected) : walk.minute(closes)]), (change, hours, now)
            begins_again = closes == change.at or walk.shows(closes)[1] == hours.start
            assert begins_again or not is_open[walk.minute(closes)], (change, hours, now)


@shards
def test_hours_agree_with_the_wall_on_any_day_of_three_years_in_every_zone(number: int) -> None:
    """At coarser steps, which move through the hours of the day."""
    for turn, (zone, *_) in enumerate(twins_of_zones()[number::SHARDS]):
        hours = HOURS[turn % 2]
        for now in _any_day(turn):
            then = next_within(now, (zone,), hours)
            assert then is not None
            assert now <= then < now + 26 * HOUR
            assert within(then, (zone,), hours)
            assert within(now, (zone,), hours) is (then == now)
            assert _shown(zone, then, hours), (zone, now)
            assert then == now or not _shown(zone, then - MINUTE, hours), (zone, now)


def _any_day(turn: int) -> Iterator[datetime]:
    now = BEGINS + timedelta(hours=turn % 24)
    while now < ENDS:
        yield now
        now += COARSE


def _shown(zone: str, at: datetime, hours: Hours) -> bool:
    wall = at.astimezone(ZoneInfo(zone)).time()
    if hours.start < hours.end:
        return hours.start <= wall < hours.end
    return wall >= hours.start or wall < hours.end


def _of_several_zones() -> list[tuple[str, ...]]:
    """Every country with more than one time zone, and every province that lies in two."""
    countries = {word for word in COUNTRIES.split() if len(word) == 2}
    sets = {plausible_zones(country) for country in countries}
    for country, regions in PROVINCES.items():
        codes = {code for codes in regions.values() for code in codes.split()}
        sets |= {plausible_zones(country, code) for code in codes}
    return sorted(zones for zones in sets if len(zones) > 1)


@shards
def test_where_several_zones_are_plausible_it_is_within_hours_in_all_of_them(number: int) -> None:
    """Round two of their changes. Where they share no hour, there is none: no marketing is sent at all."""
    for turn, zones in enumerate(_of_several_zones()[number::SHARDS]):
        changes = [c for c in all_changes() if c.zone in zones][turn % 3 :: 3][:2]
        for start in [change.at for change in changes] or [BEGINS + 400 * DAY]:
            hours = HOURS[turn % 2]
            walks = [Walk(zone, start - 2 * DAY, 5 * 24 * 60) for zone in zones]
            opens = [walk.open_minutes(hours.start, hours.end) for walk in walks]
            both = [all(minute) for minute in zip(*opens, strict=True)]
            for n in range(-24, 25, 3):
                now = start + n * HOUR + 5 * MINUTE
                minute = walks[0].minute(now)
                assert within(now, zones, hours) is both[minute], (zones, now)
                then = next_within(now, zones, hours)
                if True not in both:
                    assert then is None, (zones, now)
                else:
                    assert then == walks[0].instant(both.index(True, minute)), (zones, now)


@pytest.mark.parametrize("hours", HOURS[:-1])
def test_an_unknown_zone_is_within_no_hours(hours: Hours) -> None:
    assert not within(BEGINS, (), hours)
    assert next_within(BEGINS, (), hours) is None


def test_the_changes_are_those_that_the_world_is_known_to_have() -> None:
    """By an hour, by half (Lord Howe), by two (Troll), for Ramadan (Casablanca), and never (Tokyo)."""
    found = all_changes()
    sizes = {abs((change.after - change.before) / MINUTE) for change in found}
    by_zone = {zone: sum(change.zone == zone for change in found) for zone in all_zones()}
    assert sizes == {30, 60, 120}
    assert len(all_zones()) > 550
    assert len(found) > 1000
    assert by_zone["Australia/Lord_Howe"] == by_zone["Antarctica/Troll"] == by_zone["Europe/Kyiv"] == 6
    assert by_zone["Africa/Casablanca"] > 0
    assert by_zone["Asia/Tokyo"] == 0
