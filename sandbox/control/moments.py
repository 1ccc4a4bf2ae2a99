"""Times and durations as people write them: ISO 8601 in, ISO 8601 out."""

import re
from datetime import UTC, datetime, timedelta

DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE,
)
FIRST_YEAR, LAST_YEAR = 1971, 2999  # of a shop's events (aftercart.shops.bodies): others tell nothing
EXACT = ("weeks", "days", "hours", "minutes", "seconds")


def read_time(text: str) -> datetime:
    """An ISO 8601 time as UTC; one without an offset is UTC. Raises ValueError saying what was expected."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time such as 2027-03-01T09:30:00Z") from None
    if not is_playable(found):
        raise ValueError(f"{text!r} is not a time of the years {FIRST_YEAR} to {LAST_YEAR}")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def is_playable(at: datetime) -> bool:
    """May a sandbox stand at this time?"""
    return FIRST_YEAR <= at.year <= LAST_YEAR


def later(now: datetime, duration: str) -> datetime:
    """`now` and an ISO 8601 duration such as P3D, PT15M or P2Y6M. Raises ValueError."""
    found = DURATION.fullmatch(duration.strip())
    if found is None:
        raise ValueError(f"{duration!r} is not an ISO 8601 duration such as P3D, PT15M or P2Y6M")
    part = {name: int(number or 0) for name, number in found.groupdict().items()}
    try:
        day = _months_later(now, part["years"] * 12 + part["months"])
        return moved_on(day, timedelta(**{name: part[name] for name in EXACT}))
    except (ValueError, OverflowError):
        raise ValueError(f"{duration!r} leads beyond the last year that there is, {LAST_YEAR}") from None


def moved_on(now: datetime, by: timedelta) -> datetime:
    """Raises ValueError where that is beyond the last year."""
    beyond = ValueError(f"that leads beyond the last year that there is, {LAST_YEAR}")
    try:
        to = now + by
    except OverflowError:
        raise beyond from None
    if not is_playable(to):
        raise beyond
    return to


def iso(time: datetime | None) -> str | None:
    """To the second where there is nothing finer, with a Z."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _months_later(now: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last one."""
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if year > 9999:
                raise
    return now.replace(year=year, month=month + 1, day=min(now.day, 28))
