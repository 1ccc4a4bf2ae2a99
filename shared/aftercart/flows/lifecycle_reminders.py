"""A schedule fired, or it is time to sweep. Everything is read again; an old arm is a no-op."""

from datetime import datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.campaign import Campaign
from aftercart.domain.clockwork import GRACE
from aftercart.domain.customer import Customer
from aftercart.domain.ids import customer_of
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Message
from aftercart.domain.order import Order
from aftercart.flows import campaigns, deferral, delivery_tracking, effects, enrol, erase, human
from aftercart.flows.again import until_settled
from aftercart.ports import HumanTask, Ref, Snapshot, World

SWEEP_MOST = 100
SETTLING = timedelta(minutes=2)  # an invocation may still be at it


def on_step_due(enrolment_id: str, arm: int, world: World) -> str:
    """Answers 'told', 'decided' or 'nothing_due'."""
    return until_settled(lambda: _step_due(enrolment_id, arm, world))


def _step_due(enrolment_id: str, arm: int, world: World) -> str:
    snapshot, enrolment, customer, order = _read(enrolment_id, arm, world)
    if enrolment is None or customer is None:
        return "nothing_due"
    now = world.clock.now()
    rules = enrol.Rules(brand=world.brand, catalogue=world.catalogue, customer=customer, order=order)
    progress = enrol.due(enrolment, rules, now)
    return commit(progress, snapshot, world, now)


def commit(progress: enrol.Progress, snapshot: Snapshot, world: World, now: datetime) -> str:
    put = effects.put_enrolment(progress.enrolment, now)
    after = world.store.commit(snapshot, [put, *effects.put_messages(progress.messages, now)])
    effects.carry_out(progress.messages, [progress.enrolment], after, world)
    return "told" if progress.messages else "decided"


def _read(
    enrolment_id: str, arm: int, world: World
) -> tuple[Snapshot, Enrolment | None, Customer | None, Order | None]:
    """The enrolment is None where this arm is not its live one; the order is read only where it is."""
    ref = ports.enrolment(enrolment_id)
    owner = ports.customer(customer_of(enrolment_id))
    snapshot = world.store.read(ref, owner)
    enrolment = snapshot.get(ref)
    if enrolment is None or enrolment.ended or enrolment.arm != arm:
        return snapshot, None, None, None
    if not enrolment.order:
        return snapshot, enrolment, snapshot.get(owner), None
    order_ref = ports.order(world.shop, enrolment.order)
    orders = world.store.read(order_ref)
    both = Snapshot({**snapshot.records, **orders.records})
    return both, enrolment, snapshot.get(owner), orders.get(order_ref)


def sweep(world: World) -> int:
    """Looks after what should have happened by now; answers how many things it looked at.

    What cannot be looked after (a later version wrote it, say) must not stand in the way of the others: it is
    raised when they are done.
    """
    refs = world.store.overdue(world.clock.now() - SETTLING, SWEEP_MOST)
    faults: list[Exception] = []
    try:
        campaigns.begin_near(world)
    except Exception as fault:
        faults.append(fault)
    for ref in refs:
        try:
            until_settled(lambda ref=ref: _look_after(ref, world))  # type: ignore[misc]
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return len(refs)


def _look_after(ref: Ref[Any], world: World) -> None:
    snapshot = world.store.read(ref)
    thing = snapshot.get(ref)
    match thing:
        case Message():
            _look_after_message(thing, snapshot, world)
        case Enrolment():
            _look_after_enrolment(thing, snapshot, world)
        case Order():
            delivery_tracking.settle(thing, snapshot, world)
        case Campaign():
            campaigns.look_after(thing, snapshot, world)
        case HumanTask():
            human.look_after(thing, snapshot, world)
        case Customer():
            erase.on_erase(thing.id, world)


def _look_after_message(message: Message, snapshot: Snapshot, world: World) -> None:
    """Final: nothing is owed. Deferred: its schedule. Otherwise its execution is lost: the next run."""
    now = world.clock.now()
    if message.final:
        world.store.owe(ports.message(message.id), snapshot, None)
    elif message.due_at is not None and now < message.due_at:
        deferral.arm(message, snapshot, world)
    else:
        deferral.new_run(message, snapshot, world)


def _look_after_enrolment(enrolment: Enrolment, snapshot: Snapshot, world: World) -> None:
    if enrolment.armed_for is None or enrolment.ended:
        world.store.owe(ports.enrolment(enrolment.id), snapshot, None)
    elif world.clock.now() < enrolment.armed_for + GRACE / 2:
        effects.arm(enrolment, snapshot, world)
    else:
        on_step_due(enrolment.id, enrolment.arm, world)
