"""How many who wait a change touches, and how: steps are pinned, all the rest is read when it is said."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel, Purpose
from sandbox.journeys.compile import Compiled
from sandbox.plan.differences import Change, Edit
from sandbox.plan.waiting import Thing, Waiting, Waits


@dataclass(frozen=True, slots=True)
class Touch:
    """So many wait for what is changed, and this is what it means to them: a sentence each."""

    waiting: int
    means: tuple[str, ...]


def touched(change: Change, new: Compiled, waits: Waits) -> Touch:
    match change.what:
        case "journey":
            return _journey(change, waits)
        case "step":
            return _step(change, waits)
        case "text":
            return _text(change, new, waits)
        case "item":
            return _item(change, waits)
        case "page":
            return Touch(0, ("who opens their page sees the new words",))
        case "country":
            here = _some(waits, lambda thing: thing.country == change.name)
            ruled = "by the rules of everywhere else" if change.sign == "-" else "by its own rules"
            return _touch(here, f"will be said {ruled}")
    return _brand(change, new.brand, waits)


def many(groups: Iterable[Waiting]) -> str:
    """`312 waiting steps (300 only if rated) and 1 waiting message`."""
    counts: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for each in groups:
        counts[each.thing.kind] += each.count
        if each.thing.event:
            events[each.thing.event] += each.count
    condition = (
        f" ({', '.join(f'{count} only if {event}' for event, count in events.items())})" if events else ""
    )
    parts = {"step": condition, "message": ""}
    return " and ".join(
        f"{count} waiting {kind}{'s' if count != 1 else ''}{more}"
        for kind, more in parts.items()
        if (count := counts[kind])
    )


def _some(waits: Waits, wanted: Callable[[Thing], bool]) -> list[Waiting]:
    """Those to whom something will be said yet: of a question that was asked only the page is still read."""
    return [each for each in waits.groups if each.thing.kind != "question" and wanted(each.thing)]


def _count(groups: Iterable[Waiting]) -> int:
    return sum(each.count for each in groups)


def _touch(groups: list[Waiting], means: str) -> Touch:
    return Touch(_count(groups), (f"{many(groups)} {means}",)) if groups else Touch(0, ())


def _journey(change: Change, waits: Waits) -> Touch:
    begun = _some(waits, lambda thing: thing.kind == "step" and thing.journey == change.name)
    if change.sign == "+":
        return Touch(0, ("for who begins from now on",))
    if change.sign == "-":
        return _touch(begun, "will keep what they began with (pinned), and nobody begins it any more")
    return _touch(begun, "will keep what they began with (pinned); the new holds for who begins later")


def _step(change: Change, waits: Waits) -> Touch:
    journey, _, step = change.name.partition(".")
    here = _some(waits, lambda t: t.kind == "step" and (t.journey, t.step) == (journey, step))
    if change.sign == "+":
        return Touch(0, ("for who begins later",))
    if change.sign == "-":
        return _touch(here, "will keep it (pinned)")
    return Touch(_count(here), tuple(_kept(edit, here) for edit in change.edits) if here else ())


def _kept(edit: Edit, groups: Iterable[Waiting]) -> str:
    """`120 on their way keep P30D`: by what each has pinned, which may be older than what is deployed."""
    counts: Counter[str] = Counter()
    for each in groups:
        counts[dict(each.thing.pinned).get(edit.key, "")] += each.count
    kept = ", ".join(f"{count} on their way keep {value or 'none'}" for value, count in counts.most_common())
    return f"{edit.key}: {kept} (pinned); the new holds for who begins later"


def _text(change: Change, new: Compiled, waits: Waits) -> Touch:
    journey, _, text = change.name.partition(".")
    brand = new.brand

    def concerned(thing: Thing) -> bool:
        here = change.language in ("", thing.said_in(brand))
        return (thing.journey, thing.text) == (journey, text) and here

    here = _some(waits, concerned)
    if change.sign != "~":
        return _touch(here, "will be said in it" if change.sign == "+" else "cannot do without it")
    return _reworded(change, {each: {*each.thing.channels(brand)} for each in here})


def _reworded(change: Change, here: Mapping[Waiting, set[Channel]]) -> Touch:
    """`here`: with the channels over which each may be said."""
    gone = {channel for edit in change.edits if edit.takes_the_words for channel in edit.channels}
    come = {channel for edit in change.edits for channel in edit.channels} - gone
    told, losing = ([each for each, ways in here.items() if ways & some] for some in (come, gone))
    over = ", ".join(each for each in Channel if any(each in here[one] & gone for one in losing))
    means = (
        *_touch(told, "will be said in the new words").means,
        *_touch(losing, f"will lose their words on {over}").means,
    )
    return Touch(_count(each for each, ways in here.items() if ways & (come | gone)), means)


def _item(change: Change, waits: Waits) -> Touch:
    count = waits.about.get(change.name, 0)
    if not count or change.sign == "+":
        return Touch(0, ())
    named = "the shop's own title" if change.sign == "-" else "what stands in the catalogue then"
    return Touch(count, (f"{count} waiting are about it: they will be said with {named}",))


def _brand(change: Change, brand: Brand, waits: Waits) -> Touch:
    key, _, part = change.name.partition(".")

    def here(thing: Thing) -> bool:
        code = thing.country if thing.country in brand.countries else "*"
        return not change.countries or code in change.countries

    def marketing(thing: Thing) -> bool:
        return brand.purpose(thing.purpose, thing.country) is Purpose.MARKETING

    before, after = change.edits[0].before, change.edits[0].after
    moved = set(before.split(", ")) ^ set(after.split(", "))
    rules: dict[str, tuple[Callable[[Thing], bool], str]] = {
        "routes": (lambda t: t.route == part, "will go the new way" if after else "cannot do without it"),
        "purposes": (
            lambda t: t.kind == "step" and t.purpose == part,
            f"will become {after or Purpose.MARKETING}",
        ),
        "marketing_hours": (marketing, "will be said in the new hours"),
        "quiet_days": (marketing, "will be held back on the new quiet days"),
        "holidays": (marketing, "will be held back on the new holidays"),
        "awake_hours": (
            lambda t: not marketing(t),
            "will be said in the new hours, where they can wait for morning",
        ),
        "marketing_a_day": (marketing, "will fall under the new cap"),
        "messages_a_day": (lambda _: True, "will fall under the new cap"),
        "language": (lambda t: t.language not in brand.languages, "will be said in the new language"),
        "languages": (lambda t: t.language in moved, "will be said in another language"),
        "links": (lambda t: t.text == part, "will lead to the new address"),
        "support": (
            lambda t: part in ("phone", f"hours.{t.said_in(brand)}"),
            "will be said as it stands then",
        ),
        "offers": (
            lambda t: t.offer,
            "will have their offer chosen by the new rule, until they are first tried",
        ),
        "cycle_days": (_computed, "will keep the time they have, until something else times them anew"),
        "checkout_opt_in": (lambda _: False, ""),
        "checkout_text": (lambda _: False, ""),
        "prices": (lambda _: False, ""),
        "budget": (lambda _: False, ""),
    }
    wanted, means = rules.get(key, (lambda _: True, "will be said as it stands then"))
    return _touch(_some(waits, lambda thing: here(thing) and wanted(thing)), means)


def _computed(thing: Thing) -> bool:
    return bool(dict(thing.pinned).get("computed"))
