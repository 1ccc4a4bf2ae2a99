"""What was timed by what we knew then is timed again when older news come: an older purchase, a new address.

So a journey ends the same in whatever order the shop's events come. Mostly nothing is concerned, and nothing
is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.brand import Brand
from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.journey import About, Enrolment, Journey
from aftercart.domain.order import Order
from aftercart.flows import enrol
from aftercart.ports import Ref

MOST = 25  # enrolments in one transaction
Bought = Mapping[Ref[Enrolment], datetime]
"""When what an enrolment is about was bought, by the enrolment."""


def by_purchases(before: Customer, after: Customer, order: Order, journeys: Sequence[Journey]) -> Bought:
    """Journeys of what was bought later than something of this order that is news, or is returned by now."""
    news = {p for p in (*before.purchases, *after.purchases) if p.order == order.id}
    news -= set(before.purchases) & set(after.purchases)
    since: dict[str, datetime] = {}
    for purchase in news:
        since[purchase.category] = min(purchase.at, since.get(purchase.category, purchase.at))
    later = [p for p in after.purchases if p.category in since and p.at > since[p.category]]
    found = {
        ports.enrolment(_id(after.id, journey, purchase)): purchase.at
        for purchase in later
        for journey in _rhythmic(journeys, purchase.category)
    }
    return dict(list(found.items())[-MOST:])


def by_address(before: Order | None, after: Order, journeys: Sequence[Journey]) -> Bought:
    """The journeys of an order's lines, where it goes to another country or another zone than it did."""
    if before is None or not before.known or (before.country, before.zones) == (after.country, after.zones):
        return {}
    named = {journey.name for journey in journeys}
    begun = [key.partition("/") for key in before.enrolled]
    found = [
        ids.enrolment_id(after.customer, name, f"order:{after.id}/line:{line}")
        for name, _, line in begun
        if name in named
    ]
    return {ports.enrolment(each): after.placed_at for each in found[:MOST]}


def again(
    enrolment: Enrolment, order: Order, customer: Customer, bought: datetime, brand: Brand, now: datetime
) -> Enrolment:
    """`order`: the one that is news; it is the enrolment's own, or another of the same customer."""
    if enrolment.ended:
        return enrolment
    if enrolment.order == order.id:
        enrolment = replace(enrolment, country=order.country, zones=order.zones)
    return enrol.timed_again(enrolment, customer.purchases, bought, brand, now)


def _id(customer: str, journey: Journey, purchase: Purchase) -> str:
    return ids.enrolment_id(customer, journey.name, f"order:{purchase.order}/line:{purchase.line}")


def _rhythmic(journeys: Iterable[Journey], category: str) -> Iterable[Journey]:
    about = (journey for journey in journeys if journey.about is About.LINE)
    return (j for j in about if j.category in ("", category) and any(step.computed for step in j.steps))
