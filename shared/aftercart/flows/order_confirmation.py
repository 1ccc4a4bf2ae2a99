"""An order was placed, changed or cancelled: one transaction keeps it, and whatever is to be said begins."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain import conditions, ids, suppression
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import PHONE_CHANNELS, Channel, Consent
from aftercart.domain.customer import Customer
from aftercart.domain.decision import Logged
from aftercart.domain.journey import About, Enrolment, Journey
from aftercart.domain.message import Message
from aftercart.domain.order import Order, OrderNews, Shipment
from aftercart.domain.traces import leads
from aftercart.flows import choosing, effects, enrol, ledger, parcels, people, retime
from aftercart.flows.again import until_settled
from aftercart.ports import AddressBook, Change, Check, LedgerEntry, Put, Ref, Snapshot, World

LONG_AGO = timedelta(days=2)  # what is said to be new so long after it was placed was entered late
PLACED = "order_placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What we know already of an order and its buyer."""

    order: Order | None
    customer: Customer
    books: Mapping[Channel, AddressBook]
    enrolled: Mapping[str, Enrolment]  # those about this order, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    order: Order
    customer: Customer
    enrolments: tuple[Enrolment, ...] = ()
    messages: tuple[Message, ...] = ()
    more: bool = False  # lines are left to enrol
    not_begun: tuple[Ref[Enrolment], ...] = ()  # would be timed anew if they begin at this moment


def on_order(news: OrderNews, world: World) -> str:
    """Answers what was done: 'told', 'kept', 'duplicate', 'erased'."""
    return until_settled(lambda: _take(news, world))


def _take(news: OrderNews, world: World) -> str:
    read = _read(news, world)
    if read is None:
        return "erased"
    snapshot, known = read
    now = world.clock.now()
    plan = decide(known, news, world.brand, tuple(world.journeys.values()), world.catalogue, now)
    snapshot, plan = _timed_again(plan, known, snapshot, world, now)
    lines = _ledger(plan, known, news, snapshot)
    if _changes_nothing(plan, known, snapshot) and not lines:
        effects.start_owed(snapshot, world)
        return "duplicate"
    after = world.store.commit(snapshot, [*_changes(plan, known, news, world, now), *lines])
    effects.carry_out(plan.messages, plan.enrolments, after, world)
    return "told" if plan.messages else "kept"


def _timed_again(
    plan: Plan, known: Known, snapshot: Snapshot, world: World, now: datetime
) -> tuple[Snapshot, Plan]:
    journeys = tuple(world.journeys.values())
    bought = {
        **retime.by_purchases(known.customer, plan.customer, plan.order, journeys),
        **retime.by_address(known.order, plan.order, journeys),
    }
    if not bought:
        return snapshot, plan
    read = world.store.read(*bought)
    begun = {ref: each for ref in bought if (each := read.get(ref)) is not None}
    again = {
        ref: retime.again(each, plan.order, plan.customer, bought[ref], world.brand, now)
        for ref, each in begun.items()
    }
    changed = [each for ref, each in again.items() if each != begun[ref]]
    untouched = tuple(ref for ref in bought if ref not in begun)
    plan = replace(plan, enrolments=(*plan.enrolments, *changed), not_begun=untouched)
    return Snapshot({**snapshot.records, **read.records}), plan


def _changes_nothing(plan: Plan, known: Known, snapshot: Snapshot) -> bool:
    same = plan.order == known.order and plan.customer == snapshot.get(ports.customer(plan.customer.id))
    return same and not plan.enrolments and not plan.messages


def decide(
    known: Known,
    news: OrderNews,
    brand: Brand,
    journeys: tuple[Journey, ...],
    catalogue: Catalogue,
    now: datetime,
) -> Plan:
    """The order and the customer as they are now, and what begins because of it."""
    order = joined(known.order, replace(news.order, customer=known.customer.id))
    customer = people.customer_after(
        known.customer, people.said_by(news.buyer, now), news.order, known.books, brand
    )
    customer = people.with_purchases(customer, order, catalogue)
    rules = enrol.Rules(brand=brand, catalogue=catalogue, customer=customer, order=order)
    at = min(_heard_at(news), now)
    begun, silences = _placed(_about_orders(journeys), known, rules, at, now)
    begun = [parcels.heard(order, each, rules, now) for each in begun]
    progress = [each for each in begun if each.enrolment != known.enrolled.get(each.enrolment.id)]
    order = replace(order, log=(*order.log, *silences))
    parcel = parcels.tell(order, rules, journeys, now)
    return Plan(
        order=parcel.order,
        customer=customer,
        enrolments=(*(p.enrolment for p in progress), *parcel.enrolments),
        messages=(*(m for p in progress for m in p.messages), *parcel.messages),
        more=parcel.more,
    )


