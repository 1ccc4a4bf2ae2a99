"""What ends a step before it is said: looked at when it is due, and again in the claim."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.order import RANK, Order, Stage

# Pinned in enrolments and messages: a word of a later version is refused where it is read, not passed over.
Stop = Literal["cancelled", "returned", "bought_again", "human_talking"]
SAME_PURCHASE = timedelta(days=1)


def stop_reason(
    stops: Iterable[str],
    order: Order | None,
    line: str,
    category: str,
    customer: Customer | None,
    now: datetime,
) -> str:
    """'erased', or the first of `stops` that has happened; '' while it still makes sense."""
    if customer is None or customer.erased or (order is not None and order.erased):
        return "erased"
    if "human_talking" in stops and customer.talks_until is not None and now < customer.talks_until:
        return "human_talking"
    if order is None:
        return ""
    if "cancelled" in stops and order.cancelled:
        return "cancelled"
    if "returned" in stops and _returned(order, line):
        return "returned"
    if "bought_again" in stops and _bought_since(customer.purchases, order, category):
        return "bought_again"
    return ""


def overtaken(order: Order | None, shipment: str, step: str) -> bool:
    """The parcel is further than the step would tell: 'shipped' never follows 'delivered'."""
    known = order.shipments.get(shipment) if order else None
    if known is None or step not in set(Stage):
        return False
    return RANK[known.stage] > RANK[Stage(step)]


def _returned(order: Order, line_id: str) -> bool:
    line = order.line(line_id)
    if line is not None:
        return line.quantity == 0
    return bool(order.lines) and all(line.quantity == 0 for line in order.lines)


def _bought_since(purchases: Iterable[Purchase], order: Order, category: str) -> bool:
    later = order.placed_at + SAME_PURCHASE
    return any(
        purchase.category == category and not purchase.returned and purchase.at > later
        for purchase in purchases
        if purchase.order != order.id
    )
