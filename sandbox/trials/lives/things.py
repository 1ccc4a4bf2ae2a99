"""Everything that the journeys could have us say of what happened outside: each thing with its time. Pure.

A thing is known by the id that its message must bear, which is a hash of outside facts alone: so each request
to a provider is either one of these, or something that nobody should have said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from aftercart.domain import ids, suppression
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import About, Journey, Step
from aftercart.domain.order import RANK, Stage
from sandbox.trials.lives.due import arrived, begun, due, first_of, in_time, perhaps_first, whichever_counts
from sandbox.trials.lives.facts import Answer, Facts, Order, Told

OLD = timedelta(days=2)  # an order first heard of by a change of it, so long after, is as old as the order
CUT = 12  # characters that are left of any title
ANSWERED_WITHIN = timedelta(hours=1)
ANSWERS = ("thanks", "help", "offer_accepted", "offer_too_late")
_message_id, _enrolment_id, _customer_id, _keyed_hash = (
    cache(ids.message_id),
    cache(ids.enrolment_id),
    cache(ids.customer_id),
    cache(suppression.keyed_hash),
)
ANSWER = Step(name="answer", text="answer", purpose=Purpose.TRANSACTIONAL, useful_for=ANSWERED_WITHIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that may be said. `opens`: not before; `ends`: (the earliest, the latest) end of its use.

    `must`: somebody has to decide on it, at the latest when all is quiet. `told`: what brought it about.
    `called_for`: from when on it is surely due at once, where nothing is in its way; None: nobody can say.
    """

    id: str
    step: Step
    purpose: Purpose
    opens: datetime
    ends: tuple[datetime, datetime]
    told: tuple[Told, ...]
    must: bool
    called_for: datetime | None = None
    order: Order | None = None
    line: str = ""
    parcel: str = ""
    answer: Answer | None = None

    @property
    def rank(self) -> int:
        return RANK[Stage(self.step.on)] if self.parcel else -1


