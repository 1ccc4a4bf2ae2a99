"""What is different between two compiled `journeys/`. Pure, and in the order in which a reader would ask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import takewhile
from typing import Any, Literal

from aftercart.domain.brand import Brand, Country
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.message import Variant
from aftercart.texts.compiled import Wording
from sandbox.journeys.compile import Compiled
from sandbox.plan import keys
from sandbox.templates.wanted import approved_buttons

Sign = Literal["+", "-", "~"]
EXCERPT = 6  # words
ByVariant = Mapping[Variant, Mapping[Channel, Wording]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`key`: of a step "wait"; of a text the channels. What is not there is ""."""

    key: str
    before: str
    after: str

    @property
    def channels(self) -> list[Channel]:
        """Of a text: over which it is said."""
        words = self.key.replace(",", "").split()
        return [Channel(each) for each in words if each in set(Channel)]

    @property
    def takes_the_words(self) -> bool:
        """Is nothing left to say there?"""
        return not self.after and self.key == ", ".join(self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what`: journey, step, text, brand, country, item, page. `countries`: of the brand, where it holds."""

    sign: Sign
    what: str
    name: str
    language: str = ""
    countries: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()


def differences(old: Compiled, new: Compiled) -> list[Change]:
    return [
        *_journeys(old, new),
        *_texts(old, new),
        *_brand(old.brand, new.brand),
        *_countries(old.brand, new.brand),
        *_items(old.catalogue, new.catalogue),
        *_page(old, new),
    ]


def _journeys(old: Compiled, new: Compiled) -> Iterator[Change]:
    for name, sign in _names(old.journeys, new.journeys):
        if sign != "~":
            yield Change(sign=sign, what="journey", name=name)
            continue
        before, after = old.journeys[name], new.journeys[name]
        edits = _edits(keys.of_journey(before), keys.of_journey(after))
        if edits:
            yield Change(sign="~", what="journey", name=name, edits=edits)
        steps = [{step.name: keys.of_step(step) for step in journey.steps} for journey in (before, after)]
        yield from _each("step", f"{name}.", *steps)


def _each(what: str, prefix: str, old: Mapping[str, keys.Keys], new: Mapping[str, keys.Keys]) -> list[Change]:
    found = []
    for name, sign in _names(old, new):
        edits = _edits(old[name], new[name]) if sign == "~" else ()
        if edits or sign != "~":
            found.append(Change(sign=sign, what=what, name=f"{prefix}{name}", edits=edits))
    return found


def _names(old: Iterable[str], new: Iterable[str]) -> list[tuple[str, Sign]]:
    """Every name once: those that stay in their old order, then what comes."""
    before, after = list(old), list(new)
    stay: list[tuple[str, Sign]] = [(name, "~" if name in after else "-") for name in before]
    return [*stay, *((name, "+") for name in after if name not in before)]


def _edits(before: keys.Keys, after: keys.Keys) -> tuple[Edit, ...]:
    every = dict.fromkeys((*before, *after))
    pairs = ((key, before.get(key, ""), after.get(key, "")) for key in every)
    return tuple(Edit(key=key, before=was, after=now) for key, was, now in pairs if was != now)


def _texts(old: Compiled, new: Compiled) -> Iterator[Change]:
    """A language that comes or goes is the brand's: it is not told once more for each text."""
    both = [language for language in old.brand.languages if language in new.brand.languages]
    was, now = _by_name(old), _by_name(new)
    for name, sign in _names(was, now):
        if sign != "~":
            yield Change(sign=sign, what="text", name=name)
            continue
        for language in both:
            edits = _said(was[name].get(language, {}), now[name].get(language, {}))
            if edits:
                yield Change(sign="~", what="text", name=name, language=language, edits=edits)


def _by_name(made: Compiled) -> dict[str, Mapping[str, ByVariant]]:
    return {
        f"{journey}.{text}": each for journey, texts in made.texts.items() for text, each in texts.items()
    }


def _said(old: ByVariant, new: ByVariant) -> tuple[Edit, ...]:
    """Channels that change alike are told together."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for variant in Variant:
        before, after = old.get(variant, {}), new.get(variant, {})
        for channel in (each for each in Channel if each in before or each in after):
            for part, was, now in _parts(before.get(channel), after.get(channel)):
                labels = (["with_offer"] if variant is Variant.OFFER else []) + ([part] if part else [])
                alike.setdefault((" ".join(labels), was, now), []).append(channel.value)
    return tuple(
        Edit(key=f"{', '.join(channels)} {label}".rstrip(), before=was, after=now)
        for (label, was, now), channels in alike.items()
    )


def _parts(old: Wording | None, new: Wording | None) -> Iterator[tuple[str, str, str]]:
    """(which part, before, after): of the words only where they part."""
    words = [each.text if each else "" for each in (old, new)]
    if words[0] != words[1]:
        yield "", *_excerpts(*words)
    for part, was, now in (
        ("title", old.title if old else "", new.title if new else ""),
        ("image", old.image if old else "", new.image if new else ""),
        ("cards", old.cards if old else "", new.cards if new else ""),
        ("buttons", _buttons(old), _buttons(new)),
        ("template", _template(old), _template(new) + _to_approve(old, new)),
    ):
        if was != now:
            yield part, was, now


def _buttons(wording: Wording | None) -> str:
    buttons = wording.buttons if wording else ()
    return " | ".join(f"{each.title} ({each.reply or each.url})" for each in buttons)


def _template(wording: Wording | None) -> str:
    approval = wording.approval if wording else None
    return f"{approval.name} ({approval.category})" if approval else ""


def _to_approve(old: Wording | None, new: Wording | None) -> str:
    """Meta sends what it has approved: what else is to be sent needs another name, and that its approval."""
    was, now = old.approval if old else None, new.approval if new else None
    if now is None:
        return ""
    if not (old and new and was and was.name == now.name):
        return ": to be approved first"
    if was.image != now.image:
        return ": it was approved with an image, or without: this needs another name"
    if was.body != now.body:
        return ": another body than the approved one needs another name"
    same = approved_buttons(old) == approved_buttons(new)
    return "" if same else ": other buttons than the approved ones need another name"


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """The first words that differ, with the one before them."""
    was, now = before.split(), after.split()
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False)))
    return _excerpt(was, same), _excerpt(now, same)


def _excerpt(words: list[str], at: int) -> str:
    start = max(0, at - 1)
    shown = " ".join(words[start : start + EXCERPT])
    return f"{'… ' if start and shown else ''}{shown}{' …' if start + EXCERPT < len(words) else ''}"


def _brand(old: Brand, new: Brand) -> Iterator[Change]:
    was, now = (
        keys.flat(
            {each.name: getattr(brand, each.name) for each in fields(brand) if each.name != "countries"}
        )
        for brand in (old, new)
    )
    for edit in _edits(was, now):
        yield Change(sign=_sign(edit), what="brand", name=edit.key, edits=(edit,))


def _sign(edit: Edit) -> Sign:
    return "+" if not edit.before else "~" if edit.after else "-"


def _countries(old: Brand, new: Brand) -> Iterator[Change]:
    """What is compiled into each country is told once, with the countries in which it holds."""
    alike: dict[Edit, list[str]] = {}
    for code, sign in _names(old.countries, new.countries):
        if sign != "~":
            yield Change(sign=sign, what="country", name=code)
            continue
        for edit in _edits(_of_country(old.countries[code]), _of_country(new.countries[code])):
            alike.setdefault(edit, []).append(code)
    for edit, codes in alike.items():
        yield Change(sign=_sign(edit), what="brand", name=edit.key, countries=tuple(codes), edits=(edit,))


def _of_country(country: Country) -> keys.Keys:
    return keys.flat(country)


def _items(old: Catalogue, new: Catalogue) -> list[Change]:
    return _each("item", "", _of_items(old.items), _of_items(new.items))


def _of_items(items: Iterable[Item]) -> dict[str, keys.Keys]:
    return {item.sku: keys.flat(item) for item in items}


def _page(old: Compiled, new: Compiled) -> list[Change]:
    """The customer's page: who opens it sees the new words."""
    pages: list[dict[str, Any]] = [
        {language: words for language, words in made.page.items() if language in _both(old, new)}
        for made in (old, new)
    ]
    return _each("page", "", *pages)


def _both(old: Compiled, new: Compiled) -> set[str]:
    return set(old.brand.languages) & set(new.brand.languages)