def _heard_at(news: OrderNews) -> datetime:
    """From when the news counts: the same for all news of an order, save of one that was entered late."""
    entered_late = news.is_new and news.order.updated_at - news.order.placed_at >= LONG_AGO
    return news.order.updated_at if entered_late else news.order.placed_at


def _about_orders(journeys: tuple[Journey, ...]) -> list[Journey]:
    return [journey for journey in journeys if journey.about is About.ORDER and journey.starts == PLACED]


def _placed(
    journeys: list[Journey], known: Known, rules: enrol.Rules, at: datetime, now: datetime
) -> tuple[list[enrol.Progress], list[Logged]]:
    """Once an order, with why others do not begin; fresher news may say what older news came too late for."""
    order = rules.order
    assert order is not None  # noqa: S101
    by_name = {each.journey: each for each in known.enrolled.values()}
    begun = [by_name[journey.name] for journey in journeys if journey.name in by_name]
    again = [retime.again(each, order, rules.customer, order.placed_at, rules.brand, now) for each in begun]
    progress = [enrol.heard_again(each, PLACED, at, rules, now) for each in again]
    if known.order is not None and known.order.known:
        return progress, []  # what begins was chosen when it was placed
    decided = choosing.chosen(journeys, conditions.Known(None, rules.customer, order))
    first = [enrol.begin(each.journey, rules, now, why=each.why) for each in decided if each.begins]
    progress += [enrol.happened(each, PLACED, at, rules, now) for each in first]
    return progress, choosing.silences(decided, now)


def joined(known: Order | None, news: Order) -> Order:
    """The newer facts; parcels by union; cancelled stays cancelled. Free of the order of events."""
    if known is None:
        return news
    newer = news if not known.known else max(known, news, key=_age)
    cancelled = [at for at in (known.cancelled_at, news.cancelled_at) if at is not None]
    return replace(
        newer,
        customer=news.customer,
        cancelled_at=min(cancelled) if cancelled else None,
        shipments=joined_shipments(known.shipments, news.shipments),
        told=known.told,
        enrolled=known.enrolled,
        log=known.log,
    )


def _age(order: Order) -> tuple[datetime, int, str]:
    """At the same second what has more refunded is later; the rest is any rule that is the same for both."""
    left = sum(line.quantity for line in order.lines)
    facts = (order.number, order.total, order.lines, order.status_url, order.country, order.zones)
    return order.updated_at, -left, repr(facts)


def joined_shipments(known: Mapping[str, Shipment], news: Mapping[str, Shipment]) -> dict[str, Shipment]:
    both = dict(known)
    for identifier, shipment in news.items():
        both[identifier] = both[identifier].joined(shipment) if identifier in both else shipment
    return both


def _enrolment_id(customer: str, journey: Journey, order: str) -> str:
    return ids.enrolment_id(customer, journey.name, f"order:{order}")


def _read(news: OrderNews, world: World) -> tuple[Snapshot, Known] | None:
    """One read where the buyer is as the event says; another after an erasure. None: the order was erased."""
    order_ref = ports.order(world.shop, news.order.id)
    customer_id, life = _customer_id(news, world, 0), 0
    while True:
        snapshot = world.store.read(order_ref, *_refs(news, customer_id, world))
        order, customer = snapshot.get(order_ref), snapshot.get(ports.customer(customer_id))
        if order is not None and order.erased:
            return None
        if order is not None and order.known and order.customer != customer_id:
            customer_id = order.customer
        elif customer is None or not customer.erased:
            return snapshot, _known(
                snapshot, news, customer or Customer(id=customer_id, life=life), order, world
            )
        elif order is not None and order.customer == customer_id:
            return None  # its erasure is under way
        elif customer.erased_at and news.order.placed_at < customer.erased_at.replace(microsecond=0):
            return None  # an order of the erased one's, of which we hear too late; shops tell whole seconds
        else:
            life += 1
            customer_id = _customer_id(news, world, life)


