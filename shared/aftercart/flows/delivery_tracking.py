"""A parcel moved. Its order may not be known yet: then the parcel waits on a stub for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.clockwork import GRACE
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.order import Order, ShipmentNews
from aftercart.flows import effects, enrol, parcels
from aftercart.flows.again import until_settled
from aftercart.ports import Change, Check, Put, Snapshot, World


def on_shipment(news: ShipmentNews, world: World) -> str:
    """Answers what was done: 'told', 'kept', 'duplicate', 'erased'."""
    return until_settled(lambda: _take(news, world))


def _take(news: ShipmentNews, world: World) -> str:
    ref = ports.order(world.shop, news.order)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref)
    if known is not None and known.erased:
        return "erased"
    order = with_shipment(known or _stub(news), news)
    if order == known:
        return _again(order, news, world)
    if not order.known:
        world.store.commit(snapshot, [Put(ref=ref, value=order)])
        return "kept"
    return settle(order, snapshot, world)


def with_shipment(order: Order, news: ShipmentNews) -> Order:
    shipment = news.shipment
    known = order.shipments.get(shipment.id)
    joined = known.joined(shipment) if known else shipment
    shipments = {**order.shipments, shipment.id: joined}
    if order.known:
        return replace(order, shipments=shipments)
    heard_at = min(each.updated_at for each in shipments.values())
    return replace(order, shipments=shipments, placed_at=heard_at, updated_at=heard_at)


def _stub(news: ShipmentNews) -> Order:
    at = news.shipment.updated_at
    return Order(shop=news.shop, id=news.order, number="", placed_at=at, updated_at=at)


def settle(order: Order, snapshot: Snapshot, world: World) -> str:
    """Say what is worth knowing of its parcels and begin the journeys of what arrived."""
    snapshot, customer, known = _customer(order, snapshot, world)
    if customer.erased:
        return "erased"
    now = world.clock.now()
    rules = enrol.Rules(brand=world.brand, catalogue=world.catalogue, customer=customer, order=order)
    plan = parcels.tell(order, rules, tuple(world.journeys.values()), now)
    heard = [parcels.heard(order, enrol.Progress(enrolment=each), rules, now) for each in known]
    enrolments = (*plan.enrolments, *(p.enrolment for p in heard if p.enrolment not in known))
    messages = (*plan.messages, *(message for progress in heard for message in progress.messages))
    ref = ports.order(world.shop, order.id)
    changes: list[Change] = [Put(ref=ref, value=plan.order, todo_at=now if plan.more else None)]
    changes += [effects.put_enrolment(enrolment, now) for enrolment in enrolments]
    if plan.enrolments:  # they are timed by what this customer owns
        changes.append(Check(ref=ports.customer(customer.id)))
    after = world.store.commit(snapshot, [*changes, *effects.put_messages(messages, now)])
    effects.carry_out(messages, enrolments, after, world)
    return "told" if messages else "kept"


def _customer(order: Order, snapshot: Snapshot, world: World) -> tuple[Snapshot, Customer, list[Enrolment]]:
    """Read only where a journey of a line begins, or one about the order hears of this: a plain movement is
    told without."""
    journeys = world.journeys.values()
    hearing = [
        ports.enrolment(ids.enrolment_id(order.customer, journey.name, f"order:{order.id}"))
        for journey in parcels.hearing(journeys)
    ]
    if not hearing and not parcels.begins_journeys(order, journeys, world.catalogue):
        return snapshot, Customer(id=order.customer), []
    ref = ports.customer(order.customer)
    read = world.store.read(ref, *hearing)
    customer = read.get(ref) or Customer(id=order.customer, erased=True)
    known = [enrolment for each in hearing if (enrolment := read.get(each)) is not None]
    return Snapshot({**snapshot.records, **read.records}), customer, known


def _again(order: Order, news: ShipmentNews, world: World) -> str:
    """A duplicate: what its first delivery left owing is done again, until the sweeper has taken over."""
    told = _just_told(order, news, world.clock.now())
    if told:
        effects.start_owed(world.store.read(*map(ports.message, told)), world)
    return "duplicate"


def _just_told(order: Order, news: ShipmentNews, now: datetime) -> Sequence[str]:
    stage = order.told.get(news.shipment.id)
    recent = [e for e in order.log if e.decision == "send" and e.step == stage and now - e.at < GRACE]
    if not recent or stage is None:
        return ()
    return [ids.message_id(order.customer, parcels.cause(order.id, news.shipment.id), 1, stage, "")]
