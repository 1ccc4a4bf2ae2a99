"""How a life ended: all that is stored and all that phones showed, without what may depend on the order.

What is left out, and why. Nothing else is.

- `rev` and `tx` of an item: how often and by which commit it was written (left out of every state).
- The log of decisions, a message that was made and not sent, and a step's state: in their place stands the
  *fate* of each thing there was to say. "Made, then overtaken before it was sent" and "never made, for it was
  overtaken" are one fate, and so are a cancellation before and after the message was made.
- Where several reasons for a silence hold (too late, overtaken, cancelled), the one known first is written.
- A line's journey that has nothing to say: where the line was returned or the order cancelled before its
  parcel was heard of, it never begins; otherwise it begins and each of its steps ends with that reason.
- What a stranger writes opens no window (`written_at`) and lies in no inbox: there is nobody to keep it for.
  Who shares a phone with others and wrote is a guess, so an inbox row counts by what was said alone.
- Open questions stand in the order in which phones showed them (`asked`): they count as a set.
- Of own words of one kind (a refusal, a grant, of one purpose on one channel) that an address said before
  anybody had it, the newest alone is known, so the ledger of who comes later has that one.
- In `spaced` endings, where executions run between the events, a parcel's earlier words may have been said
  when they were true: then the day's count, open questions and fates are left out too, and the phones are
  held against what has to be said and what may be.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aftercart.aws.items import Item, decode, plain
from aftercart.domain.journey import Enrolment, StepState
from aftercart.domain.message import Message
from aftercart.domain.order import Order
from tests.promises.walked import Shown, Walked, sorted_json

OVER = ("cancelled", "returned", "waiting")
OF_THE_SAME_SILENCE = ("too_late", "expired", "overtaken", "cancelled")
Fate = tuple[str, str, str]  # what it is about, the step, what became of it


@dataclass(frozen=True)
class Ending:
    nouns: frozenset[str]
    fates: frozenset[Fate]
    shown: frozenset[Shown]

    def against(self, other: "Ending") -> list[str]:
        """What is in one of the two alone, for a person to read."""
        mine, others = ({*map(str, (*e.nouns, *e.fates, *e.shown))} for e in (self, other))
        return [f"- {each}" for each in sorted(mine - others)] + [
            f"+ {each}" for each in sorted(others - mine)
        ]


def ending(walked: Walked, *, strangers: bool, spaced: bool = False) -> Ending:
    """`strangers`: somebody may have written before anybody had the address."""
    items = [plain(item) for item in walked.store.dynamo.items.values()]
    nouns = {*_plain_nouns(items, spaced), *_words(items)}
    if not strangers:
        nouns |= {_without(item, "customer") for item in items if item["kind"] == "inbox"}
    if spaced:
        return Ending(frozenset(nouns), frozenset(), frozenset())
    fates = map(_as_one_silence, _fates([decode(item).value for item in items]))
    return Ending(frozenset(nouns), frozenset(fates), frozenset(walked.shown))


def _plain_nouns(items: Iterable[Item], spaced: bool) -> Iterator[str]:
    for item in items:
        if item["kind"] == "customer":
            yield _without(item, "written_at", "asked", *(("today", "turn") if spaced else ()))
            if not spaced:
                asked = json.loads(sorted_json(item["data"])).get("asked", ())
                yield from (json.dumps(each, sort_keys=True) for each in asked)
        elif item["kind"] == "order":
            yield _without(item, "log", "enrolled")
        elif item["kind"] == "address":
            yield _without(item)


def _without(item: Item, *names: str) -> str:
    noun = json.loads(sorted_json(item["data"]))
    kept = {name: value for name, value in noun.items() if name not in names}
    return json.dumps({item["kind"]: kept}, ensure_ascii=False, sort_keys=True)


def _words(items: Iterable[Item]) -> Iterator[str]:
    newest: dict[tuple[str, ...], tuple[str, str]] = {}
    for item in items:
        if item["kind"] == "ledger":
            entry = json.loads(sorted_json(item["data"]))
            said = entry["consent"]
            kind = (entry["customer"], entry["channel"], said["purpose"], str(said["granted"]))
            if said.get("explicit"):
                newest[kind] = max(newest.get(kind, ("", "")), (said["at"], _without(item)))
            else:
                yield item["sk"] + _without(item)
    yield from (line for _, line in newest.values())


def _fates(nouns: Sequence[Any]) -> Iterator[Fate]:
    known = [noun for noun in nouns if isinstance(noun, Message) and noun.journey != "replies"]
    messages = {(m.enrolment or f"{m.order}/{m.shipment}", m.step): m for m in known}
    for (about, step), message in messages.items():
        if not (message.line and message.final in OVER):
            yield about, step, _became(message)
    for noun in nouns:
        if isinstance(noun, Order):
            yield from (fate for fate in _of_parcels(noun) if fate[:2] not in messages)
        elif isinstance(noun, Enrolment):
            yield from (fate for fate in _of_steps(noun) if not (noun.line and fate[2] in OVER))


def _as_one_silence(fate: Fate) -> Fate:
    return (*fate[:2], "silence") if fate[2] in OF_THE_SAME_SILENCE else fate


def _became(message: Message) -> str:
    tried = [(attempt.channel.value, attempt.variant.value) for attempt in message.attempts]
    return f"{message.final} {tried} {message.offer} until {message.not_after}" if tried else message.final


def _of_parcels(order: Order) -> Iterator[Fate]:
    for entry in order.log:
        if entry.decision != "send":
            yield f"{order.id}/{entry.facts.get('shipment')}", entry.step, entry.reason


def _of_steps(enrolment: Enrolment) -> Iterator[Fate]:
    reasons = {entry.step: entry.reason for entry in enrolment.log}
    for record in enrolment.steps:
        if record.state is StepState.SKIPPED:
            yield enrolment.id, record.spec.name, reasons[record.spec.name]
