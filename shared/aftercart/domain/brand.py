"""The shop's own choices: names, languages, senders, routes, hours, caps. Read from `journeys/brand.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.money import Money
from aftercart.domain.offer import OfferRules
from aftercart.domain.prices import Prices
from aftercart.domain.quiet_days import Weekday


class Success(StrEnum):
    """What is enough of an attempt, so that no other channel is tried."""

    ACCEPTED = "accepted"  # its provider took it: no receipt is waited for
    DELIVERED = "delivered"
    READ = "read"  # shown and not read, the message goes to the next channel besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One channel of a route, how long its receipt is waited for, and what is enough."""

    channel: Channel
    wait: timedelta
    success: Success = Success.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Local hours in which something may be said: from `start` until `end`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """When something may be said: within all of `hours`, and not on days that are `quiet`."""

    hours: tuple[Hours, ...]
    quiet: frozenset[str] = frozenset()  # as of `quiet_days.is_quiet`


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What differs by country. Key '*' of the brand's countries is everywhere else."""

    language: str
    marketing_hours: Hours
    awake_hours: Hours  # outside them `by morning` waits
    routes: Mapping[str, tuple[Leg, ...]]  # by route name
    purposes: Mapping[str, Purpose] = field(default_factory=dict)  # {"survey": transactional}
    spread: timedelta = timedelta(minutes=50)  # releases in the morning are spread over this
    one_way: tuple[Channel, ...] = ()  # nobody can answer here: a link, never "reply 1"
    senders: Mapping[Channel, str] = field(
        default_factory=dict
    )  # whose name the phone shows; else the stack's
    cheapest: tuple[str, ...] = ()  # routes on which of channels that are alike the cheapest goes first
    latin_sms: bool = False  # Cyrillic is spelled in Latin letters: 160 characters a part, not 70
    max_segments: int = 2  # a longer SMS is not sent
    quiet_days: tuple[Weekday, ...] = ()  # no marketing on them
    holidays: tuple[str, ...] = ()  # nor on these: "2026-12-25", or "12-25" for every year
    providers: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)  # where others carry there

    @property
    def open(self) -> Open:
        """When marketing may be said."""
        return Open(hours=(self.marketing_hours,), quiet=frozenset((*self.quiet_days, *self.holidays)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Where a person answers, for texts to name. `hours`: by language, in words."""

    phone: str = ""
    hours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    name: str
    languages: tuple[str, ...]
    countries: Mapping[str, Country]
    checkout_opt_in: tuple[
        Channel, ...
    ]  # channels the checkout's notice names: transactional news may go there
    checkout_text: str  # that notice's version
    opt_in_needed: tuple[Channel, ...] = (Channel.WHATSAPP,)  # even for transactional (Meta's policy)
    marketing_a_day: int = 2
    messages_a_day: int = 8
    links: Mapping[str, str] = field(
        default_factory=dict
    )  # by text: where its page leads on (a review form …)
    offers: OfferRules = field(default_factory=OfferRules)
    cycle_days: Mapping[str, Mapping[str, Decimal]] = field(
        default_factory=dict
    )  # category -> country -> median
    support: Support = field(default_factory=Support)
    prices: Prices = field(default_factory=Prices)
    budget: Mapping[Purpose, Money] = field(
        default_factory=dict
    )  # no one message costs more: `check` sees to it
    providers: Mapping[Channel, tuple[str, ...]] = field(default_factory=dict)  # who carries each channel
    rates: Mapping[str, Decimal] = field(
        default_factory=dict
    )  # "<channel>/<name>" -> messages a second; no more are sent

    learned_waits: bool = False  # rungs wait as observed receipts teach

    def times(self, channel: Channel, country: str) -> str:
        """Under which name receipt times are counted there: "viber/UA". Empty: they are not."""
        if not self.learned_waits:
            return ""
        return f"{channel}/{country if country in self.countries else '*'}"

    def all_times(self) -> tuple[str, ...]:
        """Every such name."""
        channels = dict.fromkeys(Channel(each.partition("/")[0]) for each in self.carried_by())
        names = (self.times(channel, country) for channel in channels for country in self.countries)
        return tuple(filter(None, names))

    def country(self, code: str) -> Country:
        return self.countries.get(code) or self.countries["*"]

    def carrying(self, channel: Channel, country: str) -> tuple[str, ...]:
        """Names of the providers that carry a channel there, the first that can. Empty: whoever there is."""
        return self.country(country).providers.get(channel) or self.providers.get(channel, ())

    def price(
        self, channel: Channel, country: str, purpose: Purpose, parts: int = 1, *, in_window: bool = False
    ) -> Money | None:
        """What one message costs there over the provider that comes first. None: nobody has said."""
        first = next(iter(self.carrying(channel, country)), "")
        return self.prices.of(channel, country, purpose, parts, provider=first, in_window=in_window)

    def carried_by(self) -> tuple[str, ...]:
        """Every provider of any country, as "<channel>/<name>"."""
        tables = (self.providers, *(country.providers for country in self.countries.values()))
        pairs = [(channel, name) for table in tables for channel, names in table.items() for name in names]
        return tuple(dict.fromkeys(f"{channel}/{name}" for channel, name in pairs))

    def route(self, name: str, country: str) -> tuple[Leg, ...]:
        """Its channels in order. Empty: there is none of this name there, or there is none any more.

        Steps and messages keep their route's name for years, and the brand may have changed meanwhile.
        """
        return self.country(country).routes.get(name, ())

    def purpose(self, name: str, country: str) -> Purpose:
        """A step's purpose; what the country does not settle is marketing, the stricter one."""
        known = next((purpose for purpose in Purpose if purpose.value == name), None)
        return known or self.country(country).purposes.get(name, Purpose.MARKETING)

    def language(self, wanted: str, country: str) -> str:
        return wanted if wanted in self.languages else self.country(country).language
