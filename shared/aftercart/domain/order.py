"""An order as the shop knows it, its lines and its parcels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from aftercart.domain.consent import Consent
from aftercart.domain.decision import Logged
from aftercart.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`quantity` is what the customer still has: ordered less refunded. 0 is a returned line."""

    id: str
    sku: str
    product: str  # the shop's product id
    title: str
    quantity: int
    price: Money


class Stage(StrEnum):
    """Where a parcel is, in our words (formats.md B)."""

    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    DELAYED = "delayed"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_FOR_PICKUP = "ready_for_pickup"
    EXCEPTION = "exception"
    DELIVERED = "delivered"
    RETURNING = "returning"
    CANCELLED = "cancelled"


# The order in which a parcel may move: a late event never takes it back.
RANK: Mapping[Stage, int] = {stage: rank for rank, stage in enumerate(Stage)}


GONE = (Stage.DELIVERED, Stage.RETURNING)
HowFar = Literal["ordered", "shipped", "delivered", "returned", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One parcel. `stages` holds when each stage was first reached; joining two is a union.

    `again`: when a stage was last said, where that is later than when it was first reached.
    """

    id: str
    stages: Mapping[Stage, datetime]
    updated_at: datetime
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    lines: tuple[str, ...] = ()  # line ids; empty: all of them
    again: Mapping[Stage, datetime] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        return max(self.stages, key=RANK.__getitem__)

    def said_at(self, stage: Stage) -> datetime:
        """Of the newest news that said so."""
        return self.again.get(stage, self.stages[stage])

    def _age(self) -> tuple[datetime, str]:
        """At the same second any rule will do that is the same for both: nothing of how either was joined."""
        return self.updated_at, repr((self.tracking_number, self.tracking_url, self.carrier, self.lines))

    def joined(self, other: "Shipment") -> "Shipment":
        """The same whichever comes first, and however often."""
        stages, again = dict(self.stages), dict(self.again)
        for stage, at in other.stages.items():
            stages[stage] = min(at, stages.get(stage, at))
            last = max(each.said_at(stage) for each in (self, other) if stage in each.stages)
            if last > stages[stage]:
                again[stage] = last
        newer = max(self, other, key=Shipment._age)
        return replace(newer, stages=stages, again=again)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Stored without the buyer's name and addresses: those lie on the customer alone."""

    shop: str
    id: str
    number: str  # as the customer knows it: "#1001"
    placed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None = None
    total: Money | None = None
    lines: tuple[Line, ...] = ()
    status_url: str = ""
    country: str = ""  # ISO 3166 alpha-2 of the delivery address
    zones: tuple[str, ...] = ()  # the plausible time zones of the delivery address
    customer: str = ""  # our id; empty while only parcels are known
    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    told: Mapping[str, Stage] = field(default_factory=dict)  # by shipment: the stage last decided on
    enrolled: tuple[str, ...] = ()  # "<journey>/<line>": journeys about a line that have begun
    log: tuple[Logged, ...] = ()  # decisions on its parcels
    erased: bool = False

    @property
    def known(self) -> bool:
        """False for the stub that a parcel leaves when it comes before its order."""
        return bool(self.customer)

    @property
    def cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def progress(self) -> HowFar:
        """How far it is, in one word."""
        if self.cancelled:
            return "cancelled"
        if self.lines and all(line.quantity == 0 for line in self.lines):
            return "returned"
        parcels = [parcel.stage for parcel in self.shipments.values() if parcel.stage is not Stage.CANCELLED]
        if parcels and all(stage in GONE for stage in parcels):
            return "returned" if all(stage is Stage.RETURNING for stage in parcels) else "delivered"
        moved = any(RANK[stage] >= RANK[Stage.IN_TRANSIT] for stage in parcels)
        return "shipped" if moved else "ordered"

    def line(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who placed an order, as the shop's event says."""

    reference: str  # the shop's customer id; empty for a guest
    first_name: str = ""
    language: str = ""  # ISO 639-1, empty when unknown
    phone: str = ""  # E.164
    email: str = ""
    phone_consents: tuple[Consent, ...] = ()
    email_consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNews:
    """What one shop event says of an order. `is_new`: the event says that it was just placed."""

    order: Order
    buyer: Buyer
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentNews:
    """What one event says of a parcel; the order may not be known yet."""

    shop: str
    order: str
    shipment: Shipment
