"""What may stand in a journey.yaml, and what the domain makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Literal, get_args

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aftercart.domain.campaign import STARTED, Launch, Segment
from aftercart.domain.journey import USUAL, About, After, Condition, Journey, Step, chosen_event
from aftercart.domain.message import Urgency
from aftercart.domain.order import HowFar
from aftercart.domain.stops import Stop
from sandbox.journeys.shapes import (
    NAME,
    Amount,
    AsWritten,
    Beginning,
    CountryCode,
    Duration,
    Language,
    Name,
    Rating,
    RungWait,
    Shape,
    TimeOfDay,
)

Enrols = Literal["order_placed", "shipment_moved", "delivered"]
Event = Literal[
    "order_placed",
    "in_transit",
    "delayed",
    "out_for_delivery",
    "ready_for_pickup",
    "attempt_failed",
    "exception",
    "delivered",
    "returning",
    "rated",
    "started",
]
TROUBLE = ("delayed", "attempt_failed", "exception", "returning")
RATED = "rated"


def _answers(value: object) -> object:
    """YAML reads a lone 5 as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


RATINGS = "[1-5](-[1-5])?"
NOTHING = "nothing"  # follows such an answer
Answers = Annotated[
    str,
    AsWritten(f"{RATINGS}|{NAME}", "a rating, a range of them (1-2), or the name of an answer"),
    BeforeValidator(_answers),
]


@dataclass(frozen=True, slots=True)
class Lead:
    """How an answer leads to a step: its event, and which answer it was."""

    event: str
    when: Mapping[Condition, str]


def lead(asking: str, is_choice: bool, answers: Sequence[str]) -> Lead:
    """`answers`: one rating or range of them (`1-2`), or options of the step `asking`."""
    if is_choice:
        return Lead(chosen_event(asking), {"answer": f"{asking}={'|'.join(answers)}"})
    least, _, most = answers[0].partition("-")
    if not least.isdecimal():  # it is told as a mistake, where all answers are looked at
        return Lead(RATED, {})
    return Lead(RATED, {"rating_at_least": least, "rating_at_most": most or least})


class WhenShape(Shape):
    rating_at_most: Rating | None = None
    """Only where the customer rated so or lower."""
    rating_at_least: Rating | None = None
    """Only where the customer rated so or higher."""
    answered: bool | None = None
    """Only where the question was answered, or only where it was not."""
    answer: (
        Annotated[str, AsWritten(rf"{NAME}={NAME}(\|{NAME})*", "a step and its answers: fit=too_small")]
        | None
    ) = None
    """Only where this was chosen as a step's answer: fit=too_small|too_big."""
    first_purchase: bool | None = None
    """Only with what they bought first, or only with what they bought later."""
    stage: HowFar | None = None
    """Only where the order is so far: ordered, shipped, delivered, returned, cancelled."""
    category: Name | None = None
    """Only where it is about something of this category of the catalogue."""
    total_at_least: Amount | None = None
    """Only where the order came to so much, in this currency: 5000 UAH."""
    owns: str | None = None
    """Only where they have this sku, or something of this category."""
    owns_not: str | None = None
    """Only where they have no such thing."""

    def conditions(self) -> dict[Condition, str]:
        return {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key in get_args(Condition)
            if (value := getattr(self, key)) is not None
        }


class SegmentShape(Shape):
    """All that is given must hold; it is looked at once, in the day before the campaign begins."""

    country: CountryCode | None = None
    """Only who lives there: UA."""
    language: Language | None = None
    """Only who is written to in it: uk."""
    owns: str = ""
    """Only who has this sku, or something of this category."""
    owns_not: str = ""
    """Only who has no such thing."""
    ordered_since: Duration | None = None
    """Only whose newest order is no older: P365D is a year."""
    not_ordered_since: Duration | None = None
    """Only whose newest order is older: P180D is half a year."""
    orders_at_least: Annotated[int, Field(ge=1)] | None = None
    """Only who has ordered so often."""

    def segment(self) -> Segment:
        return Segment(
            country=self.country or "",
            language=self.language or "",
            owns=self.owns,
            owns_not=self.owns_not,
            ordered_since=self.ordered_since,
            not_ordered_since=self.not_ordered_since,
            orders_at_least=self.orders_at_least or 0,
        )


