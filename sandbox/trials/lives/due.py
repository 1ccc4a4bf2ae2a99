"""When what happened outside makes a thing due, and from when on it is surely called for. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain.journey import Step
from aftercart.domain.order import Stage
from sandbox.trials.lives.facts import Home, Order, Parcel, Told

DAY = timedelta(days=1)
LONGEST_CYCLE = timedelta(days=1700)  # where nothing else is known
Happened = tuple[datetime, datetime, Told]  # (from, until) when, and when we heard of it


def first_of(told: Told) -> datetime:
    assert told.first is not None
    return told.first


def arrived(order: Order, line: str) -> list[Happened]:
    """When the parcel with that line arrived, as its carrier said (from, until, when we heard of it)."""
    return scans([each for each in order.parcels.values() if line in each.lines], [Stage.DELIVERED])


def scans(parcels: Iterable[Parcel], stages: Iterable[Stage]) -> list[Happened]:
    """Each that we heard of."""
    return [
        (at, at, told)
        for parcel in parcels
        for stage in stages
        for at, told in parcel.scans.get(stage, [])
        if told.first
    ]


def in_time(step: Step, known: Told, news: Sequence[tuple[datetime, Told]]) -> datetime | None:
    """When we first knew for sure the order and news, of `at`, that was still of use.

    Until then nothing is called for: what came too late is left unsaid, and fresher news may still say it.
    """
    heard = [(at, max(known.taken, told.taken)) for at, told in news if known.taken and told.taken]
    return min((taken for at, taken in heard if taken < at + step.useful_for), default=None)


def perhaps_first(known: Told, happened: Sequence[Happened], sure: Sequence[Told]) -> Sequence[Happened]:
    """Those of which we may have known first, for the first counts. `sure`: those that do if they are it."""
    taken = [max(known.taken, told.taken) for told in sure if known.taken and told.taken]
    return [each for each in happened if not taken or first_of(each[2]) <= min(taken)]


def whichever_counts(
    step: Step, order: Order, happened: Sequence[Happened], cycle: timedelta
) -> datetime | None:
    """When a step of a line is due, and its event and order are known for sure, whichever event counts.

    A journey that begins late (its order was lost, and is known by a later change) finds its step overdue.
    """
    heard = [told.taken for told in (order.known, *(told for *_, told in happened))]
    times = [due(step, until, order.bought.home, cycle)[1] for _, until, _ in happened]
    taken = [each for each in heard if each is not None]
    return max(*times, *taken) if len(taken) == len(heard) else None


def begun(order: Order, line: str, delivered: Sequence[Told]) -> bool:
    """A journey about a line must begin where, when it had come, the order stood for sure."""
    times = [told.taken for told in (order.known, *delivered) if told.taken]
    if order.known.taken is None or not any(told.taken for told in delivered):
        return False
    ends = [*order.cancelled, *order.returned.get(line, [])]
    return not any(end.perhaps(max(times)) for end in ends)


def due(step: Step, at: datetime, home: Home, cycle: timedelta = LONGEST_CYCLE) -> tuple[datetime, datetime]:
    """(the earliest, the latest) time at which the step may be due, after an event at `at`.

    `cycle`: no computed one waits longer.
    """
    if step.computed:
        return at, at + cycle
    if step.after is None:
        return at, at
    then = at + step.after.wait
    if step.after.at is not None:
        then = wall(home.local(then).date(), step.after.at, home.zone)
        then = then if then > at else wall(home.local(then + DAY).date(), step.after.at, home.zone)
    return then - home.unsure, then + home.unsure


def wall(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
