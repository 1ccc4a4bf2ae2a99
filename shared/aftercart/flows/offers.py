"""She takes the offer: recorded once, however often she says so, and from wherever."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aftercart import ports
from aftercart.domain.message import Answer, Message
from aftercart.domain.order import RANK, Order, Stage
from aftercart.flows.again import until_settled
from aftercart.ports import Change, Check, Put, Snapshot, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of it, and what is to be written, in one transaction with what else its caller knows.

    `result`: 'accepted', 'already', 'too_late' (cancelled, or the parcel has left), 'no_offer'.
    """

    result: str
    snapshot: Snapshot = field(default_factory=Snapshot)
    changes: Sequence[Change] = ()


def accept(message_id: str, via: str, world: World) -> str:
    """From the page: answers the result."""
    return until_settled(lambda: _accept(message_id, via, world))


def _accept(message_id: str, via: str, world: World) -> str:
    taken = take(message_id, via, world)
    if taken.changes:
        world.store.commit(taken.snapshot, taken.changes)
    return taken.result


def take(message_id: str, via: str, world: World) -> Taken:
    """Reads only. The order is checked again in the transaction: it may leave at this moment."""
    ref = ports.message(message_id)
    first = world.store.read(ref)
    message = first.get(ref)
    if message is None or message.offer is None:
        return Taken(result="no_offer")
    if message.answer is not None:
        return Taken(result="already")
    order_ref = ports.order(world.shop, message.order)
    orders = world.store.read(order_ref)
    if not still_open(message, orders.get(order_ref)):
        return Taken(result="too_late")
    answered = replace(message, answer=Answer(kind="accepted", value="", at=world.clock.now(), via=via))
    return Taken(
        result="accepted",
        snapshot=Snapshot({**first.records, **orders.records}),
        changes=[Put(ref=ref, value=answered, todo_at=first.todo_at(ref)), Check(ref=order_ref)],
    )


def still_open(message: Message, order: Order | None) -> bool:
    """The same parcel: until one of the order's has left, or the order is gone."""
    if order is None or order.cancelled or order.erased or message.offer is None:
        return False
    return all(RANK[shipment.stage] <= RANK[Stage.LABEL_CREATED] for shipment in order.shipments.values())
