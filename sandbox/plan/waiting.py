"""What waits to be said, counted over the items of the table. It names nobody: kinds of things, and how many.

A waiting step is pinned, so it is told with its keys. What an event must bring first (a rating) may never be
said; it counts until that event can come no more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from aftercart.aws.items import Item, UnknownVersion, decode
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.experiment import assigned
from aftercart.domain.journey import Enrolment, Step, StepRecord, StepState, chosen_event
from aftercart.domain.message import Message
from aftercart.flows.answers import RATED
from aftercart.flows.pages import SHOWN_FOR
from sandbox.control.moments import iso
from sandbox.plan import keys

Json = dict[str, Any]
KINDS = ("customer", "enrolment", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is alike of those who wait. `language`: the customer's own, or "" where they told none."""

    kind: str  # "step": pinned; "message": made, and put off or under way; "question": asked, and open
    journey: str
    step: str
    text: str
    route: str
    purpose: str
    country: str
    language: str
    offer: bool = False
    only: str = ""  # the one channel of an answer
    event: str = ""  # without which it is never said
    asks: str = ""  # "rating" or "choice"
    options: tuple[str, ...] = ()  # of a choice, in their order
    pinned: tuple[tuple[str, str], ...] = ()  # a step's keys

    def said_in(self, brand: Brand) -> str:
        """The language of its words."""
        return brand.language(self.language, self.country)

    def channels(self, brand: Brand) -> list[Channel]:
        """Over which it may be said, in their order."""
        legs = brand.route(self.route, self.country)
        return [leg.channel for leg in legs if self.only in ("", leg.channel)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`until`: the last moment at which one of them may be said; None: nobody can tell."""

    thing: Thing
    count: int
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """`about`: how many are about each sku. `unread`: things that a later version wrote."""

    groups: tuple[Waiting, ...] = ()
    about: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0

    def as_json(self) -> Json:
        groups = [{**asdict(w.thing), "count": w.count, "until": iso(w.until)} for w in self.groups]
        return {
            "waiting": [{**each, "pinned": dict(each["pinned"])} for each in groups],
            "about": dict(self.about),
            "unread": self.unread,
        }

    @classmethod
    def of_json(cls, found: Json) -> "Waits":
        return cls(
            groups=tuple(_of_json(dict(each)) for each in found["waiting"]),
            about=found["about"],
            unread=found["unread"],
        )


def _of_json(group: Json) -> Waiting:
    count, until = group.pop("count"), group.pop("until")
    pinned, options = tuple(sorted(group.pop("pinned").items())), tuple(group.pop("options", ()))
    return Waiting(
        Thing(**group, pinned=pinned, options=options),
        count,
        datetime.fromisoformat(until) if until else None,
    )


def counted(items: Iterable[Item], now: datetime) -> Waits:
    """Everything that may still be said after `now`; `items` as they are stored, in any order."""
    tally = _Tally()
    for item in items:
        if item.get("kind") not in KINDS and str(item.get("sk")).partition("#")[0] not in ("E", "M"):
            continue
        try:
            tally.take(decode(item).value, now)
        except UnknownVersion:
            tally.unread += 1
    return tally.waits()


@dataclass(slots=True)
class _Tally:
    """A customer's item mostly comes before what waits for them: that is counted at once, and let go."""

    customers: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    counts: Counter[Thing] = field(default_factory=Counter)
    last: dict[Thing, datetime | None] = field(default_factory=dict)
    about: Counter[str] = field(default_factory=Counter)
    early: list[tuple[str, Thing, datetime | None, str]] = field(default_factory=list)
    unread: int = 0

    def take(self, noun: Customer | Enrolment | Message, now: datetime) -> None:
        if isinstance(noun, Customer):
            self.customers[noun.id] = None if noun.erased else (noun.language, noun.country)
            return
        for thing, until, sku in _waiting(noun, now):
            if noun.customer in self.customers:
                self._count(noun.customer, thing, until, sku)
            else:
                self.early.append((noun.customer, thing, until, sku))

    def waits(self) -> Waits:
        for each in self.early:
            self._count(*each)
        self.early.clear()
        groups = [Waiting(thing, count, self.last[thing]) for thing, count in self.counts.items()]
        about = dict(sorted(self.about.items()))
        return Waits(groups=tuple(sorted(groups, key=repr)), about=about, unread=self.unread)

    def _count(self, customer: str, thing: Thing, until: datetime | None, sku: str) -> None:
        known = self.customers.get(customer)
        if known is None:  # erased: nothing is said to them
            return
        language, country = known
        whole = replace(thing, language=language, country=thing.country or country)
        self.counts[whole] += 1
        self.last[whole] = latest((self.last.get(whole, until), until))
        if sku:
            self.about[sku] += 1


def latest(times: Iterable[datetime | None]) -> datetime | None:
    """None as soon as one of them has no end."""
    known = list(times)
    return max((each for each in known if each), default=None) if None not in known else None


def _waiting(noun: Enrolment | Message, now: datetime) -> Iterator[tuple[Thing, datetime | None, str]]:
    if isinstance(noun, Message):
        if not noun.final and now < noun.not_after:
            yield _message(noun), noun.not_after, noun.sku or (noun.offer.sku if noun.offer else "")
        if noun.attempts and noun.options and noun.answer is None and now < noun.created_at + SHOWN_FOR:
            yield replace(_message(noun), kind="question"), noun.created_at + SHOWN_FOR, ""
        return
    for record in noun.steps if not noun.ended else ():
        if record.state is StepState.WAITING and not _never(record, noun):
            until = _until(record, noun)
            if until is None or now < until:
                yield _step(record, noun), until, noun.sku


def _message(message: Message) -> Thing:
    return Thing(
        kind="message",
        journey=message.journey,
        step=message.step,
        text=message.text,
        route=message.route,
        purpose=message.purpose.value,
        country="",  # the customer's
        language="",
        offer=message.offer is not None,
        only=message.only or "",
        asks=message.asks,
        options=message.options,
    )


def _step(record: StepRecord, enrolment: Enrolment) -> Thing:
    spec = record.spec
    return Thing(
        kind="step",
        journey=enrolment.journey,
        step=spec.name,
        text=_text(spec, enrolment),
        route=spec.route,
        purpose=str(spec.purpose),
        country=enrolment.country,
        language="",
        offer=spec.offer,
        event="" if record.due_at else _event(record),
        asks=spec.asks,
        options=spec.options,
        pinned=tuple(sorted(keys.of_step(spec).items())),
    )


def _text(spec: Step, enrolment: Enrolment) -> str:
    """Of an experiment the one that this customer is given."""
    if not spec.variants:
        return spec.text
    return assigned(enrolment.customer, f"{enrolment.journey}/{spec.name}", spec.variants)


def _event(record: StepRecord) -> str:
    return record.spec.on or (record.spec.after.event if record.spec.after else "")


def _never(record: StepRecord, enrolment: Enrolment) -> bool:
    """Its event has come and brought it nothing, or what should ask for the answer was not said."""
    if record.due_at is not None:
        return False
    event, asking = _event(record), _asking(record, enrolment)
    unasked = asking is None or asking.state is StepState.SKIPPED
    return event in enrolment.events or (_is_answer(event) and unasked)


def _until(record: StepRecord, enrolment: Enrolment) -> datetime | None:
    if record.due_at is not None:
        return record.due_at + record.spec.useful_for
    asking = _asking(record, enrolment)
    asked = _asked_by(asking, enrolment) if asking else None
    if asked is None:
        return None
    last = asked + SHOWN_FOR + record.spec.useful_for  # its page takes an answer as long as it is shown
    return last + record.spec.after.wait if record.spec.after else last


def _is_answer(event: str) -> bool:
    return event == RATED or event.startswith(chosen_event(""))


def _asking(record: StepRecord, enrolment: Enrolment) -> StepRecord | None:
    """The step whose answer it waits for."""
    event = _event(record)
    asks = (each for each in enrolment.steps if event in _brings(each.spec))
    return next(asks, None)


def _brings(spec: Step) -> tuple[str, ...]:
    return {"rating": (RATED,), "choice": (chosen_event(spec.name),)}.get(spec.asks, ())


def _asked_by(asking: StepRecord, enrolment: Enrolment) -> datetime | None:
    """When the question was made, or will be at the latest."""
    if asking.state is StepState.WAITING:
        return asking.due_at + asking.spec.useful_for if asking.due_at else None
    return max((each.at for each in enrolment.log if each.step == asking.spec.name), default=None)
