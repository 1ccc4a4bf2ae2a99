"""What to say, when, to whom, as read from `journeys/`; and one customer's way through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from aftercart.domain.decision import Logged
from aftercart.domain.message import Urgency
from aftercart.domain.stops import Stop

Condition = Literal[
    "rating_at_most", "rating_at_least", "answered", "first_purchase", "total_at_least", "owns", "owns_not"
]


class About(StrEnum):
    ORDER = "order"
    SHIPMENT = "shipment"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Due a while after an event, at a time of day where the customer lives."""

    event: str
    wait: timedelta
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of `on` (due at once when the event comes), `after`, or `computed` (a named rule) says when."""

    name: str
    text: str
    purpose: (
        str  # "transactional", "marketing", or a name that the brand resolves per country, such as "survey"
    )
    on: str = ""
    after: After | None = None
    computed: Literal["", "trade_in"] = ""
    at: time | None = None  # the time of day of a computed step
    when: Mapping[Condition, str] = field(default_factory=dict)  # {"rating_at_most": "2"}
    urgency: Urgency = Urgency.NOW
    route: str = "news"
    offer: bool = False
    asks: str = ""
    useful_for: timedelta = timedelta(days=2)  # after it was due, or after the event it tells
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    name: str
    about: About
    starts: str  # the event that enrols: "order_placed", "shipment_moved", "delivered"
    category: str = ""  # of the line's item; empty: any
    steps: tuple[Step, ...]
    holdout: float = 0.0  # the share of customers who are told none of its marketing


class StepState(StrEnum):
    WAITING = "waiting"  # for its time or its event
    SENT = "sent"  # a message was made; the message tells the rest
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """Where an enrolment stands with one step. `spec` is pinned: later edits do not change a way begun."""

    spec: Step
    state: StepState = StepState.WAITING
    due_at: datetime | None = None
    facts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)  # why now


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One customer going through one journey about one subject. One live arm: its earliest waiting step's."""

    id: str
    customer: str
    journey: str
    subject: str
    order: str
    line: str = ""
    shipment: str = ""
    sku: str = ""
    category: str = ""
    country: str = ""
    zones: tuple[str, ...] = ()
    started_at: datetime
    generation: int = 1
    ended: str = ""  # why nothing follows: "cancelled", "returned", "erased"
    steps: tuple[StepRecord, ...] = ()
    arm: int = 0
    armed_for: datetime | None = None  # when the live arm fires
    events: Mapping[str, datetime] = field(default_factory=dict)  # when each event it waits for came
    rating: str = ""
    held_out: bool = False  # as it was decided when this way began, for good
    log: tuple[Logged, ...] = ()

    def record(self, name: str) -> StepRecord | None:
        return next((record for record in self.steps if record.spec.name == name), None)

    @property
    def next_due(self) -> datetime | None:
        times = [r.due_at for r in self.steps if r.state is StepState.WAITING and r.due_at is not None]
        return min(times) if times and not self.ended else None
