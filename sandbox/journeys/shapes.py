"""What may stand in the files of `journeys/`, and what the domain makes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from aftercart.channels import registry
from aftercart.domain.brand import Brand, Country, Hours, Leg, Success, Support
from aftercart.domain.campaign import STARTED, Launch, Segment
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import USUAL, About, After, Condition, Journey, Step, chosen_event
from aftercart.domain.message import Urgency
from aftercart.domain.money import Money
from aftercart.domain.offer import OfferRules
from aftercart.domain.order import HowFar
from aftercart.domain.prices import Prices
from aftercart.domain.quiet_days import WEEKDAYS, Weekday
from aftercart.domain.stops import Stop
from aftercart.texts.limits import MOST_OF_TITLE, SHOW_CARDS, SHOW_IMAGES
from sandbox.journeys.marks import nearest

ISO_DURATION = r"P(?=\d|T\d)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
HOLIDAY = r"(\d{4}-)?\d{2}-\d{2}"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d"
LANGUAGE = r"[a-z]{2,3}"
COUNTRY = r"[A-Z]{2}|\*"
WEB_ADDRESS = r"https://[\w.-]+(/\S*)?"
AMOUNT = r"\d+(\.\d+)? [A-Z]{3}"
NAME = r"[a-z][a-z0-9_]*"

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
Rating = Annotated[int, Field(ge=1, le=5)]
TextChannel = Literal[Channel.WHATSAPP, Channel.VIBER, Channel.PUSH, Channel.SMS, Channel.EMAIL]


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A word of a certain form: `expected` says which, to people and to editors."""

    pattern: str
    expected: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "description": self.expected}

    def _checked(self, value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise PydanticCustomError("expected", "expected {expected}", {"expected": self.expected})
        return value


# Months and years have no fixed length, so they are no durations here.
Duration = Annotated[
    timedelta,
    Field(gt=timedelta(0)),
    AsWritten(ISO_DURATION, "a duration in weeks, days, hours, minutes: P2W, P3D, PT15M, P1DT2H"),
]


def _a_minute_to_a_day(wait: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= wait <= timedelta(days=1):
        raise PydanticCustomError("expected", "expected a wait of a minute (PT1M) to a day (P1D)")
    return wait


# Longer than the sender itself may take, and no longer than the workflow is meant to wait for a receipt.
RungWait = Annotated[Duration, AfterValidator(_a_minute_to_a_day)]
TimeOfDay = Annotated[time, AsWritten(TIME_OF_DAY, 'a time of day such as "11:00"')]
Language = Annotated[str, AsWritten(LANGUAGE, "a language code such as uk")]
CountryCode = Annotated[str, AsWritten(COUNTRY, 'a country code such as UA, or "*" for everywhere else')]
WebAddress = Annotated[str, AsWritten(WEB_ADDRESS, "an address such as https://shop.example/reviews")]
Currency = Annotated[str, AsWritten("[A-Z]{3}", "a currency such as UAH")]
Name = Annotated[str, AsWritten(NAME, "a name in small letters, digits and _")]


def _on_the_calendar(value: str) -> str:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        raise PydanticCustomError("expected", "expected a day that is on the calendar") from None
    return value


Beginning = Annotated[
    str,
    AfterValidator(_on_the_calendar),
    AsWritten(
        rf"\d{{4}}-\d\d-\d\d( {TIME_OF_DAY})?", 'a day, or a day and a time of day: "2027-03-01 11:00"'
    ),
]


def _on_some_calendar(value: str) -> str:
    """A day of every year is one of a leap year."""
    _on_the_calendar(value if len(value) > len("12-25") else f"2000-{value}")
    return value


Holiday = Annotated[
    str, AfterValidator(_on_some_calendar), AsWritten(HOLIDAY, 'a day: "2026-12-25", or "12-25" every year')
]
Amount = Annotated[str, AsWritten(AMOUNT, "an amount with its currency: 5000 UAH")]


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
    return Lead(RATED, {"rating_at_least": least, "rating_at_most": most or least})


def money(amount: str) -> Money:
    """`5000 UAH`."""
    number, _, currency = amount.partition(" ")
    return Money(Decimal(number), currency)


def _hours(value: object) -> object:
    start, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash or not all(re.fullmatch(TIME_OF_DAY, each) for each in (start, end)) or start >= end:
        raise PydanticCustomError("expected", 'expected hours such as "09:00-20:00"')
    return {"start": start, "end": end}


OpenHours = Annotated[Hours, BeforeValidator(_hours, json_schema_input_type=str)]


class Shape(BaseModel):
    """The words under a key are its description in the schema that editors read (`schemas.py`)."""

    # Built when it is first read with: no command reads with all of them.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


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


class LegShape(Shape):
    wait: RungWait
    """How long its receipt is waited for."""
    success: Success = Success.DELIVERED
    """What is enough: accepted (no receipt is waited for), delivered, or read (shown and not read, it goes to
    the next channel besides)."""


def _only_a_wait(leg: Any) -> Any:
    return leg if isinstance(leg, (Mapping, LegShape)) else {"wait": leg}


Route = Annotated[
    dict[
        TextChannel,
        Annotated[LegShape, BeforeValidator(_only_a_wait, json_schema_input_type=RungWait | LegShape)],
    ],
    Field(min_length=1, max_length=5),
]


class HoursShape(Shape):
    marketing: OpenHours
    """When marketing may be said where the customer lives: "09:00-20:00"."""
    awake: OpenHours
    """When news that can wait until the morning is told there: "08:00-22:00"."""


def _all_hear(channel: Channel, names: Sequence[str]) -> bool:
    return bool(names) and not any(f"{channel}/{name}" in registry.HEAR_NOBODY for name in names)


def _one_or_more(names: Any) -> Any:
    return [names] if isinstance(names, str) else names


def _known_providers(by_channel: dict[Channel, tuple[str, ...]]) -> dict[Channel, tuple[str, ...]]:
    for channel, names in by_channel.items():
        known = registry.names(channel)
        for name in names:
            if name not in known:
                there = f"there is {', '.join(known)}" if known else "nobody does"
                raise PydanticCustomError("provider", f"no '{name}' carries {channel}; {there}")
    return by_channel


Carriers = Annotated[
    dict[
        Channel,
        Annotated[
            tuple[str, ...], BeforeValidator(_one_or_more, json_schema_input_type=str | tuple[str, ...])
        ],
    ],
    AfterValidator(_known_providers),
]


def _a_provider(name: str) -> str:
    if name not in registry.FILES:
        raise PydanticCustomError("provider", f"nobody is called {name!r}{nearest(name, registry.FILES)}")
    return name


Rates = dict[Annotated[str, AfterValidator(_a_provider)], Annotated[Decimal, Field(gt=0, le=1000)]]


class CountryShape(Shape):
    """Everything that a country leaves out is as under "*"."""

    language: Language | None = None
    """For who has told no language of the brand's."""
    hours: HoursShape | None = None
    """Where the customer lives."""
    spread: Duration | None = None
    """What waited for the morning goes out over this time, not at once."""
    quiet_days: tuple[Weekday, ...] | None = None
    """Weekdays without marketing where the customer lives: [sunday]."""
    holidays: tuple[Holiday, ...] | None = None
    """Days without marketing: "2026-12-25", or "12-25" for every year."""
    purposes: dict[Name, Purpose] = Field(default_factory=dict)
    """What a named purpose is here: transactional or marketing."""
    one_way: tuple[Literal[Channel.VIBER, Channel.SMS], ...] | None = None
    """Channels on which nobody can answer: texts there carry a link."""
    cheapest: tuple[Name, ...] | None = None
    """Routes on which the cheapest channel goes first, where nothing else gives one its place."""
    latin_sms: bool | None = None
    """Cyrillic in SMS is spelled in Latin letters here: a part holds 160 characters instead of 70."""
    max_segments: Annotated[int, Field(ge=1, le=10)] | None = None
    """An SMS of more parts is not sent here (2): the message takes the next channel."""
    senders: dict[TextChannel, Annotated[str, Field(min_length=1, max_length=256)]] | None = None
    """Whose name or number phones show, by channel; left out, the one of the stack's settings."""
    routes: dict[Name, Route] = Field(default_factory=dict)
    """Routes that differ here."""
    providers: Carriers = Field(default_factory=dict)
    """Who else carries a channel here: {viber: turbosms}."""

    @model_validator(mode="after")
    def _has_a_day(self) -> "CountryShape":
        if self.quiet_days and set(self.quiet_days) == set(WEEKDAYS):
            raise PydanticCustomError("expected", "all seven days are quiet: no marketing would ever be said")
        return self


class CheckoutShape(Shape):
    opts_in: tuple[Channel, ...]
    """Channels on which the checkout's notice allows news of the order."""
    version: str
    """Which wording of the notice: it is kept with each consent."""


class ADayShape(Shape):
    messages: Annotated[int, Field(ge=1)]
    """At most so many messages a customer and local day."""
    marketing: Annotated[int, Field(ge=0)]
    """At most so many of them marketing."""


class SupportShape(Shape):
    """Where a person answers: texts may name it as {{ support.phone }} and {{ support.hours }}."""

    phone: str = ""
    """As customers read it."""
    hours: dict[Language, str] = {}
    """In words, by language."""


class ToneShape(Shape):
    """How the brand sounds: `check` holds every text to it."""

    avoid: dict[Language, tuple[Annotated[str, Field(min_length=2)], ...]] = {}
    """Beginnings of words that no text uses, by language."""
    emoji: bool = True
    """false: no text has one."""


class BudgetShape(Shape):
    transactional: Amount | None = None
    """What one message of news may cost at most, over any channel: 0.20 USD."""
    marketing: Amount | None = None
    """What one marketing message may cost at most."""


class OffersShape(Shape):
    most_of_price: Annotated[Decimal, Field(gt=0, le=1)]
    """An offer costs at most this share of what was bought: 0.25 is a quarter."""


class BrandShape(Shape):
    name: str
    """As customers know it."""
    languages: tuple[Language, ...] = Field(min_length=1)
    """Each text is written in all of these."""
    checkout: CheckoutShape
    """What buying allows."""
    a_day: ADayShape
    """Caps over all journeys."""
    offers: OffersShape
    """What may be offered."""
    support: SupportShape = SupportShape()
    """Where a person answers."""
    tone: ToneShape = ToneShape()
    """How it sounds."""
    budget: BudgetShape = BudgetShape()
    """What one message may cost, by prices.yaml and in its currency."""
    links: dict[Name, WebAddress] = {}
    """Named addresses for texts."""
    providers: Carriers = Field(min_length=1)
    """Who carries each channel: {whatsapp: meta}. Of several, [web, sns], the first that reaches an address
    of its kind."""
    rates: Rates = {}
    """Messages a second that a provider takes: {sms/twilio: 10}. What is more waits; left out, no limit."""
    routes: dict[Name, Route] = Field(min_length=1)
    """Channels in their order, each with how long a receipt is waited for."""
    learned_waits: bool = False
    """true: a channel's receipts are waited for as long as 95 of 100 take there, near what the route says."""
    countries: dict[CountryCode, CountryShape]
    """What differs by country; * is everywhere else."""

    @model_validator(mode="after")
    def _has_everywhere(self) -> "BrandShape":
        rest = self.countries.get("*")
        if rest is None or rest.language is None or rest.hours is None:
            raise PydanticCustomError(
                "everywhere", 'countries need "*" (everywhere else) with language and hours'
            )
        return self

    def brand(self, cycle_days: Mapping[str, Mapping[str, Decimal]], prices: Prices) -> Brand:
        return Brand(
            name=self.name,
            languages=self.languages,
            countries={code: self._country(shape) for code, shape in self.countries.items()},
            learned_waits=self.learned_waits,
            checkout_opt_in=self.checkout.opts_in,
            checkout_text=self.checkout.version,
            marketing_a_day=self.a_day.marketing,
            messages_a_day=self.a_day.messages,
            links=self.links,
            offers=OfferRules(most_of_price=self.offers.most_of_price),
            cycle_days=cycle_days,
            support=Support(phone=self.support.phone, hours=self.support.hours),
            prices=prices,
            providers=self.providers,
            rates=self.rates,
            budget={
                purpose: money(most) for purpose in Purpose if (most := getattr(self.budget, purpose.value))
            },
        )

    def _country(self, own: CountryShape) -> Country:
        rest = self.countries["*"]
        hours = own.hours or rest.hours
        assert hours
        return Country(
            language=own.language or rest.language or "",
            marketing_hours=hours.marketing,
            awake_hours=hours.awake,
            routes={
                name: tuple(
                    Leg(channel=channel, wait=leg.wait, success=leg.success) for channel, leg in route.items()
                )
                for name, route in {**self.routes, **rest.routes, **own.routes}.items()
            },
            purposes={**rest.purposes, **own.purposes},
            one_way=self._one_way(own, rest),
            cheapest=(rest.cheapest or ()) if own.cheapest is None else own.cheapest,
            latin_sms=bool(rest.latin_sms if own.latin_sms is None else own.latin_sms),
            max_segments=own.max_segments or rest.max_segments or 2,
            senders=dict([*(rest.senders or {}).items(), *(own.senders or {}).items()]),
            spread=own.spread or rest.spread or timedelta(minutes=50),
            quiet_days=(rest.quiet_days or ()) if own.quiet_days is None else own.quiet_days,
            holidays=(rest.holidays or ()) if own.holidays is None else own.holidays,
            providers={**rest.providers, **own.providers},
        )

    def _one_way(self, own: CountryShape, rest: CountryShape) -> tuple[Channel, ...]:
        """As the brand says, and wherever nobody carries there, or one who hears nothing."""
        said = (rest.one_way or ()) if own.one_way is None else own.one_way
        carriers = {**self.providers, **rest.providers, **own.providers}
        mute = [each for each in get_args(TextChannel) if not _all_hear(each, carriers.get(each, ()))]
        return tuple(dict.fromkeys((*said, *mute)))


class ButtonShape(Shape):
    """One of `reply` (comes back when pressed) and `url` (opens)."""

    title: Annotated[str, Field(min_length=1)]
    """At most 25 characters; of an answer, which needs no template, 20."""
    reply: str = ""
    """Comes back to us when pressed."""
    url: str = ""
    """The customer's page: {{ link }}."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> "ButtonShape":
        if bool(self.reply) == bool(self.url):
            raise PydanticCustomError("button", "a button has either reply or url")
        return self


Cards = Literal["order.items"]


class ChannelShape(Shape):
    """What one channel shows. `template`: the name under which the provider has approved this very text."""

    text: Annotated[str, Field(min_length=1)]
    """Liquid."""
    title: str = ""
    """Of an e-mail its subject, of a push its headline. Liquid, one line."""
    image: str = ""
    """{{ offer.image }}, {{ product.image }} or an https address; where nothing is known none is shown."""
    cards: Cards | None = None
    """Each thing with its title and image, side by side: from two on, at most five."""
    template: str = ""
    """The name under which the provider has approved this very text."""
    category: Literal["utility", "marketing"] | None = None
    """What it was approved as."""
    buttons: tuple[ButtonShape, ...] = ()
    """WhatsApp takes at most ten; of an answer, which needs no template, three."""


def _short(value: object) -> object:
    """`sms: words` is short for `sms: {text: words}`."""
    return {"text": value} if isinstance(value, str) else value


Words = Annotated[ChannelShape, BeforeValidator(_short, json_schema_input_type=str | ChannelShape)]


class VariantShape(Shape):
    """The same message for each channel; `text` serves every channel that has none of its own."""

    title: str = ""
    """For e-mail and push where these have none of their own."""
    image: str = ""
    """For every channel that shows one and has none of its own; not for a template, which has its own."""
    cards: Cards | None = None
    """For every channel that shows them and has none of its own; with a template in the 24 hours alone."""
    text: Annotated[str, Field(min_length=1)] | None = None
    """For every channel that has no words of its own."""
    whatsapp: Words | None = None
    """Up to 1024 characters."""
    viber: Words | None = None
    """Up to 1000 characters."""
    sms: Words | None = None
    """70 Cyrillic or 160 Latin characters a part."""
    email: Words | None = None
    """Its subject is its title; addresses in it become links."""
    push: Words | None = None
    """A headline of 50 characters and 160 of text are seen without unfolding it."""

    def words(self, channel: Channel) -> ChannelShape | None:
        own: ChannelShape | None = getattr(self, channel.value, None)
        words = own or (ChannelShape(text=self.text) if self.text else None)
        return words.model_copy(update=self._shared(words, channel)) if words else None

    def _shared(self, words: ChannelShape, channel: Channel) -> dict[str, object]:
        """What stands beside the channels, for one that shows it and has none of its own."""
        shown = {
            "title": channel in MOST_OF_TITLE,
            "image": channel in SHOW_IMAGES and not words.template,
            "cards": channel in SHOW_CARDS,
        }
        return {name: getattr(self, name) for name in shown if shown[name] and not getattr(words, name)}


class TextShape(VariantShape):
    """`with_offer`: the twin that carries the offer."""

    with_offer: VariantShape | None = None
    """The twin that carries the offer."""
    options: dict[Name, Annotated[str, Field(min_length=1, max_length=20)]] = {}
    """Of a choice: what the customer's page writes on each answer's button."""


TextsShape = RootModel[dict[Name, TextShape]]
