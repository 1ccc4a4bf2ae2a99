"""From a step that is due to a message: the same for orders, parcels, due times and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aftercart.domain import ids
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.decision import Facts, logged
from aftercart.domain.decision import Send as SendIt
from aftercart.domain.journey import Enrolment, Step
from aftercart.domain.message import Message
from aftercart.domain.offer import Offer
from aftercart.domain.order import Order
from aftercart.domain.route import along, timed, with_waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what a message is about. `cause` and `occurrence` make its id; `person`: where at hand."""

    customer: str
    journey: str
    cause: str
    occurrence: str = ""
    country: str = ""
    person: Customer | None = None
    order: Order | None = None
    enrolment: Enrolment | None = None
    line: str = ""
    shipment: str = ""
    sku: str = ""
    category: str = ""
    only: Channel | None = None
    offer: Offer | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def message_for(
    step: Step, subject: Subject, brand: Brand, now: datetime, since: datetime, facts: Facts
) -> Message:
    """`since`: when the step was due, or when the event it tells happened; it is useful for a while after."""
    generation = subject.enrolment.generation if subject.enrolment else 1
    message = Message(
        id=ids.message_id(subject.customer, subject.cause, generation, step.name, subject.occurrence),
        journey=subject.journey,
        step=step.name,
        text=step.text,
        enrolment=subject.enrolment.id if subject.enrolment else "",
        generation=generation,
        order=subject.order.id if subject.order else "",
        line=subject.line,
        shipment=subject.shipment,
        sku=subject.sku,
        category=subject.category,
        stops=step.stops,
        purpose=brand.purpose(step.purpose, subject.country),
        urgency=step.urgency,
        route=step.route,
        only=subject.only,
        offer=subject.offer,
        asks=step.asks,
        options=step.options,
        matters=step.matters,
        created_at=now,
        not_after=since + step.useful_for,
        receipt_within=step.receipt_within,
        log=(logged(SendIt(facts=facts), step.name, now),),
        values=subject.values,
    )
    if subject.person is not None:
        return timed(brand, subject.person, message, now)
    # Nobody has read who the customer is: in the country's order.
    legs = along(brand.route(message.route, subject.country), message.only)
    return with_waits(message, legs, brand, subject.country)
