"""Every time zone and every change of its clocks, and a slow oracle that only looks at the clock on the wall.

The zones are those of the tzdata package, so that all machines agree. The oracle walks minute by minute in
UTC: no rule, no arithmetic and no code of ours.
"""

import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)  # 2028 has a 29 February
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEP = DAY  # no clock is set twice in it
Reading = tuple[int, int]  # what a clock shows: the day's ordinal, and the minute of the day


@dataclass(frozen=True)
class Change:
    """`at`: the first instant of the new time. Of zones that change alike, `first` is looked at closest."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta
    first: bool = False


@cache
def all_zones() -> tuple[str, ...]:
    return tuple(sorted(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()))


def of_the_package() -> Iterator[None]:
    """While it lasts, zones are read from the tzdata package and from nowhere else: for a fixture."""
    before = zoneinfo.TZPATH
    _read_from(())
    yield
    _read_from(before)


def _read_from(paths: Sequence[str]) -> None:
    zoneinfo.reset_tzpath(paths)
    ZoneInfo.clear_cache()


@cache
def all_changes() -> tuple[Change, ...]:
    """Found by bisection, zone by zone; links and twins are read once."""
    seen: set[tuple[datetime, timedelta, timedelta]] = set()
    found = []
    for one, *twins in twins_of_zones():
        for change in changes_of(one):
            found.append(Change(one, *change, first=change not in seen))
            found += [Change(twin, *change) for twin in twins]
            seen.add(change)
    return tuple(found)


@cache
def twins_of_zones() -> tuple[tuple[str, ...], ...]:
    """Zones by their tables: links are the same to the byte, and what holds for one holds for its twins."""
    tables: dict[bytes, list[str]] = {}
    for zone in all_zones():
        table = resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
        tables.setdefault(table, []).append(zone)
    return tuple(map(tuple, tables.values()))


def changes_of(zone: str) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    low = BEGINS
    while low < ENDS:
        high = low + STEP
        if offset(zone, low) != offset(zone, high):
            at = _bisected(zone, low, high)
            yield at, offset(zone, at - timedelta(seconds=1)), offset(zone, at)
        low = high


def shard(number: int, shards: int) -> list[Change]:
    """One of so many shares, in which each kind of change stays together."""
    kinds = sorted({(c.at, c.before, c.after) for c in all_changes()})
    mine = set(kinds[number::shards])
    return [c for c in all_changes() if (c.at, c.before, c.after) in mine]


def _bisected(zone: str, low: datetime, high: datetime) -> datetime:
    old = offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset(zone, middle) == old else (low, middle)
    return high


def offset(zone: str, at: datetime) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


@dataclass
class Walk:
    """What the clock of one zone shows, for so many minutes from `start` (UTC) on."""

    zone: str
    start: datetime
    minutes: int
    readings: list[Reading] = field(init=False)

    def __post_init__(self) -> None:
        info, first = ZoneInfo(self.zone), int(self.start.timestamp())
        walls = (datetime.fromtimestamp(first + 60 * n, info) for n in range(self.minutes))
        self.readings = [(wall.toordinal(), wall.hour * 60 + wall.minute) for wall in walls]
        self._first = {reading: n for n, reading in reversed(list(enumerate(self.readings)))}
        self._last = {reading: n for n, reading in enumerate(self.readings)}

    def instant(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    def minute(self, at: datetime) -> int:
        return (at - self.start) // MINUTE

    def shows(self, at: datetime) -> tuple[date, time]:
        day, minute = self.readings[self.minute(at)]
        return date.fromordinal(day), time(minute // 60, minute % 60)

    def first_showing(self, day: date, at: time) -> datetime:
        """When it first shows that, or, where it leaves that out, what comes after it."""
        return self.instant(self._comes_to((day.toordinal(), _minutes(at))))

    def shown_within(self, start: time, end: time) -> list[bool]:
        """Minute by minute: is what the clock shows within these hours?"""
        low, high = _minutes(start), _minutes(end)
        if low == high:
            return [True] * self.minutes
        if low < high:
            return [low <= minute < high for _, minute in self.readings]
        return [minute >= low or minute < high for _, minute in self.readings]

    def open_minutes(self, start: time, end: time) -> list[bool]:
        """Minute by minute: hours begin when the clock last shows `start` and end when it first shows `end`.

        So they are the shorter ones where an edge is shown twice.
        """
        if start == end:
            return [True] * self.minutes
        is_open = [False] * self.minutes
        low, high, overnight = _minutes(start), _minutes(end), int(end < start)
        for day in sorted({day for day, _ in self.readings}):
            opens = self._last.get((day, low), self._comes_to((day, low)))
            for minute in range(opens, self._comes_to((day + overnight, high))):
                is_open[minute] = True
        return is_open

    def _comes_to(self, wanted: Reading) -> int:
        if wanted in self._first:
            return self._first[wanted]
        later = (n for n, reading in enumerate(self.readings) if reading > wanted)
        return next(later, self.minutes)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@cache
def walk_round(at: datetime, zone: str) -> Walk:
    """Three days before a change to four days after it."""
    return Walk(zone, at - 3 * DAY, 7 * 24 * 60)


def walk_of(change: Change) -> Walk:
    """Zones that change alike, and nothing else in that week, show the same: their walk is taken once."""
    return walk_round(change.at, _first_of()[change.at, change.before, change.after])


@cache
def _first_of() -> dict[tuple[datetime, timedelta, timedelta], str]:
    return {(c.at, c.before, c.after): c.zone for c in all_changes() if c.first}


def due_times(change: Change, every: timedelta, hours: int = 28) -> Iterator[datetime]:
    """So often, from so many hours before a change to as many after it; and the seconds round it."""
    steps = hours * HOUR // every
    yield from (change.at + n * every for n in range(-steps, steps + 1))
    yield from (change.at - timedelta(seconds=1), change.at + timedelta(seconds=1))