def _customer_id(news: OrderNews, world: World, life: int) -> str:
    """By the shop's customer, else by e-mail; never by phone, for phones change hands."""
    if news.buyer.reference:
        return ids.customer_id(world.shop, "buyer", news.buyer.reference, life)
    if news.buyer.email:
        return ids.customer_id(world.shop, "email", _hash(news.buyer.email, world), life)
    return ids.customer_id(world.shop, "order", news.order.id, life)


def _refs(news: OrderNews, customer_id: str, world: World) -> list[Ref[Any]]:
    refs: list[Ref[Any]] = [ports.customer(customer_id)]
    refs += [ports.address(_hash(value, world)) for value in _values(news)]
    refs += [line.ref for line in _recorded(customer_id, news)]
    for journey in world.enrolling(PLACED):
        enrolment = _enrolment_id(customer_id, journey, news.order.id)
        refs.append(ports.enrolment(enrolment))
        refs += [
            ports.message(ids.message_id(customer_id, enrolment, 1, step.name, ""))
            for step in journey.steps
            if step.on == PLACED
        ]
    return refs


def _values(news: OrderNews) -> list[str]:
    return [value for value in (news.buyer.phone, news.buyer.email) if value]


def _hash(value: str, world: World) -> str:
    return suppression.keyed_hash(value, world.secrets.get("address_key")[0])


def _known(
    snapshot: Snapshot, news: OrderNews, customer: Customer, order: Order | None, world: World
) -> Known:
    books: dict[Channel, AddressBook] = {}
    if news.buyer.phone:
        book = snapshot.get(ports.address(_hash(news.buyer.phone, world))) or AddressBook()
        books |= dict.fromkeys(PHONE_CHANNELS, book)
    if news.buyer.email:
        books[Channel.EMAIL] = snapshot.get(ports.address(_hash(news.buyer.email, world))) or AddressBook()
    enrolled = {ref.id: stored.value for ref, stored in snapshot.records.items() if ref.kind is Enrolment}
    key = world.secrets.get("address_key")[0]
    known_by = set(customer.known_by).union(*(leads(value, key) for value in _values(news)))
    customer = replace(customer, known_by=tuple(sorted(known_by)))
    return Known(order=order, customer=customer, books=books, enrolled=enrolled)


def _changes(plan: Plan, known: Known, news: OrderNews, world: World, now: datetime) -> list[Change]:
    order_ref = ports.order(world.shop, plan.order.id)
    changes: list[Change] = [
        Put(ref=order_ref, value=plan.order, todo_at=now if plan.more else None),
        Put(ref=ports.customer(plan.customer.id), value=plan.customer),
    ]
    for value in _values(news):
        ref = ports.address(_hash(value, world))
        channel = Channel.EMAIL if value == news.buyer.email else Channel.SMS
        book = people.joined_book(known.books.get(channel), plan.customer.id, plan.order.placed_at)
        changes.append(Put(ref=ref, value=book))
    changes += [effects.put_enrolment(enrolment, now) for enrolment in plan.enrolments]
    changes += [Check(ref=ref) for ref in plan.not_begun]
    return [*changes, *effects.put_messages(plan.messages, now)]


def _ledger(plan: Plan, known: Known, news: OrderNews, snapshot: Snapshot) -> list[Change]:
    """What this order's record says of consent, once an order; and what was said before of its addresses."""
    recorded = _recorded(plan.customer.id, news)
    lines: list[Change] = [line for line in recorded if snapshot.get(line.ref) is None]
    if plan.customer != known.customer:
        met = {said for book in known.books.values() for said in book.consents}
        lines += [
            ledger.entry(plan.customer.id, channel, consent)
            for channel, consent in sorted(met, key=lambda said: (said[0], said[1].purpose))
            if not _had_met(known.customer, channel, consent)
        ]
    return lines


def _recorded(customer_id: str, news: OrderNews) -> list[Put[LedgerEntry]]:
    said = [(Channel.SMS, consent) for consent in news.buyer.phone_consents]
    said += [(Channel.EMAIL, consent) for consent in news.buyer.email_consents]
    return [ledger.entry(customer_id, channel, consent, news.order.id) for channel, consent in said]


def _had_met(customer: Customer, channel: Channel, consent: Consent) -> bool:
    """A word that this customer said, or that met them with an earlier order."""
    addresses = [address for address in (customer.address(channel), *customer.former) if address]
    theirs = [address.said.get(consent.purpose) for address in addresses if address.channel is channel]
    return (channel, consent) in customer.refused or consent in theirs
