"""What waits and could not be said any more after a change: each is refused, with the way out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from aftercart.domain.consent import Channel
from aftercart.domain.message import Variant
from aftercart.flows.parcels import ABOUT_PARCELS, hearing
from sandbox.journeys.compile import Compiled
from sandbox.journeys.folder import ANSWERS
from sandbox.plan.waiting import Thing, Waiting, Waits, latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """So many wait for what would be gone. `maybe`: how many of them only if an event comes first."""

    journey: str
    text: str
    gone: str  # in words
    way_out: str
    count: int
    maybe: int
    until: datetime | None  # None: nobody can tell


def orphans(old: Compiled, new: Compiled, waits: Waits) -> list[Orphans]:
    """Only what the change would take: what could not be said before is no reason to refuse it."""
    found: dict[tuple[str, str, str], Orphans] = {}
    for each in waits.groups:
        lost = _lost(each.thing, old, new)
        if lost is None:
            continue
        gone, way_out = lost
        key = (each.thing.journey, each.thing.text, gone)
        found[key] = _joined(found.get(key), each, gone, way_out)
    return list(found.values())


def _joined(known: Orphans | None, waiting: Waiting, gone: str, way_out: str) -> Orphans:
    thing, maybe = waiting.thing, waiting.count if waiting.thing.event else 0
    if known is None:
        return Orphans(
            journey=thing.journey,
            text=thing.text,
            gone=gone,
            way_out=way_out,
            count=waiting.count,
            maybe=maybe,
            until=waiting.until,
        )
    until = latest((known.until, waiting.until))
    return replace(known, count=known.count + waiting.count, maybe=known.maybe + maybe, until=until)


def _lost(thing: Thing, old: Compiled, new: Compiled) -> tuple[str, str] | None:
    """(what is gone, what to do), or None where it can be said as well as before."""
    if thing.journey in new.texts and _heard(thing, old) and not _heard(thing, new):
        return (
            f"what tells it of '{thing.event}'",
            f"retire {thing.journey}, and begin another under a new name,",
        )
    had = _sayable(thing, old)
    if not had:
        return None
    route = _channels(thing, new)
    if not route:
        where = thing.country if thing.country in new.brand.countries else "everywhere else"
        return f"the route '{thing.route}' ({where})", f"keep '{thing.route}' in brand.yaml"
    languages = new.texts.get(thing.journey, {}).get(thing.text)
    if thing.journey not in new.texts:
        return "the journey", f"keep {thing.journey}/ with its texts and `retired: true`"
    if languages is None:
        return f"the text '{thing.text}'", _keep(thing)
    language = new.brand.language(thing.language, thing.country)
    if language not in languages:
        return f"'{thing.text}' in {language}", f"keep its words in {language}.yaml"
    has = _sayable(thing, new)
    missing = [each for each in route if each not in has and (each in had or not has)]
    return (f"the words of '{thing.text}' for {', '.join(missing)}", _keep(thing)) if missing else None


def _heard(thing: Thing, made: Compiled) -> bool:
    """A parcel's event reaches a way about an order only while some step of its journey hears of such."""
    journey = made.journeys.get(thing.journey)
    return thing.event in ABOUT_PARCELS and journey is not None and bool(hearing([journey]))


def _keep(thing: Thing) -> str:
    return f"keep its words in {thing.journey}/ and `keeps: [{thing.text}]` in journey.yaml"


def _channels(thing: Thing, made: Compiled) -> list[Channel]:
    legs = made.brand.route(thing.route, thing.country)
    return [leg.channel for leg in legs if thing.only in ("", leg.channel)]


def _sayable(thing: Thing, made: Compiled) -> list[Channel]:
    """The channels of its route that have plain words; those with an offer may be left off."""
    languages = made.texts.get(thing.journey, {}).get(thing.text, {})
    language = made.brand.language(thing.language, thing.country)
    words = languages.get(language, {}).get(Variant.PLAIN, {})
    return [channel for channel in _channels(thing, made) if channel in words]


def spent(new: Compiled, waits: Waits) -> list[str]:
    """Texts that are kept though nobody waits for them any more, each as `journey.text`."""
    awaited = {(each.thing.journey, each.thing.text) for each in waits.groups}
    return [f"{journey}.{text}" for journey, text in _kept(new) if (journey, text) not in awaited]


def _kept(made: Compiled) -> Iterable[tuple[str, str]]:
    begins = [journey for journey in made.journeys.values() if not journey.retired]
    said = {(each.name, text) for each in begins for step in each.steps for text in step.texts}
    for journey, texts in made.texts.items():
        if journey != ANSWERS:
            yield from ((journey, text) for text in texts if (journey, text) not in said)
