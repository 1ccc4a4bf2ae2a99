"""What a text says in Liquid, read and tried once for all with its bones. By itself it loads no Liquid."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from aftercart.domain.journey import About
from sandbox.journeys import memory
from sandbox.journeys.bones import Words, Woven, bare, said

LINK = "https://kr.example/m/aaaaaaaaaaaaaabbbbbbbbbb22222222"  # what {{ link }} shows when a text is tried
MOST_READ = 4096


class Fault(NamedTuple):
    """Where in the text, which characters of it, and what is wrong with them."""

    at: int
    snippet: str
    what: str


class Shop(NamedTuple):
    """What a text may say of the brand itself: a sample's, where its brand.yaml has mistakes. "": nothing."""

    name: str = "Kram"
    phone: str = "+380 44 000 00 00"
    hours: str = "09:00-18:00"  # in the text's language


class Ground(NamedTuple):
    """What a text's Liquid may say, and what it shows when it is tried, depends on this alone."""

    language: str
    about: About | None  # what its journey is about; None: not known, or an answer to anything
    answers: bool
    offer: bool
    template: bool  # it is read as a provider's template, too
    shop: Shop = Shop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`shown`: whether it can be answered, and the text with sample facts. The rest is the template's."""

    faults: tuple[Fault, ...] = ()
    is_liquid: bool = True
    names_things: bool = False  # assign or capture
    may_be_empty: bool = False  # with some facts nothing is left of it that is seen
    stumble: Fault | None = None  # what only trying it has shown
    shown: tuple[tuple[bool, Woven], ...] = ()
    body: Woven = ()
    parameters: tuple[Woven, ...] = ()
    filled: tuple[Woven, ...] = ()


class Readings:
    """What has been read; what had no mistake is kept for the next run, which then loads no Liquid for it."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, Ground], Reading] = {}
        self._has_more = False  # than was recalled

    def of(self, source: str, ground: Ground) -> Reading:
        reading = self.known.get((source, ground))
        if reading is None:
            from sandbox.journeys.trying import tried  # noqa: PLC0415  (it loads Liquid and Babel)

            reading = tried(source, ground)
            if len(self.known) >= MOST_READ:
                self.known.clear()
            self.known[source, ground] = reading
            self._has_more = True
        return reading

    def recall(self, file: Path) -> None:
        """What an earlier run has read."""
        for source, ground, names_things, may_be_empty, shown, *pieces in memory.recalled(file) or ():
            language, about, answers, offer, template, shop = ground
            body, parameters, filled = pieces
            kind = About(about) if about else None
            key = source, Ground(language, kind, answers, offer, template, Shop(*shop))
            self.known[key] = Reading(
                names_things=names_things,
                may_be_empty=may_be_empty,
                shown=tuple((can, tuple(text)) for can, text in shown),
                body=tuple(body),
                parameters=tuple(map(tuple, parameters)),
                filled=tuple(map(tuple, filled)),
            )

    def keep(self, file: Path) -> None:
        if self._has_more:
            right = (
                (
                    *(source, ground, read.names_things, read.may_be_empty),
                    *(read.shown, read.body, read.parameters, read.filled),
                )
                for (source, ground), read in self.known.items()
                if not read.faults and not read.stumble
            )
            memory.keep(file, [*right])


READINGS = Readings()


class Read:
    """A text as it was read, with its own words in it."""

    def __init__(self, reading: Reading, words: Words) -> None:
        self.reading = reading
        self._words = words

    @cached_property
    def shown(self) -> list[tuple[bool, str]]:
        """Whether it can be answered, and what is shown then."""
        return [(can, said(each, self._words)) for can, each in self.reading.shown]

    @cached_property
    def texts(self) -> frozenset[str]:
        return frozenset([text.strip() for _, text in self.shown])

    @cached_property
    def _lowered(self) -> str:
        return "\n".join(self.texts).lower()

    def holds_any(self, beginnings: Iterable[str]) -> bool:
        """Whether these letters stand anywhere in what is shown: few texts have any, and all are asked."""
        return any(each in self._lowered for each in beginnings)

    @cached_property
    def links(self) -> int:
        """How often the customer's page is linked, at most."""
        return max([text.count(LINK) for text in self.texts])

    @property
    def body(self) -> str:
        return said(self.reading.body, self._words)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple([said(each, self._words) for each in self.reading.parameters])

    @property
    def filled(self) -> list[str]:
        return [said(each, self._words) for each in self.reading.filled]


@lru_cache(maxsize=64)  # channels without words of their own share those of their text
def read(source: str, ground: Ground) -> Read:
    """By its bones; where something is wrong with these, as it stands, for the places."""
    found = bare(source)
    if found:
        reading = READINGS.of(found[0], ground)
        if not reading.faults and not reading.stumble:
            return Read(reading, found[1])
    return Read(READINGS.of(source, ground), {})
