"""Erase a person: a tombstone first, so that every writer stops; then everything that names them.

The tombstone names nobody from its first write on. Until all is done it keeps what leads to what is left: the
shop's order ids and keyed hashes of the addresses.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from aftercart import ports
from aftercart.domain.customer import Customer
from aftercart.domain.order import Order
from aftercart.domain.traces import Traces, leads
from aftercart.flows import park
from aftercart.flows.again import until_settled
from aftercart.ports import AddressBook, Change, Delete, Put, Ref, Snapshot, World

CHUNK = 40
# Lambda tries an asynchronous event for up to six hours: one that was on its way may become a dead letter, or
# be parked, after the first look.
SECOND_LOOK = timedelta(hours=7)


def on_erase(customer_id: str, world: World) -> str:
    """May be run again after any crash: the tombstone keeps a todo until nothing is left."""
    tombstone = until_settled(lambda: _bury(customer_id, world))
    if tombstone is None:
        return "unknown"
    for orders in _chunks(tombstone.orders):
        until_settled(lambda some=orders: _bury_orders(some, customer_id, world))  # type: ignore[misc]
    for known_by in _chunks(tombstone.known_by):
        until_settled(lambda some=known_by: _forget_addresses(some, customer_id, world))  # type: ignore[misc]
    while until_settled(lambda: _clear_some(customer_id, world)):
        pass
    _forget_unread(tombstone, world)
    until_settled(lambda: _look_again_or_end(customer_id, world))
    return "erased"


def _chunks(some: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [some[start : start + CHUNK] for start in range(0, len(some), CHUNK)]


def _bury(customer_id: str, world: World) -> Customer | None:
    ref = ports.customer(customer_id)
    snapshot = world.store.read(ref)
    customer = snapshot.get(ref)
    if customer is None:
        return None
    tombstone = _tombstone(customer, world)
    if tombstone != customer:
        world.store.commit(snapshot, [Put(ref=ref, value=tombstone, todo_at=world.clock.now())])
    return tombstone


def _tombstone(customer: Customer, world: World) -> Customer:
    """Of a tombstone: itself."""
    key = world.secrets.get("address_key")[0]
    addresses = (*customer.addresses.values(), *customer.former)
    known_by = set(customer.known_by).union(*(leads(address.value, key) for address in addresses))
    return Customer(
        id=customer.id,
        orders=customer.orders,
        known_by=tuple(sorted(known_by)),
        erased=True,
        erased_at=customer.erased_at or world.clock.now(),
        life=customer.life,
    )


def _bury_orders(order_ids: Sequence[str], customer_id: str, world: World) -> None:
    refs = [ports.order(world.shop, order_id) for order_id in order_ids]
    snapshot = world.store.read(*refs)
    changes: list[Change] = [
        Put(ref=ref, value=_buried(order))
        for ref in refs
        if (order := snapshot.get(ref)) is not None and order.customer == customer_id
    ]
    if changes:
        world.store.commit(snapshot, changes)


def _buried(order: Order) -> Order:
    return Order(
        shop=order.shop,
        id=order.id,
        number="",
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        erased=True,
    )


def _forget_addresses(known_by: Sequence[str], customer_id: str, world: World) -> None:
    """A keyed hash stays only where it suppresses, or where another has the address too."""
    refs = [ports.address(keyed_hash) for keyed_hash in known_by]
    snapshot = world.store.read(*refs)
    changes = [change for ref in refs if (change := _without(ref, snapshot, customer_id)) is not None]
    if changes:
        world.store.commit(snapshot, changes)


def _without(ref: Ref[AddressBook], snapshot: Snapshot, customer_id: str) -> Change | None:
    book = snapshot.get(ref)
    if book is None or customer_id not in book.customers:
        return None
    left = AddressBook(
        customers=tuple(owner for owner in book.customers if owner != customer_id),
        since={owner: at for owner, at in book.since.items() if owner != customer_id},
        consents=tuple((channel, consent) for channel, consent in book.consents if not consent.granted),
    )
    return Put(ref=ref, value=left) if left.customers or left.consents else Delete(ref=ref)


def _clear_some(customer_id: str, world: World) -> bool:
    """Deletes a chunk of the person's partition, whatever version wrote it; False when only they are left."""
    own = ports.customer(customer_id)
    others = [ref for ref in world.store.of_customer(customer_id) if ref != own][:CHUNK]
    if others:
        world.store.commit(Snapshot(), [Delete(ref=ref, blind=True) for ref in others])
    return bool(others)


def _forget_unread(tombstone: Customer, world: World) -> None:
    """Bodies that no function could read or do: what is parked, and what lies among the dead letters."""
    traces = Traces(
        customer=tombstone.id,
        life=tombstone.life,
        shop=world.shop,
        key=world.secrets.get("address_key")[0],
        known_by=frozenset(tombstone.known_by),
        orders=frozenset(tombstone.orders),
    )
    park.forget(traces.lead_to, world)
    if world.dead_letters is not None:
        world.dead_letters.drop(traces.lead_to)


def _look_again_or_end(customer_id: str, world: World) -> None:
    ref = ports.customer(customer_id)
    snapshot = world.store.read(ref)
    tombstone = snapshot.get(ref)
    if tombstone is None or tombstone.erased_at is None:
        return
    second = tombstone.erased_at + SECOND_LOOK
    if world.clock.now() < second:
        world.store.owe(ref, snapshot, second)
    else:
        world.store.commit(snapshot, [Put(ref=ref, value=replace(tombstone, orders=(), known_by=()))])
