"""Which messages there are, and where each can be seen: channels, languages, countries."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aftercart.domain.brand import Brand
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.journey import Step
from aftercart.domain.message import Variant
from sandbox.journeys.compile import Compiled
from sandbox.journeys.folder import ANSWERS

CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.PUSH, Channel.SMS, Channel.EMAIL, *ANSWERS_ONLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One message over one channel in one language."""

    journey: str
    text: str
    variant: Variant
    channel: Channel
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What a country makes of a place. `sender` '': the one of the stack's settings."""

    country: str  # "*": every country that is not named
    can_answer: bool
    purposes: tuple[Purpose, ...]  # more than one where steps of different purposes say the text
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text of a journey, plain or with its offer; `steps` say it. No step: it answers a customer."""

    journey: str
    text: str
    variant: Variant
    category: str = ""  # of the goods that the journey is about; '': of any
    steps: tuple[Step, ...] = ()

    @property
    def answers(self) -> bool:
        return self.journey == ANSWERS

    def places(self, made: Compiled) -> Iterator[Place]:
        for language in made.brand.languages:
            words = made.texts[self.journey][self.text].get(language, {}).get(self.variant, {})
            for channel in (each for each in CHANNELS if each in words and self._goes_by(each, made.brand)):
                yield Place(
                    journey=self.journey,
                    text=self.text,
                    variant=self.variant,
                    channel=channel,
                    language=language,
                )

    def _goes_by(self, channel: Channel, brand: Brand) -> bool:
        """No route leads to a chat that only answers: an answer goes there where somebody carries it."""
        return channel not in ANSWERS_ONLY or bool(self.countries(channel, brand))

    def countries(self, channel: Channel, brand: Brand) -> tuple[There, ...]:
        """Those whose routes lead there. An answer comes only where somebody could write."""
        on_route = [code for code in brand.countries if channel in self._channels(code, brand)]
        found = tuple(self._there(code, channel, brand) for code in on_route)
        return tuple(each for each in found if each.can_answer or not self.answers) or found

    def _channels(self, code: str, brand: Brand) -> set[Channel]:
        routes, named = brand.countries[code].routes, {step.route for step in self.steps}
        chats = {each for each in ANSWERS_ONLY if self.answers and brand.carrying(each, code)}
        legs = {leg.channel for name, legs in routes.items() if name in named or not named for leg in legs}
        return legs | chats

    def _there(self, code: str, channel: Channel, brand: Brand) -> There:
        country = brand.countries[code]
        purposes = {brand.purpose(step.purpose, code) for step in self.steps} or {Purpose.TRANSACTIONAL}
        return There(
            country=code,
            can_answer=channel not in country.one_way,
            purposes=(Purpose.MARKETING,) if self.variant is Variant.OFFER else tuple(sorted(purposes)),
            sender=country.senders.get(channel, ""),
        )


def messages(made: Compiled) -> Iterator[Message]:
    """In the order of the journeys' steps, then the answers to customers."""
    for name, journey in made.journeys.items():
        for text in dict.fromkeys(text for step in journey.steps for text in step.texts):
            steps = tuple(step for step in journey.steps if text in step.texts)
            for variant in _variants(made.texts[name][text]):
                yield Message(
                    journey=name, text=text, variant=variant, category=journey.category, steps=steps
                )
    for name in sorted(set(made.texts) - set(made.journeys)):
        for text, by_language in made.texts[name].items():
            for variant in _variants(by_language):
                yield Message(journey=name, text=text, variant=variant)


def _variants(by_language: Mapping[str, Iterable[Variant]]) -> list[Variant]:
    return [variant for variant in Variant if any(variant in known for known in by_language.values())]
