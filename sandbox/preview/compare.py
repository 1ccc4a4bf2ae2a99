"""Two versions of the journeys, message by message: what customers see changed, came and went."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from aftercart.domain.message import Variant
from sandbox.preview.places import Place
from sandbox.preview.shown import Leg, Shown, Told
from sandbox.templates.wanted import approved_buttons

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
Span = tuple[int, int]  # from and to which character


class State(StrEnum):
    SAME = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


def _state(before: object, after: object) -> State:
    if before is None:
        return State.ADDED
    if after is None:
        return State.REMOVED
    return State.SAME if before == after else State.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPair:
    """One message over one channel in one language, then and now."""

    before: Leg | None
    after: Leg | None

    @property
    def place(self) -> Place:
        leg = self.after or self.before
        assert leg
        return leg.place

    @property
    def state(self) -> State:
        return _state(self.before, self.after)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A provider knows one text by a template's name: another text needs another name."""
        was, now = (leg.wording if leg else None for leg in (self.before, self.after))
        if not (was and now and was.approval and now.approval) or was.approval.name != now.approval.name:
            return ()
        known, asked = (
            (replace(w.approval, parameters=()), approved_buttons(w)) for w in (was, now) if w.approval
        )
        name = now.approval.name
        return () if known == asked else (f"'{name}' was approved as it was before: this needs a new name",)

    def bubbles(self) -> list[tuple[Shown | None, Shown | None]]:
        """Then and now; a bubble of now stands beside the one that its first customer had."""
        was, now = (leg.shown if leg else () for leg in (self.before, self.after))
        pairs = [(_seen_before(each, was), each) for each in now]
        gone = [(each, None) for each in was if all(each is not before for before, _ in pairs)]
        return [*pairs, *gone]


def _seen_before(shown: Shown, was: Sequence[Shown]) -> Shown | None:
    countries = {there.country for there in shown.countries}
    same = [each for each in was if shown.customers[0] in each.customers]
    near = [each for each in same if countries & {there.country for there in each.countries}]
    return next(iter([*near, *same]), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPair:
    """One message, then and now."""

    before: Told | None
    after: Told | None
    legs: tuple[LegPair, ...]

    @property
    def told(self) -> Told:
        told = self.after or self.before
        assert told
        return told

    @property
    def state(self) -> State:
        return _state(self.before, self.after)


def compared(before: Sequence[Told], after: Sequence[Told]) -> tuple[ToldPair, ...]:
    """In today's order; what went stands at the end of its journey."""
    was, now = ({_key(told): told for told in each} for each in (before, after))
    return tuple(_pair(was.get(key), now.get(key)) for key in _in_order(list(now), list(was)))


def _key(told: Told) -> tuple[str, str, Variant]:
    return told.journey, told.text, told.variant


def _in_order(
    now: list[tuple[str, str, Variant]], was: list[tuple[str, str, Variant]]
) -> Iterator[tuple[str, str, Variant]]:
    for journey in dict.fromkeys(key[0] for key in [*now, *was]):
        yield from dict.fromkeys(key for key in [*now, *was] if key[0] == journey)


def _pair(before: Told | None, after: Told | None) -> ToldPair:
    was, now = ({leg.place: leg for leg in (told.legs if told else ())} for told in (before, after))
    legs = (LegPair(before=was.get(place), after=now.get(place)) for place in dict.fromkeys([*now, *was]))
    return ToldPair(before=before, after=after, legs=tuple(legs))


def changed_words(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """What is in one and not in the other: of each its spans."""
    was, now = WORDS.findall(before), WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    changes = [each for each in matcher.get_opcodes() if each[0] != "equal"]
    return (
        list(_joined(before, (_span(was, start, end) for _, start, end, _, _ in changes if end > start))),
        list(_joined(after, (_span(now, start, end) for _, _, _, start, end in changes if end > start))),
    )


def _span(words: list[str], start: int, end: int) -> Span:
    before = sum(map(len, words[:start]))
    return before, before + sum(map(len, words[start:end]))


def _joined(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Changed words with nothing but a space between are one change."""
    known: Span | None = None
    for start, end in spans:
        if known and not text[known[1] : start].strip(" "):
            known = known[0], end
            continue
        if known:
            yield known
        known = start, end
    if known:
        yield known