@dataclass(frozen=True, slots=True)
class Book:
    """Names what may be said. `key`: of the hashes under which guests are known; `goods`: titles."""

    journeys: Mapping[str, Journey]
    brand: Brand
    shop: str
    key: bytes
    goods: frozenset[str] = frozenset()

    def names_goods(self, text: str) -> bool:
        """Also where their titles are cut short, as offers' are."""
        return any(title[:CUT] in text for title in self.goods)

    def things(self, facts: Facts, of: str = "") -> dict[str, Thing]:
        """By the id of the message; all, or those `of` one customer of ours."""
        return {thing.id: thing for thing in self._every(facts, of)}

    def thing(self, facts: Facts, message: str) -> Thing | None:
        """What a message is about."""
        every = self._every(facts, ids.customer_of(message))
        return next((thing for thing in every if thing.id == message), None)

    def _every(self, facts: Facts, of: str) -> Iterator[Thing]:
        theirs = [order for order in facts.orders.values() if not of or self._may_be(of, order, facts)]
        known = [order for order in theirs if order.known.first is not None]
        owned = [(order, self.customer(order, facts.life(order))) for order in known]
        owned = [(order, customer) for order, customer in owned if of in ("", customer)]
        for order, customer in owned:
            for journey in self.journeys.values():
                yield from self._things(journey, order, customer, facts)
        for answer in facts.answers:
            holders = {customer: order for order, customer in owned if order.bought.phone == answer.phone}
            yield from _answers(answer, holders)

    def customer(self, order: Order, life: int) -> str:
        """Our id of whoever placed it."""
        bought = order.bought
        if bought.reference:
            return _customer_id(self.shop, "buyer", bought.reference, life)
        return _customer_id(self.shop, "email", _keyed_hash(bought.email, self.key), life)

    def _may_be(self, customer: str, order: Order, facts: Facts) -> bool:
        """Whether they placed it, in any of their lives: these are told apart only by when we knew it."""
        erasures = facts.erasures.get(order.bought.buyer, ())
        return any(self.customer(order, life) == customer for life in range(len(erasures) + 1))

    def _things(self, journey: Journey, order: Order, customer: str, facts: Facts) -> Iterator[Thing]:
        if journey.about is About.ORDER:
            yield from self._of_order(journey, order, customer)
        elif journey.about is About.SHIPMENT:
            yield from self._of_parcels(journey, order, customer)
        else:
            for line, category in order.bought.lines.items():
                if journey.category in ("", category):
                    yield from self._of_line(journey, order, line, customer, facts)

    def _purpose(self, step: Step, order: Order) -> Purpose:
        return self.brand.purpose(step.purpose, order.bought.home.country)

    def _of_order(self, journey: Journey, order: Order, customer: str) -> Iterator[Thing]:
        enrolment = _enrolment_id(customer, journey.name, f"order:{order.bought.id}")
        placed = order.bought.placed_at
        heard = [news for news in order.news if news.told.first]
        ages = [placed if news.at - placed >= OLD and not news.is_new else news.at for news in heard]
        for step in journey.steps:
            yield Thing(
                id=_message_id(customer, enrolment, 1, step.name, ""),
                step=step,
                purpose=self._purpose(step, order),
                opens=first_of(order.known),
                ends=(min(ages) + step.useful_for, max(ages) + step.useful_for),
                told=tuple(news.told for news in heard),
                must=order.known.taken is not None,
                called_for=in_time(
                    step, order.known, [(age, news.told) for age, news in zip(ages, heard, strict=True)]
                ),
                order=order,
            )

    def _of_parcels(self, journey: Journey, order: Order, customer: str) -> Iterator[Thing]:
        steps = {step.on: step for step in journey.steps}
        for identifier, parcel in order.parcels.items():
            for stage, scans in parcel.scans.items():
                heard = [(at, told) for at, told in scans if told.first]
                if stage not in steps or not heard:
                    continue
                step, cause = steps[stage], f"shipment:{order.bought.id}/{identifier}"
                yield Thing(
                    id=_message_id(customer, cause, 1, step.name, ""),
                    step=step,
                    purpose=self._purpose(step, order),
                    opens=max(first_of(order.known), min(first_of(told) for _, told in heard)),
                    ends=(heard[0][0] + step.useful_for, max(at for at, _ in heard) + step.useful_for),
                    told=(order.known, *(told for _, told in heard)),
                    must=order.known.taken is not None and any(told.taken for _, told in heard),
                    called_for=in_time(step, order.known, heard),
                    order=order,
                    parcel=identifier,
                )

    def _of_line(
        self, journey: Journey, order: Order, line: str, customer: str, facts: Facts
    ) -> Iterator[Thing]:
        enrolment = _enrolment_id(customer, journey.name, f"order:{order.bought.id}/line:{line}")
        asking = next((step.name for step in journey.steps if step.asks), "")
        survey = _message_id(customer, enrolment, 1, asking, "")
        rated = [rating for rating in facts.ratings.get(survey, []) if rating.told.first]
        came = arrived(order, line)
        has_begun = begun(order, line, [told for *_, told in came])
        events = {
            journey.starts: came,
            "rated": [(first_of(r.told), r.told.taken or first_of(r.told), r.told) for r in rated],
        }
        for step in journey.steps:
            event = step.on or (step.after.event if step.after else journey.starts)
            if happened := events.get(event):
                home = order.bought.home
                opens = min(due(step, since, home)[0] for since, _, _ in happened)
                latest = max(due(step, until, home)[1] for _, until, _ in happened)
                sure = [r.told for r in rated if r.sure] if event == "rated" else [t for *_, t in happened]
                yield Thing(
                    id=_message_id(customer, enrolment, 1, step.name, ""),
                    step=step,
                    purpose=self._purpose(step, order),
                    opens=opens,
                    ends=(opens + step.useful_for, latest + step.useful_for),
                    told=(order.known, *(told for *_, told in happened)),
                    must=has_begun and (event != "rated" or any(rating.sure for rating in rated)),
                    called_for=whichever_counts(step, order, perhaps_first(order.known, happened, sure)),
                    order=order,
                    line=line,
                )


def _answers(answer: Answer, holders: Mapping[str, Order]) -> Iterator[Thing]:
    """What may be answered to whoever has that phone: `holders`, by our id."""
    if answer.told.first is None:
        return
    until = (answer.told.taken or answer.told.first) + ANSWERED_WITHIN
    for customer, order in holders.items():
        for text in ANSWERS:
            yield Thing(
                id=_message_id(customer, f"reply:{answer.event}", 1, text, ""),
                step=ANSWER,
                purpose=Purpose.TRANSACTIONAL,
                opens=answer.told.first,
                ends=(answer.told.first + ANSWERED_WITHIN, until),
                told=(answer.told,),
                must=False,
                called_for=answer.told.taken,
                order=order,
                answer=answer,
            )


def event_of(channel: Channel, identifier: str) -> str:
    """Under which name the product remembers a reply of a provider's id."""
    return ids.digest(24, channel, identifier)
