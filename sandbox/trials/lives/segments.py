"""Whom a campaign is for, and when, by what happened outside: yes, no, or nobody can say. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aftercart.domain.brand import Brand
from aftercart.domain.campaign import Launch
from sandbox.trials.lives.due import wall
from sandbox.trials.lives.facts import Order
from sandbox.trials.lives.whether import Maybe, all_of, has, negated


def own_hours(launch: Launch, orders: Iterable[Order], brand: Brand) -> list[tuple[datetime, datetime]]:
    """(the earliest, the latest) at which it begins for a customer, wherever they may live by then."""
    found = []
    for order in orders:
        home = order.bought.home
        country = brand.country(home.country)
        at = wall(launch.day, launch.hour or country.marketing_hours.start, home.zone)
        found.append((at - home.unsure, at + home.unsure + country.spread))
    return found


def is_in(launch: Launch, orders: Sequence[Order]) -> Maybe:
    """`orders`: all of one customer. It is looked at once, in the day before, by what is known then."""
    known = [order for order in orders if order.known.perhaps(launch.walk_until)]
    if not known:
        return False
    of = launch.over
    return all_of(
        [
            True if _sure(launch, known) else None,
            True if not of.language else None,
            _lives(launch, known),
            _owns(of.owns, launch, known) if of.owns else True,
            negated(_owns(of.owns_not, launch, known)) if of.owns_not else True,
            _ordered(of.ordered_since, launch, known) if of.ordered_since else True,
            negated(_ordered(of.not_ordered_since, launch, known)) if of.not_ordered_since else True,
            True if len(_sure(launch, known)) >= of.orders_at_least else None,
            len(known) >= of.orders_at_least,
        ]
    )


def _sure(launch: Launch, known: Iterable[Order]) -> list[Order]:
    return [order for order in known if order.known.surely(launch.walk_from)]


def _lives(launch: Launch, known: Sequence[Order]) -> Maybe:
    countries = {order.bought.home.country for order in known}
    wanted = launch.over.country or next(iter(countries))
    return None if len(countries) > 1 and wanted in countries else wanted in countries


def _owns(wanted: str, launch: Launch, known: Sequence[Order]) -> Maybe:
    having = [order for order in known if has(order, wanted)]
    kept = [order for order in _sure(launch, having) if not order.cancelled and not order.returned]
    return True if kept else None if having else False


def _ordered(since: timedelta, launch: Launch, known: Sequence[Order]) -> Maybe:
    """Whether the newest order is no older, on whichever day of the walk it is looked at."""
    if any(order.bought.placed_at >= launch.walk_until - since for order in _sure(launch, known)):
        return True
    return None if any(order.bought.placed_at >= launch.walk_from - since for order in known) else False
