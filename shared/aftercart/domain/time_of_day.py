"""Hours where a customer lives, though only some plausible time zones may be known of them.

Where several are, an hour counts only if it is one in all of them; where none is, any may be meant, and no
hours but the whole day's hold everywhere. Arithmetic is in UTC: a timedelta on wall time loses `fold`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain.brand import Hours
from aftercart.domain.quiet_days import is_quiet

DAY = timedelta(days=1)
LOOK_AHEAD = timedelta(days=8)
LOOK_PAST_DAYS = timedelta(days=62)  # holidays and quiet weekdays may lie close together
NO_DAYS: frozenset[str] = frozenset()


def within(now: datetime, zones: Sequence[str], *hours: Hours, quiet: frozenset[str] = NO_DAYS) -> bool:
    """Is it within all these hours, on no quiet day, in every plausible zone?

    `start` = `end` is the whole day; `quiet` as of `quiet_days.is_quiet`.
    """
    bounds = [each for each in hours if each.start != each.end]
    if not bounds and not quiet:
        return True
    return bool(zones) and all(_next_in(zone, now, bounds, quiet) == now for zone in zones)


def next_within(
    now: datetime, zones: Sequence[str], *hours: Hours, quiet: frozenset[str] = NO_DAYS
) -> datetime | None:
    """The first instant (UTC) from `now` on that is within. None: there is none for eight days.

    Where days are quiet: for two months.
    """
    bounds = [each for each in hours if each.start != each.end]
    moment = now.astimezone(UTC)
    if not bounds and not quiet:
        return moment
    last = now + (LOOK_PAST_DAYS if quiet else LOOK_AHEAD)
    while zones and moment <= last:
        latest = max(_next_in(zone, moment, bounds, quiet) for zone in zones)
        if latest == moment:
            return moment
        moment = latest  # no earlier instant suits the zone that said so
    return None


def open_until(
    moment: datetime, zones: Sequence[str], *hours: Hours, quiet: frozenset[str] = NO_DAYS
) -> datetime | None:
    """When what `moment` is within ends, in the first zone where it does. None: not for a week."""
    bounds = [each for each in hours if each.start != each.end]
    ends = [_end_of(zone, moment, each) for zone in zones for each in bounds]
    ends += [end for zone in zones if (end := _next_quiet_day(zone, moment, quiet))]
    return min(ends, default=None)


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


def spread_within(
    opens: datetime,
    key: str,
    over: timedelta,
    zones: Sequence[str],
    *hours: Hours,
    quiet: frozenset[str] = NO_DAYS,
) -> datetime:
    """As `spread`, and not past the end of the hours and days that `opens` is within."""
    closes = open_until(opens, zones, *hours, quiet=quiet)
    return spread(opens, key, min(over, closes - opens) if closes else over)


def _next_in(zone: str, moment: datetime, hours: Sequence[Hours], quiet: frozenset[str]) -> datetime:
    """The first instant from `moment` on that suits each by itself: `moment` itself where it suits all."""
    latest = _next_open_day(zone, moment, quiet) if quiet else moment
    for each in hours:
        opens = next(max(moment, start) for start, end in _windows(zone, moment, each) if moment < end)
        latest = max(latest, opens)
    return latest


def _end_of(zone: str, moment: datetime, hours: Hours) -> datetime:
    return next(end for _, end in _windows(zone, moment, hours) if moment < end)


def _next_open_day(zone: str, moment: datetime, quiet: frozenset[str]) -> datetime:
    """`moment`, where its day is not quiet; else when the first day begins that is not."""
    today = moment.astimezone(ZoneInfo(zone)).date()
    if not is_quiet(today, quiet):
        return moment
    days = (today + DAY * n for n in range(1, LOOK_PAST_DAYS.days + 2))
    day = next((each for each in days if not is_quiet(each, quiet)), today + LOOK_PAST_DAYS + 2 * DAY)
    return _readings(day, time(), zone)[1]


def _next_quiet_day(zone: str, moment: datetime, quiet: frozenset[str]) -> datetime | None:
    """When the next quiet day begins, of the seven that follow."""
    today = moment.astimezone(ZoneInfo(zone)).date()
    days = (today + DAY * n for n in range(1, 8)) if quiet else ()
    return next((_readings(day, time(), zone)[0] for day in days if is_quiet(day, quiet)), None)


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
