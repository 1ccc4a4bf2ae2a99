"""What every message shows, on each channel of its routes, in each language, to each sample customer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Variant
from aftercart.ports import TextMissing
from aftercart.texts.compiled import Wording
from aftercart.texts.render import LiquidTexts
from sandbox.journeys.compile import Compiled
from sandbox.journeys.reading import LINK
from sandbox.preview import costs
from sandbox.preview.costs import Cost
from sandbox.preview.customers import SAMPLES, Goods, Sample, goods, telling
from sandbox.preview.facts import Facts, facts_of, left_out
from sandbox.preview.manners import as_shown
from sandbox.preview.places import Message, Place, There, messages
from sandbox.preview.said import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One bubble. Whoever is shown the very same shares it: `customers` are keys of SAMPLES."""

    customers: tuple[str, ...]
    countries: tuple[There, ...]
    facts: Facts
    costs: tuple[Cost, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One message over one channel in one language."""

    place: Place
    wording: Wording
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message, plain or with its offer. `said`: a line for each step that says it."""

    journey: str
    text: str
    variant: Variant
    said: tuple[str, ...]
    legs: tuple[Leg, ...]


def everything(made: Compiled) -> tuple[Told, ...]:
    """In the order in which the steps of a journey stand; the answers to customers last."""
    every = _Everything(made)
    return tuple(
        Told(
            journey=message.journey,
            text=message.text,
            variant=message.variant,
            said=tuple(said(step, made.brand) for step in message.steps),
            legs=tuple(every.leg(message, place) for place in message.places(made)),
        )
        for message in messages(made)
    )


class _Everything:
    def __init__(self, made: Compiled) -> None:
        self._made = made
        self._goods: dict[tuple[str, str, bool], Goods] = {}

    def leg(self, message: Message, place: Place) -> Leg:
        by_language = self._made.texts[place.journey][place.text]
        wording = by_language[place.language][place.variant][place.channel]
        return Leg(place=place, wording=wording, shown=tuple(self._shown(message, place, wording)))

    def _shown(self, message: Message, place: Place, wording: Wording) -> Iterator[Shown]:
        """Countries part only where what is shown does; customers likewise."""
        by_manner: dict[tuple[bool, bool], list[Facts]] = {}
        alike: list[tuple[list[Facts], list[There]]] = []
        for there in message.countries(place.channel, self._made.brand):
            news = place.channel is Channel.VIBER and Purpose.TRANSACTIONAL in there.purposes
            manner = there.can_answer, news
            if manner not in by_manner:
                by_manner[manner] = [self._facts(each, message, place, wording, *manner) for each in SAMPLES]
            facts = by_manner[manner]
            known = next((countries for same, countries in alike if same == facts), None)
            if known is None:
                alike.append((facts, [there]))
            else:
                known.append(there)
        for facts, countries in alike:
            yield from self._bubbles(message, place, countries, facts)

    def _bubbles(
        self, message: Message, place: Place, countries: Sequence[There], each: list[Facts]
    ) -> Iterator[Shown]:
        for facts in (facts for n, facts in enumerate(each) if facts not in each[:n]):
            customers = tuple(s.key for s, known in zip(SAMPLES, each, strict=True) if known == facts)
            brand, number = self._made.brand, facts.content.parts if facts.content else 1
            found = costs.costs(countries, place.channel, number, brand, in_window=message.answers)
            wrong = (*costs.warnings(place.channel, found, brand), *_no_way_out(facts, place, countries))
            yield Shown(
                customers=customers,
                countries=tuple(countries),
                facts=facts,
                costs=found if facts.content else (),
                warnings=(*facts.warnings, *wrong) if facts.content else facts.warnings,
            )

    def _facts(
        self, sample: Sample, message: Message, place: Place, wording: Wording, can_answer: bool, news: bool
    ) -> Facts:
        bought = self._bought(message, place.language, sample)
        about = telling(sample, place, bought, can_answer=can_answer, answers=message.answers)
        brand = self._made.brand
        try:
            written = LiquidTexts(self._made.texts, brand, bought.catalogue).written(about)
            content = as_shown(written, place.channel, news=news)
        except TextMissing:
            content = None
        missing = left_out(wording, about, brand, bought.catalogue)
        most = brand.country(about.customer.country).max_segments
        return facts_of(content, place.channel, wording, missing, most)

    def _bought(self, message: Message, language: str, sample: Sample) -> Goods:
        key = message.category, language, sample.long
        if key not in self._goods:
            made = self._made
            self._goods[key] = goods(
                made.catalogue, made.brand.offers, message.category, language, longest=sample.long
            )
        return self._goods[key]


def _no_way_out(facts: Facts, place: Place, countries: Sequence[There]) -> Iterator[str]:
    """Marketing has to say how it ends; who can neither answer nor follow a link cannot end it.

    Who presses a push is on the customer's page.
    """
    content = facts.content
    if content is None or place.channel is Channel.PUSH:
        return
    if LINK in content.text or any(button.url for button in content.buttons):
        return
    bound = [t.country for t in countries if Purpose.MARKETING in t.purposes and not t.can_answer]
    if bound:
        yield f"nobody can end it in {costs.listed(bound)}: marketing that cannot be answered, without a link"
