"""She takes the offer: recorded once, however often she says so, and from wherever."""

from dataclasses import replace

from aftercart import ports
from aftercart.domain.message import Answer, Message
from aftercart.domain.order import RANK, Order, Stage
from aftercart.flows.again import until_settled
from aftercart.ports import Put, World


def accept(message_id: str, via: str, world: World) -> str:
    """'accepted', 'already', 'too_late' (cancelled, or the parcel has left), 'no_offer'."""
    return until_settled(lambda: _accept(message_id, via, world))


def _accept(message_id: str, via: str, world: World) -> str:
    ref = ports.message(message_id)
    snapshot = world.store.read(ref)
    message = snapshot.get(ref)
    if message is None or message.offer is None:
        return "no_offer"
    if message.answer is not None:
        return "already"
    order_ref = ports.order(world.shop, message.order)
    orders = world.store.read(order_ref)
    if not still_open(message, orders.get(order_ref)):
        return "too_late"
    answered = replace(message, answer=Answer(kind="accepted", value="", at=world.clock.now(), via=via))
    world.store.commit(snapshot, [Put(ref=ref, value=answered, todo_at=snapshot.todo_at(ref))])
    return "accepted"


def still_open(message: Message, order: Order | None) -> bool:
    """The same parcel: until one of the order's has left, or the order is gone."""
    if order is None or order.cancelled or order.erased or message.offer is None:
        return False
    return all(RANK[shipment.stage] <= RANK[Stage.LABEL_CREATED] for shipment in order.shipments.values())
