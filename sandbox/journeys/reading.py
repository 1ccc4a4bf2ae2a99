"""What a text says in Liquid, read and tried once for all with its bones. By itself it loads no Liquid."""

from dataclasses import dataclass
from typing import NamedTuple

from aftercart.domain.consent import Channel
from aftercart.domain.journey import About
from sandbox.journeys.bones import Words, Woven, bare

LINK = "https://kr.example/m/aaaaaaaaaaaaaabbbbbbbbbb22222222"  # what {{ link }} shows when a text is tried
MOST_READ = 4096


class Fault(NamedTuple):
    """Where in the text, which characters of it, and what is wrong with them."""

    at: int
    snippet: str
    what: str


class Ground(NamedTuple):
    """What a text's Liquid may say depends on this alone."""

    language: str
    channel: Channel
    about: About | None  # what its journey is about; None: not known, or an answer to anything
    answers: bool
    offer: bool
    template: bool  # it is read as a provider's template, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`shown`: whether it can be answered, and the text with sample facts. The rest is the template's."""

    faults: tuple[Fault, ...] = ()
    is_liquid: bool = True
    names_things: bool = False  # assign or capture
    stumble: Fault | None = None  # what only trying it has shown
    shown: tuple[tuple[bool, Woven], ...] = ()
    body: Woven = ()
    parameters: tuple[Woven, ...] = ()
    filled: tuple[Woven, ...] = ()


def read(source: str, ground: Ground) -> tuple[Reading, Words]:
    """By its bones; where something is wrong with these, as it stands, for the places."""
    found = bare(source)
    if found:
        reading = _read(found[0], ground)
        if not reading.faults and not reading.stumble:
            return reading, found[1]
    return _read(source, ground), {}


_readings: dict[tuple[str, Ground], Reading] = {}


def _read(source: str, ground: Ground) -> Reading:
    reading = _readings.get((source, ground))
    if reading is None:
        from sandbox.journeys.trying import tried  # noqa: PLC0415  (it loads Liquid and Babel)

        reading = tried(source, ground)
        if len(_readings) >= MOST_READ:
            _readings.clear()
        _readings[source, ground] = reading
    return reading
