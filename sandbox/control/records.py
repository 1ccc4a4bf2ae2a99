"""Everything that is stored, as nouns: what the control API, `why` and the tests look at."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aftercart.aws.items import RATE, Item, decode, ref_of
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.decision import Logged
from aftercart.domain.journey import Enrolment, Journey
from aftercart.domain.message import Message
from aftercart.domain.order import Order
from aftercart.flows.choosing import STEP
from aftercart.flows.parcels import MOVED
from aftercart.ports import HumanTask, Parked, Ref

ROUTE = "route"  # a fact: the channels in their order, each with what gave it its place


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision with what it was about."""

    customer: str
    order: str
    journey: str
    message: str
    logged: Logged


@dataclass(slots=True)
class Records:
    """By id; orders by the shop's id. `owed`: what somebody should look after, and when."""

    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    parked: dict[str, Parked] = field(default_factory=dict)
    tasks: dict[str, HumanTask] = field(default_factory=dict)  # by their message's id
    owed: list[tuple[datetime, Ref[Any]]] = field(default_factory=list)

    @classmethod
    def of(cls, items: Iterable[Item]) -> "Records":
        """From items as they are stored."""
        found = cls()
        by_kind: Mapping[type, dict[str, Any]] = {
            Customer: found.customers,
            Order: found.orders,
            Enrolment: found.enrolments,
            Message: found.messages,
            Parked: found.parked,
            HumanTask: found.tasks,
        }
        for item in items:
            if item["sk"] == RATE:  # no noun
                continue
            ref, stored = ref_of(item["pk"], item["sk"]), decode(item)
            if ref.kind in by_kind:
                by_kind[ref.kind][ref.id.rpartition("/")[2]] = stored.value
            if stored.todo_at is not None:
                found.owed.append((stored.todo_at, ref))
        found.owed.sort(key=lambda each: (each[0], each[1].id))
        return found

    def order(self, wanted: str) -> Order | None:
        """By the shop's id, or by the number that the customer knows (#1001 or 1001)."""
        numbered = (o for o in self.orders.values() if wanted.lstrip("#") == o.number.lstrip("#") != "")
        return self.orders.get(wanted) or next(numbered, None)

    def stage(self, customer: Customer) -> str:
        """How far the newest order is: ordered, shipped, delivered, returned, cancelled. None: a lead."""
        if customer.erased:
            return "erased"
        orders = [self.orders[each] for each in customer.orders if each in self.orders]
        if not orders:
            return "lead"
        newest = max(orders, key=lambda order: (order.placed_at, order.id))
        return newest.progress

    def decisions(self, journeys: Iterable[Journey]) -> list[Decided]:
        """Every decision on a step, in the order of time: sent, put off, or not said at all.

        What is decided anew at each rung (which channel) is an attempt, not a decision on the step.
        """
        about_parcels = {step.name: j.name for j in journeys if j.starts == MOVED for step in j.steps}
        found = [
            Decided(each.customer, each.order, each.journey, "", logged)
            for each in self.enrolments.values()
            for logged in _not_sent(each.log)
        ]
        found += [
            Decided(each.customer, each.id, _journey(logged, about_parcels), "", logged)
            for each in self.orders.values()
            for logged in _not_sent(each.log)
        ]
        found += [
            Decided(each.customer, each.order, each.journey, each.id, logged)
            for each in self.messages.values()
            for logged in (*_made(each.log), *_not_sent(each.log[1:]))
        ]
        return sorted(found, key=lambda each: (each.logged.at, each.customer, each.journey, each.logged.step))


def _journey(logged: Logged, about_parcels: Mapping[str, str]) -> str:
    """Of a decision that an order keeps: on a parcel, or on a journey that did not begin."""
    return about_parcels.get(logged.step) or str(logged.facts.get("journey", ""))


def _made(log: Sequence[Logged]) -> list[Logged]:
    """The decision to say it, with the route that it took when a channel was claimed last."""
    routes = [each.facts[ROUTE] for each in log[1:] if each.decision == "send" and ROUTE in each.facts]
    return [replace(each, facts={**each.facts, ROUTE: routes[-1]}) if routes else each for each in log[:1]]


def _not_sent(log: Iterable[Logged]) -> list[Logged]:
    """A decision to send is told by the message it made, which also knows the offer that was picked.

    `sent`: a message that reached its last channel without a receipt; nothing was decided against it.
    """
    return [each for each in log if each.step == STEP or (each.decision != "send" and each.reason != "sent")]


def consents(customer: Customer) -> dict[str, dict[str, bool | None]]:
    """Channel -> purpose -> granted; None: nothing was ever said."""
    return {
        channel: {
            purpose: entry.granted if (entry := address.consent(purpose)) else None for purpose in Purpose
        }
        for channel, address in sorted(customer.addresses.items())
    }


def zone(customer: Customer) -> str:
    """The customer's zone; where several are plausible, the first of them."""
    return customer.zones[0] if customer.zones else ""


def language(customer: Customer, brand: Brand) -> str:
    """The language they are written to in."""
    return brand.language(customer.language, customer.country)


def plain_item(item: Mapping[str, Any]) -> Item:
    """DynamoDB's JSON as it is stored."""
    return {name: _plain(*next(iter(typed.items()))) for name, typed in item.items()}


def _plain(kind: str, value: Any) -> Any:
    if kind == "N":
        return int(value)
    return base64.b64decode(value) if kind == "B" and isinstance(value, str) else value
