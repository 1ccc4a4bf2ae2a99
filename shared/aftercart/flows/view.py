"""All that a rung is decided on, as it was just read."""

from dataclasses import dataclass
from datetime import datetime

from aftercart.domain.brand import Brand, Country, Open
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.journey import USUAL, Enrolment
from aftercart.domain.message import Message, Variant
from aftercart.domain.order import Order
from aftercart.domain.wishes import marketing_open


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    message: Message
    customer: Customer | None
    enrolment: Enrolment | None
    order: Order | None
    brand: Brand
    carried: frozenset[Channel]  # channels with a provider
    textless: frozenset[tuple[Channel, Variant]] = frozenset()
    paused_since: datetime | None = None  # its journey waits, because somebody told it to
    priority: int = USUAL  # its journey's, among those that want the same turn

    @property
    def person(self) -> Customer:
        """The customer; where there is none, the message has ended before anything else is asked."""
        assert self.customer is not None  # noqa: S101
        return self.customer

    @property
    def country(self) -> Country:
        return self.brand.country(self.person.country)

    @property
    def marketing_open(self) -> Open:
        """When marketing may be said to this customer."""
        return marketing_open(self.country, self.person.wishes)
