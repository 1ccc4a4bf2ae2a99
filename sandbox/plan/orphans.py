"""What waits and could not be said any more after a change: each is refused, with the way out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aftercart.domain.consent import Channel
from aftercart.domain.message import Variant
from aftercart.flows.parcels import ABOUT_PARCELS, hearing
from aftercart.texts.compiled import Wording
from sandbox.journeys.compile import Compiled
from sandbox.journeys.folder import ANSWERS, unchoosable
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
    if thing.options and _untitled(thing, new) and not _untitled(thing, old):
        return f"the titles that the page shows for {_asked(thing)}", _keep(thing)
    had = _sayable(thing, old)
    if not had or thing.kind == "question":
        return None
    route = thing.channels(new.brand)
    if not route:
        where = thing.country if thing.country in new.brand.countries else "everywhere else"
        return f"the route '{thing.route}' ({where})", f"keep '{thing.route}' in brand.yaml"
    languages = new.texts.get(thing.journey, {}).get(thing.text)
    if thing.journey not in new.texts:
        return "the journey", f"keep {thing.journey}/ with its texts and `retired: true`"
    if languages is None:
        return f"the text '{thing.text}'", _keep(thing)
    language = thing.said_in(new.brand)
    if language not in languages:
        return f"'{thing.text}' in {language}", f"keep its words in {language}.yaml"
    if _asks_otherwise(thing, new) and not _asks_otherwise(thing, old):
        return f"what it asks ({_asked(thing)})", _anew(thing)
    has = _sayable(thing, new)
    missing = [each for each in route if each not in has and (each in had or not has)]
    if missing:
        return f"the words of '{thing.text}' for {', '.join(missing)}", _keep(thing)
    mute = [channel for channel in has if _mute(thing, channel, new) and not _mute(thing, channel, old)]
    return (f"a way to choose an answer on {', '.join(mute)}", _keep(thing)) if mute else None


def _untitled(thing: Thing, made: Compiled) -> bool:
    """The page, which stays open for long, would show an answer by its bare name."""
    words = made.page.get(thing.said_in(made.brand), {})
    return any(f"{thing.journey}.{thing.text}.{option}" not in words for option in thing.options)


def _asks_otherwise(thing: Thing, made: Compiled) -> bool:
    """Its words would ask another question than the pinned one, which says what "2" and a button mean.

    Where no step says them they are kept as they were, for those on their way.
    """
    journey = made.journeys.get(thing.journey)
    saying = [step for step in journey.steps if thing.text in step.texts] if journey else []
    return bool(saying) and all((step.asks, step.options) != (thing.asks, thing.options) for step in saying)


def _anew(thing: Thing) -> str:
    another = f"give what is asked anew a text of its own, `text: {thing.text}_2`"
    return f"{another}, and keep the words of before: `keeps: [{thing.text}]` in journey.yaml,"


def _mute(thing: Thing, channel: Channel, made: Compiled) -> bool:
    """Somebody could not choose there. Pressing a push opens the page, where all answers are."""
    wording = _words(thing, made).get(channel)
    return channel is not Channel.PUSH and wording is not None and bool(unchoosable(wording, thing.options))


def _asked(thing: Thing) -> str:
    return ", ".join(thing.options) or thing.asks or "nothing"


def _heard(thing: Thing, made: Compiled) -> bool:
    """A parcel's event reaches a way about an order only while some step of its journey hears of such."""
    journey = made.journeys.get(thing.journey)
    return thing.event in ABOUT_PARCELS and journey is not None and bool(hearing([journey]))


def _keep(thing: Thing) -> str:
    return f"keep its words in {thing.journey}/ and `keeps: [{thing.text}]` in journey.yaml"


def _sayable(thing: Thing, made: Compiled) -> list[Channel]:
    """The channels of its route that have plain words; those with an offer may be left off."""
    words = _words(thing, made)
    return [channel for channel in thing.channels(made.brand) if channel in words]


def _words(thing: Thing, made: Compiled) -> Mapping[Channel, Wording]:
    languages = made.texts.get(thing.journey, {}).get(thing.text, {})
    return languages.get(thing.said_in(made.brand), {}).get(Variant.PLAIN, {})


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
