"""Everything that the journeys could have us say of what happened outside: each thing with its time. Pure.

A thing is known by the id that its message must bear, which is a hash of outside facts alone: so each request
to a provider is either one of these, or something that nobody should have said.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from aftercart.domain import campaign, ids, suppression
from aftercart.domain.brand import Brand
from aftercart.domain.campaign import Launch
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import About, Journey, Step
from sandbox.trials.lives import events, segments
from sandbox.trials.lives.due import LONGEST_CYCLE, begun, first_of, in_time
from sandbox.trials.lives.facts import Answer, Facts, Order
from sandbox.trials.lives.ways import Scene, Thing, Way, message_id
from sandbox.trials.lives.whether import Asked, Maybe, holds

CUT = 12  # characters that are left of any title
ANSWERED_WITHIN = timedelta(hours=1)
ANSWERS = ("thanks", "help", "offer_accepted", "offer_too_late")
_customer_id, _keyed_hash = cache(ids.customer_id), cache(suppression.keyed_hash)
ANSWER = Step(name="answer", text="answer", purpose=Purpose.TRANSACTIONAL, useful_for=ANSWERED_WITHIN)


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
        scene = self._scene(facts)
        by_customer: defaultdict[str, list[Order]] = defaultdict(list)
        for order, customer in owned:
            by_customer[customer].append(order)
        for journey in self.journeys.values():
            for customer, orders in by_customer.items():
                yield from () if journey.retired else self._things(journey, orders, customer, scene)
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

    def _things(
        self, journey: Journey, orders: Sequence[Order], customer: str, scene: Scene
    ) -> Iterator[Thing]:
        """`orders`: all of that customer."""
        if journey.launch is not None:
            yield from _of_campaign(journey, journey.launch, orders, customer, scene).things()
            return
        for order in orders:
            if journey.about is About.ORDER:
                yield from _of_order(journey, order, customer, scene).things()
            elif journey.about is About.SHIPMENT:
                yield from self._of_parcels(journey, order, customer)
            else:
                for line, item in order.bought.lines.items():
                    if journey.category in ("", item.category) and not item.sensitive:
                        yield from _of_line(journey, order, line, customer, scene).things()

    def _scene(self, facts: Facts) -> Scene:
        """A trade-in is due, at the latest, as people keep such things, or as they did themselves."""
        placed = [order.bought.placed_at for order in facts.orders.values()]
        lived = max(placed) - min(placed) if placed else timedelta()
        return Scene(self.brand, facts, max(self.cycle, lived))

    @property
    def cycle(self) -> timedelta:
        """As people keep such things at the longest."""
        days = [float(each) for by_country in self.brand.cycle_days.values() for each in by_country.values()]
        return max(LONGEST_CYCLE, timedelta(days=max(days, default=0)))

    def _of_parcels(self, journey: Journey, order: Order, customer: str) -> Iterator[Thing]:
        steps = {step.on: step for step in journey.steps}
        for identifier, parcel in order.parcels.items():
            for stage, scans in parcel.scans.items():
                heard = [(at, told) for at, told in scans if told.first]
                if stage not in steps or not heard:
                    continue
                step, cause = steps[stage], f"shipment:{order.bought.id}/{identifier}"
                yield Thing(
                    id=message_id(customer, cause, 1, step.name, ""),
                    step=step,
                    purpose=self.brand.purpose(step.purpose, order.bought.home.country),
                    opens=max(first_of(order.known), min(first_of(told) for _, told in heard)),
                    ends=(heard[0][0] + step.useful_for, max(at for at, _ in heard) + step.useful_for),
                    told=(order.known, *(told for _, told in heard)),
                    must=order.known.taken is not None and any(told.taken for _, told in heard),
                    called_for=in_time(step, order.known, heard),
                    order=order,
                    parcel=identifier,
                )


def _of_order(journey: Journey, order: Order, customer: str, scene: Scene) -> Way:
    return Way(
        journey=journey,
        customer=customer,
        subject=f"order:{order.bought.id}",
        order=order,
        begins=_begins(journey, order, scene) if order.known.taken else None,
        events={
            journey.starts: events.placed(order),
            "in_transit": events.moved(order),
            "delivered": events.all_there(order),
        },
        scene=scene,
    )


def _of_line(journey: Journey, order: Order, line: str, customer: str, scene: Scene) -> Way:
    came = events.line_there(order, line)
    return Way(
        journey=journey,
        customer=customer,
        subject=f"order:{order.bought.id}/line:{line}",
        order=order,
        line=line,
        begins=_begins(journey, order, scene) if begun(order, line, came.sure) else None,
        events={journey.starts: came},
        scene=scene,
    )


def _of_campaign(
    journey: Journey, launch: Launch, orders: Sequence[Order], customer: str, scene: Scene
) -> Way:
    order = max(orders, key=lambda each: (each.known.surely(launch.walk_from), each.bought.placed_at))
    hours = segments.own_hours(launch, orders, scene.brand)
    return Way(
        journey=journey,
        customer=customer,
        subject=campaign.SUBJECT,
        order=order,
        begins=segments.is_in(launch, orders),
        events={journey.starts: events.begins_at(hours, order.known)},
        scene=scene,
    )


def _begins(journey: Journey, order: Order, scene: Scene) -> Maybe:
    """Where nothing is in its way; of several to choose among nobody can say which one does.

    What it is about is looked at as the order: it has no line before it begins.
    """
    of = Asked(order=order, line="", ratings=(), answers={}, after="", facts=scene.facts)
    found = holds(journey.when, of)
    return None if journey.among and found else found


def _answers(answer: Answer, holders: Mapping[str, Order]) -> Iterator[Thing]:
    """What may be answered to whoever has that phone: `holders`, by our id."""
    if answer.told.first is None:
        return
    until = (answer.told.taken or answer.told.first) + ANSWERED_WITHIN
    for customer, order in holders.items():
        for text in ANSWERS:
            yield Thing(
                id=message_id(customer, f"reply:{answer.event}", 1, text, ""),
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
