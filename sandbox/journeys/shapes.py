"""What may stand in the files of `journeys/`, and what the domain makes of it."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from aftercart.domain.brand import Brand, Country, Hours, Leg
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import About, After, Condition, Journey, Step
from aftercart.domain.message import Urgency
from aftercart.domain.offer import OfferRules
from aftercart.domain.stops import Stop

ISO_DURATION = re.compile(r"P(?=\d|T\d)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LANGUAGE = re.compile(r"[a-z]{2,3}")
COUNTRY = re.compile(r"[A-Z]{2}|\*")
WEB_ADDRESS = re.compile(r"https://[\w.-]+(/\S*)?")
NAME = re.compile(r"[a-z][a-z0-9_]*")

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
]
Rating = Annotated[int, Field(ge=1, le=5)]
TextChannel = Literal[Channel.WHATSAPP, Channel.VIBER, Channel.SMS]


def _as_written(pattern: re.Pattern[str], expected: str) -> BeforeValidator:
    def check(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise PydanticCustomError("expected", "expected {expected}", {"expected": expected})
        return value

    return BeforeValidator(check)


# Months and years have no fixed length, so they are no durations here.
Duration = Annotated[
    timedelta,
    Field(gt=timedelta(0)),
    _as_written(ISO_DURATION, "a duration in weeks, days, hours, minutes: P2W, P3D, PT15M, P1DT2H"),
]


def _a_minute_to_a_day(wait: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= wait <= timedelta(days=1):
        raise PydanticCustomError("expected", "expected a wait of a minute (PT1M) to a day (P1D)")
    return wait


# Longer than the sender itself may take, and no longer than the workflow is meant to wait for a receipt.
RungWait = Annotated[Duration, AfterValidator(_a_minute_to_a_day)]
TimeOfDay = Annotated[time, _as_written(TIME_OF_DAY, 'a time of day such as "11:00"')]
Language = Annotated[str, _as_written(LANGUAGE, "a language code such as uk")]
CountryCode = Annotated[str, _as_written(COUNTRY, 'a country code such as UA, or "*" for everywhere else')]
WebAddress = Annotated[str, _as_written(WEB_ADDRESS, "an address such as https://shop.example/reviews")]
Name = Annotated[str, _as_written(NAME, "a name in small letters, digits and _")]


def _hours(value: object) -> object:
    start, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash or not TIME_OF_DAY.fullmatch(start) or not TIME_OF_DAY.fullmatch(end) or start >= end:
        raise PydanticCustomError("expected", 'expected hours such as "09:00-20:00"')
    return {"start": start, "end": end}


OpenHours = Annotated[Hours, BeforeValidator(_hours)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StartsShape(Shape):
    on: Enrols
    category: str = ""


class WhenShape(Shape):
    rating_at_most: Rating | None = None
    rating_at_least: Rating | None = None


class StepShape(Shape):
    on: Event | None = None
    after: Event | None = None
    wait: Duration | None = None
    computed: Literal["trade_in"] | None = None
    at: TimeOfDay | None = None
    when: WhenShape = WhenShape()
    text: Name = ""
    purpose: Name
    urgency: Urgency = Urgency.NOW
    route: Name = "news"
    offer: bool = False
    asks: Literal["rating"] | None = None
    useful_for: Duration = timedelta(days=2)
    stops: tuple[Stop, ...] = ()

    @model_validator(mode="after")
    def _is_due_once(self) -> "StepShape":
        if [self.on, self.after, self.computed].count(None) != 2:
            raise PydanticCustomError("due", "say once when it is due: one of on, after, computed")
        if (self.after is None) != (self.wait is None):
            raise PydanticCustomError("due", "after and wait go together")
        if self.on and self.at:
            raise PydanticCustomError("due", "at goes with after or computed: on is due at once")
        return self

    def step(self, name: str) -> Step:
        after = After(event=self.after, wait=self.wait, at=self.at) if self.after and self.wait else None
        when: dict[Condition, str] = {
            key: str(value) for key in get_args(Condition) if (value := getattr(self.when, key)) is not None
        }
        return Step(
            name=name,
            text=self.text or name,
            purpose=self.purpose,
            on=self.on or "",
            after=after,
            computed=self.computed or "",
            at=self.at if self.computed else None,
            when=when,
            urgency=self.urgency,
            route=self.route,
            offer=self.offer,
            asks=self.asks or "",
            useful_for=self.useful_for,
            stops=self.stops,
        )


class JourneyShape(Shape):
    about: About
    starts: StartsShape
    steps: tuple[Annotated[dict[Name, StepShape], Field(min_length=1, max_length=1)], ...] = Field(
        min_length=1
    )

    def journey(self, name: str) -> Journey:
        steps = tuple(shape.step(step) for entry in self.steps for step, shape in entry.items())
        starts = self.starts
        return Journey(name=name, about=self.about, starts=starts.on, category=starts.category, steps=steps)


Route = Annotated[dict[TextChannel, RungWait], Field(min_length=1, max_length=5)]


class HoursShape(Shape):
    marketing: OpenHours
    awake: OpenHours


class CountryShape(Shape):
    """Everything that a country leaves out is as under "*"."""

    language: Language | None = None
    hours: HoursShape | None = None
    spread: Duration | None = None
    purposes: dict[Name, Purpose] = Field(default_factory=dict)
    one_way: tuple[Literal[Channel.VIBER, Channel.SMS], ...] | None = None
    routes: dict[Name, Route] = Field(default_factory=dict)


class CheckoutShape(Shape):
    opts_in: tuple[Channel, ...]
    version: str


class ADayShape(Shape):
    messages: Annotated[int, Field(ge=1)]
    marketing: Annotated[int, Field(ge=0)]


class OffersShape(Shape):
    most_of_price: Annotated[Decimal, Field(gt=0, le=1)]


class BrandShape(Shape):
    name: str
    languages: tuple[Language, ...] = Field(min_length=1)
    checkout: CheckoutShape
    a_day: ADayShape
    offers: OffersShape
    links: dict[Name, WebAddress] = {}
    routes: dict[Name, Route] = Field(min_length=1)
    countries: dict[CountryCode, CountryShape]

    @model_validator(mode="after")
    def _has_everywhere(self) -> "BrandShape":
        rest = self.countries.get("*")
        if rest is None or rest.language is None or rest.hours is None:
            raise PydanticCustomError(
                "everywhere", 'countries need "*" (everywhere else) with language and hours'
            )
        return self

    def brand(self, cycle_days: Mapping[str, Mapping[str, Decimal]]) -> Brand:
        return Brand(
            name=self.name,
            languages=self.languages,
            countries={code: self._country(shape) for code, shape in self.countries.items()},
            checkout_opt_in=self.checkout.opts_in,
            checkout_text=self.checkout.version,
            marketing_a_day=self.a_day.marketing,
            messages_a_day=self.a_day.messages,
            links=self.links,
            offers=OfferRules(most_of_price=self.offers.most_of_price),
            cycle_days=cycle_days,
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
                name: tuple(Leg(channel=channel, wait=wait) for channel, wait in route.items())
                for name, route in {**self.routes, **rest.routes, **own.routes}.items()
            },
            purposes={**rest.purposes, **own.purposes},
            one_way=(rest.one_way or ()) if own.one_way is None else own.one_way,
            spread=own.spread or rest.spread or timedelta(minutes=50),
        )


class ButtonShape(Shape):
    """One of `reply` (comes back when pressed) and `url` (opens)."""

    title: Annotated[str, Field(min_length=1)]
    reply: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _does_one_thing(self) -> "ButtonShape":
        if bool(self.reply) == bool(self.url):
            raise PydanticCustomError("button", "a button has either reply or url")
        return self


class ChannelShape(Shape):
    """What one channel shows. `template`: the name under which the provider has approved this very text."""

    text: Annotated[str, Field(min_length=1)]
    template: str = ""
    category: Literal["utility", "marketing"] | None = None
    buttons: tuple[ButtonShape, ...] = ()


def _short(value: object) -> object:
    """`sms: words` is short for `sms: {text: words}`."""
    return {"text": value} if isinstance(value, str) else value


Words = Annotated[ChannelShape, BeforeValidator(_short)]


class VariantShape(Shape):
    """The same message for each channel; `text` serves every channel that has none of its own."""

    text: Annotated[str, Field(min_length=1)] | None = None
    whatsapp: Words | None = None
    viber: Words | None = None
    sms: Words | None = None

    def words(self, channel: Channel) -> ChannelShape | None:
        own: ChannelShape | None = getattr(self, channel.value, None)
        return own or (ChannelShape(text=self.text) if self.text else None)


class TextShape(VariantShape):
    """`with_offer`: the twin that carries the offer."""

    with_offer: VariantShape | None = None


TextsShape = RootModel[dict[Name, TextShape]]