class StartsShape(Shape):
    on: Enrols | None = None
    """The event that begins it: it must suit what the journey is about."""
    at: Beginning | None = None
    """The day that begins a campaign, where each customer lives; without a time, once marketing may go."""
    over: SegmentShape | None = None
    """Whom a campaign is for; {} is everyone."""
    category: str = ""
    """Only for lines of this category of the catalogue; left out, for all."""
    when: WhenShape = WhenShape()
    """It begins only where all of this holds at that moment."""
    among: Annotated[str, AsWritten(rf"({NAME})?", "a name in small letters, digits and _")] = ""
    """Of the journeys that give the same name here, only the first begins whose conditions hold."""
    rank: Annotated[int, Field(ge=1, le=9)] = 5
    """Which is first among them: 1 is before 9."""

    @model_validator(mode="after")
    def _begins_once(self) -> "StartsShape":
        if (self.on is None) == (self.at is None):
            raise PydanticCustomError("starts", "say once what begins it: on an event, or at a day")
        if (self.at is None) != (self.over is None):
            raise PydanticCustomError("starts", "at and over go together: over {} is everyone")
        chosen = sorted({"category", "when", "among", "rank"} & self.model_fields_set)
        if self.at and chosen:
            raise PydanticCustomError("starts", "{key} goes with on: a campaign has over", {"key": chosen[0]})
        return self

    @property
    def event(self) -> str:
        return self.on or STARTED

    def launch(self) -> Launch | None:
        if self.at is None or self.over is None:
            return None
        day, _, hour = self.at.partition(" ")
        return Launch(
            day=date.fromisoformat(day),
            hour=time.fromisoformat(hour) if hour else None,
            over=self.over.segment(),
        )


class StepShape(Shape):
    on: Event | None = None
    """Due at once when this happens."""
    wait_until: Event | None = None
    """Due as soon as this happens, and at the latest when timeout is over."""
    timeout: Duration | None = None
    """How long wait_until waits, from the event that began the journey: P5D is five days."""
    after: Event | None = None
    """Due a while after this happened: goes with wait."""
    wait: Duration | None = None
    """How long after that, or after the answer that leads here: P3D is three days."""
    computed: Literal["trade_in"] | None = None
    """Due when a rule says so: trade_in, by this customer's own rhythm."""
    at: TimeOfDay | None = None
    """The time of day where the customer lives, with after or computed."""
    when: WhenShape = WhenShape()
    """Said only where all of this holds."""
    text: Name = ""
    """Which text it says; left out, the one that is called as the step."""
    variants: dict[Name, Annotated[int, Field(ge=1, le=1000)]] = {}
    """Texts to compare, each with its weight: {short: 1, long: 1}. A customer keeps the one they get."""
    purpose: Name
    """transactional, marketing, or a name that brand.yaml resolves by country."""
    urgency: Urgency = Urgency.NOW
    """now: at any hour; by_morning: news that may wait for the morning."""
    route: Name = "news"
    """Which route of brand.yaml: the channels in their order."""
    receipt_within: RungWait | None = None
    """How long each channel's receipt is waited for; left out, as the route says."""
    offer: bool = False
    """It may carry an offer that fits what was bought: its text needs with_offer."""
    asks: Literal["rating", "choice"] | None = None
    """It asks for a rating of 1 to 5, or for one of its answers; later steps may go by it."""
    answers: dict[Answers, Name] = {}
    """Which step follows which answer: {1-2: help, 4-5: review}, {fits: nothing, too_small: exchange}."""
    useful_for: Duration = timedelta(days=2)
    """How long after it was due it still makes sense; later it is left unsaid."""
    stops: tuple[Stop, ...] = ()
    """It is left unsaid once one of these has happened."""
    matters: bool | None = None
    """Where it cannot be said a person is told; left out, it is so for trouble with a parcel."""

    @model_validator(mode="after")
    def _is_due_once(self) -> "StepShape":
        said = [self.on, self.after, self.computed, self.wait_until]
        if said.count(None) < len(said) - 1:
            raise PydanticCustomError(
                "due", "say once when it is due: one of on, after, computed, wait_until"
            )
        if (self.after is None) != (self.wait is None) and not self.follows:
            raise PydanticCustomError("due", "after and wait go together")
        if (self.wait_until is None) != (self.timeout is None):
            raise PydanticCustomError("due", "wait_until and timeout go together")
        if self.on and self.at:
            raise PydanticCustomError("due", "at goes with after or computed: on is due at once")
        if self.answers and not self.asks:
            raise PydanticCustomError("due", "answers goes with asks")
        if self.variants and (self.text or len(self.variants) < 2):
            raise PydanticCustomError("due", "variants are two texts or more, and stand in place of text")
        return self

    @property
    def follows(self) -> bool:
        """It does not say when it is due: it has to be another step's answer, at once or after its wait."""
        return not (self.on or self.after or self.computed or self.wait_until)

    def step(self, name: str, starts: str, lead: Lead | None = None) -> Step:
        """`starts`: the journey's event. `lead`: the answers that lead to it."""
        on: str = self.on or self.wait_until or ""
        after: After | None = None
        if self.on == STARTED:  # it is known beforehand when that comes, and then it is due
            on, after = "", After(event=STARTED, wait=timedelta(0))
        elif self.after and self.wait:
            after = After(event=self.after, wait=self.wait, at=self.at)
        elif self.timeout:
            after = After(event=starts, wait=self.timeout, at=self.at)
        elif lead and self.wait:
            after = After(event=lead.event, wait=self.wait, at=self.at)
        elif lead:
            on = lead.event
        return Step(
            name=name,
            text=self.text or name,
            variants=self.variants,
            purpose=self.purpose,
            on=on,
            after=after,
            computed=self.computed or "",
            at=self.at if self.computed else None,
            when={**self.when.conditions(), **(lead.when if lead else {})},
            urgency=self.urgency,
            route=self.route,
            receipt_within=self.receipt_within,
            offer=self.offer,
            asks=self.asks or "",
            options=tuple(self.answers) if self.asks == "choice" else (),
            useful_for=self.useful_for,
            stops=self.stops,
            matters=self.on in TROUBLE if self.matters is None else self.matters,
        )


