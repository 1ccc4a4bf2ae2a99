"""What may stand in brand.yaml, and what the domain makes of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aftercart.channels import registry
from aftercart.domain.brand import Brand, Country, Leg, Success, Support
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.offer import OfferRules
from aftercart.domain.prices import Prices
from aftercart.domain.quiet_days import WEEKDAYS, Weekday
from sandbox.journeys.languages import is_language, meant
from sandbox.journeys.marks import nearest
from sandbox.journeys.shapes import (
    Amount,
    Duration,
    Holiday,
    Language,
    Name,
    OpenHours,
    Reckonable,
    RungWait,
    Said,
    Shape,
    SomeCountry,
    TextChannel,
    WebAddress,
    money,
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


Rates = dict[
    Annotated[str, AfterValidator(_a_provider)], Annotated[Decimal, Field(ge=Decimal("0.0001"), le=1000)]
]


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
    hours: dict[Language, Said] = {}
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
    most_of_price: Annotated[Decimal, Field(gt=0, le=1), Reckonable]
    """An offer costs at most this share of what was bought: 0.25 is a quarter."""


def _a_language(code: str) -> str:
    if not is_language(code):
        hint = f"; did you mean '{there}'?" if (there := meant(code)) else ""
        raise PydanticCustomError("expected", f"there is no language {code!r}{hint}")
    return code


class BrandShape(Shape):
    name: Said
    """As customers know it."""
    languages: tuple[Annotated[Language, AfterValidator(_a_language)], ...] = Field(min_length=1)
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
    countries: dict[SomeCountry, CountryShape]
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
