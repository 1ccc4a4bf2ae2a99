"""All that a rung is decided on, as it was just read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aftercart.domain.brand import Brand, Country, Open
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.journey import USUAL, Enrolment
from aftercart.domain.message import Message, Variant
from aftercart.domain.order import Order
from aftercart.domain.wishes import marketing_open
from aftercart.ports import Pause


@dataclass(slots=True)
class Learned:
    """What a rung has found out by trying, for its next look."""

    unsayable: dict[tuple[Channel, Variant], str] = field(default_factory=dict)  # why there are no words
    full: dict[str, datetime] = field(default_factory=dict)  # provider -> when its rate has room again


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    message: Message
    customer: Customer | None
    enrolment: Enrolment | None
    order: Order | None
    brand: Brand
    carried: Mapping[Channel, tuple[str, ...]]  # who carries each channel to the customer's address, in order
    learned: Learned = field(default_factory=Learned)
    pause: Pause = field(default_factory=Pause)
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