class JourneyShape(Shape):
    about: About
    """What one way through it is about: an order, a parcel, one line of an order, a campaign's customer."""
    starts: StartsShape
    """What begins it."""
    steps: tuple[Annotated[dict[Name, StepShape], Field(min_length=1, max_length=1)], ...] = Field(
        min_length=1
    )
    """Each with its name; said in the order in which they come due."""
    holdout: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """This share of customers is told none of its marketing, for good: 0.05 is one in twenty."""
    priority: Annotated[int, Field(ge=1, le=9)] = USUAL
    """Where several journeys have an offer and one may go: 1 goes before 9."""
    archetype: Literal["routine", "joyride", "trek", "odyssey"] | None = None
    """routine: easy and expected; joyride: easy and new; trek: effort, expected; odyssey: effort, new."""
    keeps: tuple[Name, ...] = ()
    """Texts that no step says any more, for those on their way: `aftercart plan` tells how long."""
    retired: bool = False
    """Nobody begins it any more; those on their way go on."""

    @property
    def leads(self) -> dict[str, Lead]:
        """Step -> the answers that lead to it."""
        asking = [item for entry in self.steps for item in entry.items() if item[1].answers]
        return {
            target: lead(name, shape.asks == "choice", [a for a, to in shape.answers.items() if to == target])
            for name, shape in asking
            for target in dict.fromkeys(shape.answers.values())
            if target != NOTHING
        }

    def journey(self, name: str) -> Journey:
        starts, leads = self.starts, self.leads
        return Journey(
            name=name,
            about=self.about,
            starts=starts.event,
            category=starts.category,
            steps=tuple(
                shape.step(step, starts.event, leads.get(step))
                for entry in self.steps
                for step, shape in entry.items()
            ),
            holdout=self.holdout,
            priority=self.priority,
            when=starts.when.conditions(),
            among=starts.among,
            rank=starts.rank,
            archetype=self.archetype or "",
            retired=self.retired,
            launch=starts.launch(),
        )
