"""Several journeys want one turn of a customer: one goes, the others wait for the next or expire. Pure.

Who waits stands on the customer's item, which each claim reads and insists on: so of two that look at the
same time one is decided after the other, on what the other has written.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from aftercart.domain.customer import Customer
from aftercart.domain.decision import Decision, Defer, Facts
from aftercart.domain.time_of_day import local_date
from aftercart.domain.turns import SETTLES, Contender, Turn, rivals, waiting_after
from aftercart.domain.wishes import Frequency, next_turn
from aftercart.flows.view import View

GATHERING = timedelta(minutes=15)  # what comes due at the same time is there by then
FOR_A_TURN = ("gathering", "outranked", "frequency", "marketing_cap")
A_DAY = timedelta(days=1)


def turns_left(view: View, now: datetime) -> int:
    """How many offers may still go before the next turn begins."""
    customer = view.person
    left = view.brand.marketing_a_day - customer.count(local_date(now, customer.zones)).marketing
    return left if customer.frequency is Frequency.ANY else min(left, 1)


def before(view: View, now: datetime) -> list[Contender]:
    """Who would take the turns that are left, because it goes first and looks while they are there."""
    customer = view.person
    today = local_date(now, customer.zones)
    ends = next_turn(customer.frequency, today) or today + A_DAY
    strong = rivals(customer.waiting, contender(view, now), now)
    taking = [each for each in strong if local_date(each.at, customer.zones) < ends]
    left = turns_left(view, now)
    return taking[:left] if len(taking) >= left else []


def gathers(view: View, now: datetime) -> bool:
    """The last turn is not given at first sight: it waits once, so that what is due by then is compared."""
    message = view.message
    known = message.id in {each.message for each in view.person.waiting}
    has_waited = any(entry.reason == "gathering" for entry in message.log)
    return turns_left(view, now) == 1 and not known and not has_waited


def after_them(taking: list[Contender]) -> datetime:
    """When those have looked."""
    return max(each.at for each in taking) + SETTLES


def named(winner: Contender) -> Facts:
    return {"by": f"{winner.journey}.{winner.step}", "message": winner.message}


def was_outranked(view: View, taken: Turn, now: datetime) -> bool:
    """It waited for this turn, and a stronger one has it."""
    waits = any(each.message == view.message.id for each in view.person.waiting)
    return waits and taken.by.rank < contender(view, now).rank


def after(view: View, decision: Decision, now: datetime) -> Customer | None:
    """The customer with the message among those that wait for a turn, or no longer. None: nothing changes."""
    customer = view.customer
    if customer is None:
        return None
    known = next((each for each in customer.waiting if each.message == view.message.id), None)
    own = None
    if isinstance(decision, Defer) and decision.reason in FOR_A_TURN:
        own = contender(view, decision.until)
    return None if own == known else _with(customer, view, own, now)


def claimed(customer: Customer, view: View, now: datetime) -> Customer:
    """It waits no longer."""
    waits = any(each.message == view.message.id for each in customer.waiting)
    return _with(customer, view, None, now) if waits else customer


def _with(customer: Customer, view: View, own: Contender | None, now: datetime) -> Customer:
    return replace(customer, waiting=waiting_after(customer.waiting, view.message.id, own, now))


def contender(view: View, at: datetime) -> Contender:
    message = view.message
    return Contender(
        message=message.id,
        journey=message.journey,
        step=message.step,
        priority=view.priority,
        not_after=message.not_after,
        since=message.created_at,
        at=at,
    )
