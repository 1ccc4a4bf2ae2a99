"""Where a text stands, and what that asks of it: by the house and by the steps that say it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from aftercart.domain.brand import Brand
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.journey import About
from aftercart.texts.limits import FOLD, MOST_CHARACTERS, MOST_OF_TITLE
from sandbox.journeys.reading import Ground, Shop
from sandbox.journeys.shapes import TextChannel
from sandbox.journeys.telling import telling_words


@dataclass(frozen=True, slots=True)
class Occasion:
    """All of a text that its settings hang on. `about` None: not known, or an answer to anything."""

    about: About | None
    answers: bool  # within WhatsApp's 24 hours, so it needs no template
    routes: frozenset[str]
    purposes: frozenset[str]  # of the steps that say it; none: no step is known
    kept: bool  # it may go anywhere: who waits for it keeps the route of back then
    offer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a text may name on one channel, and what its template may be."""

    occasion: Occasion
    channel: Channel
    sure: bool  # it is known that the text may go by it
    ground: Ground
    ground_of_template: Ground
    marketing: bool | None  # whether its template has to be a marketing one; None: either
    most: int  # characters; of an SMS its parts, where they are fewest
    most_of_title: int | None  # characters; None: it shows none
    over_budget: tuple[str, ...]  # by its parts, from one: what it costs too much, and where; "": nowhere
    news: str  # where no consent to marketing is asked for: "in UA", "everywhere"; "": nowhere
    selling: tuple[str, ...]  # beginnings of words that sell, in its language
    asking: tuple[str, ...]  # of words that ask for an answer, if somewhere nobody can answer here


@dataclass
class Settings:
    """Of one house. Texts have few kinds of settings, so each is found out once."""

    brand: Brand | None
    _known: dict[tuple[Occasion, str], tuple[Setting, ...]] = field(default_factory=dict)
    _costs: dict[tuple[Channel, frozenset[str], int], str] = field(default_factory=dict)

    def of(self, occasion: Occasion, language: str) -> tuple[Setting, ...]:
        """One for each channel that the text may go by."""
        known = self._known.get((occasion, language))
        if known is None:
            known = self._known[occasion, language] = tuple(self._found(occasion, language))
        return known

    def _found(self, occasion: Occasion, language: str) -> Iterable[Setting]:
        words, news, shop = telling_words(language), self._news(occasion.purposes), self._shop(language)
        for channel in self._channels(occasion):
            most = self._most(channel)
            parts = range(1, 1 + (most if channel is Channel.SMS else 1))
            ground = Ground(
                language, occasion.about, occasion.answers, occasion.offer, template=False, shop=shop
            )
            yield Setting(
                occasion=occasion,
                channel=channel,
                sure=self.brand is not None,
                ground=ground,
                ground_of_template=ground._replace(template=True),
                marketing=_marketing(occasion.purposes) if occasion.purposes else None,
                most=most,
                most_of_title=MOST_OF_TITLE.get(channel),
                over_budget=tuple(self._over_budget(channel, occasion, each) for each in parts),
                news=news,
                selling=words.marketing,
                asking=words.answer if self._one_way(channel, occasion) else (),
            )

    def _shop(self, language: str) -> Shop:
        if self.brand is None:
            return Shop()
        support = self.brand.support
        return Shop(self.brand.name, support.phone, support.hours.get(language, ""))

    def _over_budget(self, channel: Channel, occasion: Occasion, parts: int) -> str:
        names = frozenset({Purpose.MARKETING}) if occasion.offer else occasion.purposes
        case = channel, names, parts
        if case not in self._costs:
            self._costs[case] = self._costs_more(*case)
        return self._costs[case]

    def _costs_more(self, channel: Channel, names: frozenset[str], parts: int) -> str:
        """In the first country where brand.yaml allows less."""
        brand = self.brand
        for code in brand.countries if brand and brand.budget else ():
            assert brand
            for purpose in sorted({brand.purpose(name, code) for name in names} or {Purpose.TRANSACTIONAL}):
                most, price = brand.budget.get(purpose), brand.price(channel, code, purpose, parts)
                if most and price and price.currency == most.currency and price.amount > most.amount:
                    costs = f"{channel} costs {price.amount} {price.currency} "
                    costs += "elsewhere" if code == "*" else f"in {code}"
                    return f"{costs}, over the {purpose} budget of {most.amount} of brand.yaml"
        return ""

    def _news(self, purposes: Iterable[str]) -> str:
        """Where one of the steps is no marketing, so that it goes without consent to that; "": nowhere."""
        if Purpose.TRANSACTIONAL in purposes:
            return "everywhere"
        for code in self.brand.countries if self.brand else ():
            assert self.brand
            if Purpose.TRANSACTIONAL in {self.brand.purpose(each, code) for each in purposes}:
                return "elsewhere" if code == "*" else f"in {code}"
        return ""

    def _one_way(self, channel: Channel, occasion: Occasion) -> bool:
        """An answer comes only where somebody wrote, so there it can be answered again."""
        countries = self.brand.countries.values() if self.brand and not occasion.answers else ()
        return any(channel in country.one_way for country in countries)

    def _most(self, channel: Channel) -> int:
        """Nobody chooses a language by country: what is too long in one is too long."""
        if channel is Channel.SMS:
            countries = self.brand.countries.values() if self.brand else ()
            return min((each.max_segments for each in countries), default=2)
        return FOLD.get(channel) or MOST_CHARACTERS[channel]

    def _channels(self, occasion: Occasion) -> list[Channel]:
        """The channels of the routes it may take, in any country.

        An answer may go anywhere as well, but nobody writes to a push or to our e-mails. Of a journey that
        cannot be read no route is known.
        """
        if self.brand is None:
            return [each for each in get_args(TextChannel) if each not in MOST_OF_TITLE]
        routes = [
            route
            for country in self.brand.countries.values()
            for name, route in country.routes.items()
            if name in occasion.routes or occasion.kept or not occasion.purposes
        ]
        channels = {leg.channel for route in routes for leg in route}
        if occasion.about:
            return sorted(channels)
        carried = {each.partition("/")[0] for each in self.brand.carried_by()}  # where nothing else may go
        answering = {each for each in ANSWERS_ONLY if occasion.answers and each in carried}
        return sorted({*channels - MOST_OF_TITLE.keys(), *answering})


def _marketing(purposes: frozenset[str]) -> bool | None:
    """Whether the template has to be a marketing one; None where that differs by country."""
    if Purpose.MARKETING in purposes:
        return True
    return False if purposes <= {Purpose.TRANSACTIONAL} else None
