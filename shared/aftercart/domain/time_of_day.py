"""Hours where a customer lives, though only some plausible time zones may be known of them.

Where several are, an hour counts only if it is one in all of them; where none is, any may be meant, and no
hours but the whole day's hold everywhere. Arithmetic is in UTC: a timedelta on wall time loses `fold`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain.brand import Hours

DAY = timedelta(days=1)
LOOK_AHEAD = timedelta(days=8)


def within(now: datetime, zones: Sequence[str], hours: Hours) -> bool:
    """Is it within these hours in every plausible zone? `start` = `end` is the whole day."""
    if hours.start == hours.end:
        return True
    return bool(zones) and all(_next_in(zone, now, hours) == now for zone in zones)


def next_within(now: datetime, zones: Sequence[str], hours: Hours) -> datetime | None:
    """The first instant (UTC) from `now` on that is within. None: the zones share none for eight days."""
    if hours.start == hours.end:
        return now.astimezone(UTC)
    moment = now.astimezone(UTC)
    while zones and moment <= now + LOOK_AHEAD:
        latest = max(_next_in(zone, moment, hours) for zone in zones)
        if latest == moment:
            return moment
        moment = latest  # no earlier instant suits the zone that said so
    return None


def open_until(moment: datetime, zones: Sequence[str], hours: Hours) -> datetime | None:
    """When the hours that `moment` is within end, in the first zone where they do. None: they never do."""
    if hours.start == hours.end:
        return None
    return min(next(end for _, end in _windows(zone, moment, hours) if moment < end) for zone in zones)


def next_day(now: datetime, zones: Sequence[str]) -> datetime:
    """A day later, and in any case on a later date where the customer lives: a day may have 25 hours."""
    tomorrow = local_date(now, zones) + DAY
    return max(now + DAY, at_local(tomorrow, time(), zones[0] if zones else "UTC"))


def at_local(day: date, at: time, zone: str) -> datetime:
    """That wall time as UTC. Where clocks skip it: the instant they do; where it comes twice: the first."""
    return _readings(day, at, zone)[0]


def local_date(now: datetime, zones: Sequence[str]) -> date:
    """The date where the customer lives; by the first of several plausible zones, else by UTC."""
    return now.astimezone(ZoneInfo(zones[0]) if zones else UTC).date()


def spread(base: datetime, key: str, over: timedelta) -> datetime:
    """`base` and a part of `over` that `key` alone decides: what is released at one hour goes out evenly."""
    share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32
    return base + timedelta(seconds=int(over.total_seconds() * share))


def _next_in(zone: str, moment: datetime, hours: Hours) -> datetime:
    """The first instant from `moment` on within one zone's hours: `moment` itself where it is."""
    return next(max(moment, start) for start, end in _windows(zone, moment, hours) if moment < end)


def _windows(zone: str, moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """Each day's hours as UTC, from the day before on; where an edge is shown twice, the shorter ones."""
    day = moment.astimezone(ZoneInfo(zone)).date() - DAY
    overnight = DAY if hours.end < hours.start else timedelta()
    while True:
        start = _readings(day, hours.start, zone)[1]
        end = _readings(day + overnight, hours.end, zone)[0]
        if start < end:
            yield start, end
        day += DAY


def _readings(day: date, at: time, zone: str) -> tuple[datetime, datetime]:
    """When a clock shows this time for the first and for the last time: they differ where it is set back."""
    wall = datetime.combine(day, at, ZoneInfo(zone))
    first, last = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= last:
        return first, last
    skipped_at = _transition(last, first, ZoneInfo(zone))
    return skipped_at, skipped_at


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which clocks are set forward: after `before`, not after `after`."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
