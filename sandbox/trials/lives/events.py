"""What steps wait for, as it happened outside: each event with the times at which it may have come. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftercart.domain.order import RANK, Stage
from sandbox.trials.lives.due import Happened, arrived, first_of, scans
from sandbox.trials.lives.facts import Given, Order, Told

LATE = timedelta(days=2)  # what is said to be new so long after it was placed was entered late


@dataclass(frozen=True, slots=True)
class Event:
    """Something that steps wait for. `must`: it has come for certain.

    `sure`: those of whom we know that they are it, if they were the first.
    """

    happened: Sequence[Happened]
    sure: Sequence[Told]
    must: bool


def placed(order: Order) -> Event:
    """The order was placed, and each news of it says so."""
    at = order.bought.placed_at
    heard = [news for news in order.news if news.told.first]
    ages = [news.at if news.is_new and news.at - at >= LATE else at for news in heard]
    happened = [(age, age, news.told) for age, news in zip(ages, heard, strict=True)]
    return Event(happened, _told(happened), must=order.known.taken is not None)


def moved(order: Order) -> Event:
    """Its first parcel is under way."""
    under_way = [stage for stage in Stage if RANK[Stage.IN_TRANSIT] <= RANK[stage] < RANK[Stage.CANCELLED]]
    return _of(scans(order.parcels.values(), under_way))


def all_there(order: Order) -> Event:
    """All of it has come: nobody can say so for certain where something went back."""
    came = _of(scans(order.parcels.values(), [Stage.DELIVERED]))
    there = {line for line in order.bought.lines if any(told.taken for *_, told in arrived(order, line))}
    all_of_it = there == {*order.bought.lines} and not order.returned
    return Event(came.happened, came.sure, must=came.must and all_of_it)


def line_there(order: Order, line: str) -> Event:
    """The parcel with that line has come."""
    return _of(arrived(order, line))


def answered(given: Iterable[Given]) -> Event:
    """A question was, the first time."""
    known = [each for each in given if each.told.first]
    return Event(
        happened=[(first_of(g.told), g.told.taken or first_of(g.told), g.told) for g in known],
        sure=[each.told for each in known if each.sure],
        must=any(each.sure for each in known),
    )


def begins_at(times: Sequence[tuple[datetime, datetime]], known: Told) -> Event:
    """A campaign's hour: (the earliest, the latest), wherever they may live."""
    return Event([(since, until, known) for since, until in times], [known], must=True)


def _of(happened: Sequence[Happened]) -> Event:
    return Event(happened, _told(happened), must=any(told.taken for *_, told in happened))


def _told(happened: Iterable[Happened]) -> list[Told]:
    return [told for *_, told in happened]
