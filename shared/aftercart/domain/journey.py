"""What to say, when, to whom, as read from `journeys/`; and one customer's way through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from aftercart.domain.campaign import Launch
from aftercart.domain.decision import Logged
from aftercart.domain.message import Urgency
from aftercart.domain.stops import Stop

Condition = Literal[
    "rating_at_most",
    "rating_at_least",
    "answered",
    "answer",
    "first_purchase",
    "stage",
    "category",
    "total_at_least",
    "owns",
    "owns_not",
]


# How much a customer has to do, and how far they know what comes: easy and expected, easy and new, effort and
# expected, effort and new. Siebert et al., "Customer Experience Journeys", Journal of Marketing 84(4), 2020.
Archetype = Literal["", "routine", "joyride", "trek", "odyssey"]


USUAL = 5  # the priority of a journey that says none


class About(StrEnum):
    ORDER = "order"
    SHIPMENT = "shipment"
    LINE = "line"
    CUSTOMER = "customer"  # a campaign: it begins on a day, and no order belongs to it


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Due a while after an event, at a time of day where the customer lives."""

    event: str
    wait: timedelta
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Due at once when the event `on` comes, a while `after` one, or when a named rule has `computed`.

    With both `on` and `after` it waits until the event comes, and no longer than that while.
    """

    name: str
    text: str
    variants: Mapping[str, int] = field(default_factory=dict)  # texts of an experiment, each with its weight
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
    receipt_within: timedelta | None = None  # how long each channel's is waited for; None: as the route says
    offer: bool = False
    asks: Literal["", "rating", "choice"] = ""
    options: tuple[str, ...] = ()  # of a choice, in their order: a short answer may be a number
    useful_for: timedelta = timedelta(days=2)  # after it was due, or after the event it tells
    matters: bool = False  # where it cannot be said a person is told
    stops: tuple[Stop, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Each that it may say."""
        return tuple(self.variants) or (self.text,)

    @property
    def hears(self) -> frozenset[str]:
        """The events that its time depends on."""
        after = self.after.event if self.after else ""
        return frozenset({self.on, after, "delivered" if self.computed else ""} - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    name: str
    about: About
    starts: str  # the event that enrols: "order_placed", "shipment_moved", "delivered", "started"
    category: str = ""  # of the line's item; empty: any
    steps: tuple[Step, ...]
    holdout: float = 0.0  # the share of customers who are told none of its marketing
    retired: bool = False  # nobody begins it any more; who is on their way still hears of events
    when: Mapping[Condition, str] = field(default_factory=dict)  # it begins only where all of this holds
    among: str = ""  # of the journeys of one such name only the first begins that may
    rank: int = 5  # who is first: 1 is before 9
    archetype: Archetype = ""
    launch: Launch | None = None  # of a campaign: on which day, and over whom
    priority: int = USUAL  # whose marketing goes first where one may: 1 is before 9


def chosen_event(step: str) -> str:
    """What steps hear that depend on this one's choice."""
    return f"chose:{step}"


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
    answers: Mapping[str, str] = field(default_factory=dict)  # by step: the option that was chosen
    held_out: bool = False  # as it was decided when this way began, for good
    log: tuple[Logged, ...] = ()

    def record(self, name: str) -> StepRecord | None:
        return next((record for record in self.steps if record.spec.name == name), None)

    @property
    def next_due(self) -> datetime | None:
        times = [r.due_at for r in self.steps if r.state is StepState.WAITING and r.due_at is not None]
        return min(times) if times and not self.ended else None
